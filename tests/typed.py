"""What Python shows of what is typed, statement by statement, as Markdown."""

import ast
import contextlib
import inspect
import io
from collections.abc import Sequence

Step = tuple[str, str]  # (what it shows, what is typed)


async def typed(steps: Sequence[Step], names: dict[str, object]) -> str:
    """Each step's words, what is typed, and what is printed. `await` is allowed anywhere.

    Raises what is raised. `names` are there at the beginning, and all that were made at the end.
    """
    parts = []
    for words, code in steps:
        shown = []
        for statement in _statements(code):
            out = io.StringIO()
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compiled = compile(statement, "<typed>", "single", flags)
            with contextlib.redirect_stdout(out):
                waiting = eval(compiled, names)
                if inspect.isawaitable(waiting):
                    await waiting
            first, *rest = statement.rstrip("\n").split("\n")
            shown += [f">>> {first}", *(f"... {line}".rstrip() for line in rest)]
            shown += out.getvalue().splitlines()
        parts.append("\n".join([f"{words}\n", *(f"    {line}".rstrip() for line in shown), ""]))
    return "\n".join(parts)


def typed_in(page: str) -> list[str]:
    """The lines of a page that are typed."""
    return [line for line in page.splitlines() if line.startswith(("    >>> ", "    ... "))]


def _statements(typed: str) -> list[str]:
    """What is typed, a statement at a time: what is indented, or blank, belongs to the last."""
    statements: list[str] = []
    for line in typed.splitlines(keepends=True):
        if statements and (line[0] in " \n"):
            statements[-1] += line
        else:
            statements.append(line)
    return statements
