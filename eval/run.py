"""A run is a folder: what was measured, each question's result, the figures, and a report.

    config.json         snapshot, models, versions, hashes: what the figures are of
    per_question.jsonl  one result a line, written as it comes; a run that is stopped goes on here
    metrics.json        folded from them
    report.html         to look at

Two runs of one build over the same files hold the same bytes; only `eval speed` measures time.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from filelock import FileLock, Timeout

from index.errors import InvalidInput

RESULTS = "per_question.jsonl"
CONFIG = "config.json"
METRICS = "metrics.json"
REPORT = "report.html"


class Scored(Protocol):
    """A question's result, as a line of JSON has it."""

    @property
    def id(self) -> str: ...
    def as_json(self) -> dict[str, Any]: ...


R = TypeVar("R", bound=Scored)
Item = TypeVar("Item")


class RunFolder:
    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def opened(self, config: Mapping[str, Any], fresh: bool = False) -> Iterator[None]:
        """Begins the run, or goes on with one of the same config; nobody else may meanwhile.

        `fresh` empties the folder first. Raises InvalidInput when it holds another run, or another
        process is at it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path / ".lock", timeout=0):
                if fresh:
                    self._empty()
                self._check(config)
                yield
        except Timeout:
            words = "another process writes this run; wait for it, or give another --out"
            raise InvalidInput(f"{self.path}: {words}") from None
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidInput(f"{self.path}: {error.strerror}; give another --out") from None

    def rows(self) -> Iterator[dict[str, Any]]:
        """The results so far; what a crash left of the last line is none.

        Raises InvalidInput for a line that is damaged otherwise, naming it.
        """
        for number, line in enumerate(self._lines(), 1):
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict) or "id" not in row:
                words = "is no result; --fresh measures all again"
                raise InvalidInput(f"{self.path / RESULTS}:{number}: {words}")
            yield row

    def mend(self) -> None:
        """Cuts off what a crash left of the last line. Only within `opened`."""
        path = self.path / RESULTS
        if path.exists():
            os.truncate(path, sum(map(len, self._lines())))

    def _lines(self) -> Iterator[bytes]:
        path = self.path / RESULTS
        if path.exists():
            with path.open("rb") as file:
                yield from (line for line in file if line.endswith(b"\n"))

    def append(self, results: Sequence[Scored]) -> None:
        lines = (json.dumps(r.as_json(), ensure_ascii=False) + "\n" for r in results)
        with (self.path / RESULTS).open("a", encoding="utf-8") as file:
            file.writelines(lines)

    def finish(self, metrics: Mapping[str, Any], files: Mapping[str, str]) -> None:
        """Writes the figures, and further files by name."""
        for name, text in {METRICS: _pretty(metrics), **files}.items():
            (self.path / name).write_text(text, "utf-8", newline="\n")

    def _check(self, config: Mapping[str, Any]) -> None:
        path = self.path / CONFIG
        if self._is_run():
            if path.read_text("utf-8") == _pretty(config):
                return
            words = "holds a run of something else; give another --out, or --fresh to replace it"
            raise InvalidInput(f"{self.path}: {words}")
        others = [p.name for p in self.path.iterdir() if p.name != ".lock"]
        if others:
            words = f"holds {others[0]} and is no run; give a new folder with --out"
            raise InvalidInput(f"{self.path}: {words}")
        path.write_text(_pretty(config), "utf-8")

    def _is_run(self) -> bool:
        """Others have a `config.json` too, and it is theirs."""
        path = self.path / CONFIG
        try:
            return path.exists() and {"kind", "cases"} <= set(read_json(path))
        except InvalidInput:
            return False

    def _empty(self) -> None:
        """Of what a run writes, and of nothing else; a folder that is no run is somebody's."""
        if self._is_run():
            for name in (RESULTS, METRICS, REPORT, CONFIG):
                (self.path / name).unlink(missing_ok=True)
            for path in self.path.glob("*.trec"):
                path.unlink()


def go_through(
    folder: RunFolder,
    items: Sequence[Item],
    id_of: Callable[[Item], str],
    evaluate: Callable[[Sequence[Item]], list[R]],
    from_json: Callable[[Mapping[str, Any]], R],
    at_once: int,
    tell: Callable[[int], None],
) -> list[R]:
    """The results of all items, in their order: those that the folder has, and the rest anew.

    Raises InvalidInput when what the folder has is damaged.
    """
    folder.mend()
    done = {row["id"]: from_json(row) for row in folder.rows()}
    tell(len(done))
    left = [item for item in items if id_of(item) not in done]
    for start in range(0, len(left), at_once):
        results = evaluate(left[start : start + at_once])
        folder.append(results)
        done |= {r.id: r for r in results}
        tell(len(done))
    return [done[id_of(item)] for item in items]


def read_json(path: Path) -> dict[str, Any]:
    """Raises InvalidInput."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: is not a run's file ({error}); give a run's folder") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{path}: is not a run's file; give a run's folder")
    return found


def _pretty(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
