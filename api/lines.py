"""Standard input's lines for an event loop, without a thread.

A thread that waits for a line can be ended by nobody but who writes one, and Python waits for its
threads: Ctrl-C would do nothing.
"""

import os
from collections.abc import AsyncIterator

import anyio

_PIECE = 65_536


class Lines:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def __aiter__(self) -> AsyncIterator[str]:
        """Each line without its end, up to the end of the file; what is no UTF-8 is U+FFFD."""
        held = b""
        while piece := await self._read():
            *lines, held = (held + piece).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")
        if held:
            yield held.decode(errors="replace")

    async def _read(self) -> bytes:
        try:
            await anyio.wait_readable(self._descriptor)
        except PermissionError:  # a file on disk, which is always ready, as epoll has it
            await anyio.lowlevel.checkpoint()
        return os.read(self._descriptor, _PIECE)
