"""A report of each kind of run, and what is read in its page: elements, links and words."""

from html.parser import HTMLParser
from typing import Any

from eval.robustness import summarise
from tests.perturbed import ALL, HOSTILE
from tests.reports import (
    ANSWERS,
    CONFIG,
    GROUNDED,
    GROUNDING,
    RANKINGS,
    RESULTS,
    RETRIEVAL,
    SPEED,
    TIMINGS,
    hostile,
    hostile_grounding,
    hostile_metrics,
)

RUNS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "answers": (CONFIG, ANSWERS, RESULTS),
    "reader": (CONFIG | {"kind": "reader"}, ANSWERS | {"path": None}, RESULTS),
    "grounding": (CONFIG | {"kind": "grounding"}, GROUNDING, GROUNDED),
    "hostile-grounding": (CONFIG | {"kind": "grounding"}, GROUNDING, hostile_grounding()),
    "retrieval": (CONFIG | {"kind": "retrieval"}, RETRIEVAL, RANKINGS),
    "speed": (CONFIG | {"kind": "speed"}, SPEED, TIMINGS),
    "robustness": (CONFIG | {"kind": "robustness"}, summarise(ALL), ALL),
    "hostile, perturbed": (CONFIG | {"kind": "robustness"}, summarise(HOSTILE), HOSTILE),
    "hostile": (CONFIG, hostile_metrics(), hostile()),
    "nothing": ({"kind": "answers"}, {"questions": 0}, ()),
}
VOID = {"meta", "input"}


class Outline(HTMLParser):
    """Elements, checked to be closed in their order; ids, links and what each tag may not have."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


def words(page: str) -> str:
    """What is read, each run of white space one space."""
    return " ".join(Outline(page).text.split())
