"""The gate's checks by hand-made results, its files, its report, and its exit status."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.gate.checks import Check, Turned, check_answers, check_turned, compare
from eval.gate.figures import FIGURES
from eval.gate.files import (
    BASELINE,
    FLOORS,
    HOME,
    Floors,
    Standing,
    read_baseline,
    read_floors,
    write_baseline,
)
from eval.gate.measure import SETS
from eval.gate.report import JSON, MARKDOWN, difference, write_report
from eval.gate.run import Outcome
from index.errors import InvalidInput, InvalidRecord
from tests.grounded import grounded, sentence
from tests.program import here

# Right and supported; right, one of two citations needed; right, not supported; wrong; refused.
ANSWERABLE = [
    grounded("a"),
    grounded("b", sentence(counts=[True, False])),
    grounded("c", sentence(supported=False, counts=[False])),
    grounded("d", right=False),
    grounded("e", refused=True),
]
UNANSWERABLE = [grounded("f", gold="", refused=True), grounded("g", gold="")]
ROWS = [*ANSWERABLE, *UNANSWERABLE]
# Over 5, 7 and 2 questions, and of the 5 that were answered.
BY_HAND = {
    "right": 60.0,
    "wrong": 28.57,
    "rightly_refused": 50.0,
    "citation_recall": 80.0,
    "citation_precision": 70.0,
}
NOBODY = Turned((), ())


def floors(**figures: float) -> Floors:
    return Floors({}, {}, {"invented": BY_HAND | figures}, net_newly_wrong=1)


def failing(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks if not check.passed}


def test_figures_pass_at_their_floors() -> None:
    checks = check_answers({"invented": ROWS}, floors(), NOBODY)
    assert failing(checks) == {}
    assert [c.name for c in checks][1:] == [f"invented: {name}" for name in FIGURES]


@pytest.mark.parametrize(
    ("figure", "cases"),
    [
        ("right", "de"),
        ("wrong", "dg"),
        ("rightly_refused", "g"),
        ("citation_recall", "c"),
        ("citation_precision", "bc"),
    ],
)
def test_a_figure_beyond_its_floor_names_what_lowers_it(figure: str, cases: str) -> None:
    beyond = BY_HAND[figure] + (-0.1 if figure == "wrong" else 0.1)
    red = failing(check_answers({"invented": ROWS}, floors(**{figure: beyond}), NOBODY))
    assert set(red) == {f"invented: {figure}"}
    check = red[f"invented: {figure}"]
    assert [case.id for case in check.cases] == list(cases)
    assert check.wanted == f"at {'most' if figure == 'wrong' else 'least'} {beyond:g}"
    assert check.got == f"{BY_HAND[figure]:g}"


def test_a_figure_of_no_question_is_not_enough() -> None:
    red = failing(check_answers({"invented": [grounded("e", refused=True)]}, floors(), NOBODY))
    assert red["invented: citation_recall"].got == "of no question"
    assert red["invented: rightly_refused"].got == "of no question"


def test_cases_are_told_the_newly_wrong_first() -> None:
    turned = Turned(wrong=("g",), right=())
    red = failing(check_answers({"invented": ROWS}, floors(wrong=0), turned))
    first, second = red["invented: wrong"].cases
    assert (first.id, first.newly, first.expected) == ("g", True, "a refusal")
    assert (second.id, second.newly, second.expected, second.got) == ("d", False, "x", "y")
    assert second.question == "Question d?"
    assert second.citations == ("a at 0:8, 'It is x.': supports the answer",)


def test_what_is_wrong_with_a_citation_is_told() -> None:
    red = failing(check_answers({"invented": ROWS}, floors(citation_precision=99), NOBODY))
    spare, unsupported = red["invented: citation_precision"].cases
    assert spare.citations[1] == "a at 9:17, 'It is x.': is not needed"
    assert unsupported.citations == ("a at 0:8, 'It is x.': does not support the answer",)


def test_one_quote_that_is_not_there_is_too_many() -> None:
    rows = [*ROWS, grounded("h", verified=False)]
    red = failing(check_answers({"invented": rows}, floors(), NOBODY))
    check = red["unverified quotes"]
    assert (check.wanted, check.got) == ("0", "3")
    assert check.cases[0].citations == ("a at 0:8, 'It is x.': does not stand there",)
    held_back = replace(ROWS[0], result=replace(ROWS[0].result, dropped=2))
    (case,) = failing(check_answers({"invented": [held_back]}, floors(), NOBODY))[
        "unverified quotes"
    ].cases
    assert case.citations[-1] == "2 held back, which do not stand in their article"


def standings(**right: bool) -> dict[str, Standing]:
    return {id_: Standing(id_, "right" if is_right else "wrong", is_right)
            for id_, is_right in right.items()}  # fmt: skip


def test_newly_wrong_less_newly_right() -> None:
    """a, b and f are right; what is right and not supported, as c, is not."""
    baseline = standings(a=True, b=False, c=True, d=True, e=False, f=True, g=False)
    turned = compare(ROWS, baseline)
    assert turned == Turned(wrong=("c", "d"), right=("b",))
    assert failing(check_turned(ROWS, floors(), baseline, turned)) == {}
    baseline = standings(a=True, b=True, c=True, d=True, e=False, f=True, g=False)
    turned = compare(ROWS, baseline)
    (check,) = failing(check_turned(ROWS, floors(), baseline, turned)).values()
    assert check.got == "2: 2 newly wrong, 0 newly right"
    assert [case.id for case in check.cases] == ["c", "d"]


def test_every_case_must_be_in_both() -> None:
    whole = standings(a=True, b=True, c=False, d=False, e=False, f=True, g=False)
    for baseline in ({k: v for k, v in whole.items() if k != "a"}, whole | standings(z=True)):
        (check,) = failing(check_turned(ROWS, floors(), baseline, NOBODY)).values()
        assert check.name == "cases of the baseline"
        assert check.got.startswith("1 in one of the two alone")


def outcome(rows: Any = ROWS, **figures: float) -> Outcome:
    baseline = standings(a=True, b=True, c=False, d=True, e=False, f=True, z=True)
    checks = check_answers({"invented": rows}, floors(**figures), compare(rows, baseline))
    return Outcome({"checker": "invented"}, checks, (), rows, baseline=baseline)


def test_the_difference_is_told_case_by_case() -> None:
    assert list(difference(outcome())) == [
        "c: wrong -> right, not supported",
        "d: right -> wrong",
        "e: wrong -> refused",
        "g: new -> wrong",
        "z: right -> not asked",
    ]


def test_a_report_names_the_cases_of_what_fails_and_no_others(tmp_path: Path) -> None:
    for name in ("once", "twice"):
        write_report(tmp_path / name, outcome(right=61))
    for name in (JSON, MARKDOWN):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes()
    shown = (tmp_path / "once" / MARKDOWN).read_text()
    assert "| invented: right | at least 61 | 60 | FAILS |" in shown
    assert "- `d` (newly wrong): Question d?\n  - expected: x\n  - got: y\n" in shown
    assert "Question g?" not in shown
    kept = json.loads((tmp_path / "once" / JSON).read_text())
    assert not kept["passed"]
    assert {case["id"] for check in kept["checks"] for case in check["cases"]} == {"d", "e"}
    write_report(tmp_path / "green", outcome())
    assert "Question" not in (tmp_path / "green" / MARKDOWN).read_text()
    assert "# Gate: green" in (tmp_path / "green" / MARKDOWN).read_text()


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_baseline(tmp_path) == {}
    write_baseline(tmp_path, ROWS)
    assert read_baseline(tmp_path) == {row.id: Standing.of(row) for row in ROWS}
    assert "Question" not in (tmp_path / BASELINE).read_text()


def test_the_shipped_files_are_of_the_sets_that_are_asked() -> None:
    asked = read_floors()
    assert set(asked.sets) == set(SETS)
    assert asked.net_newly_wrong == 3
    assert len(read_baseline()) == 22 + 97


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copy(HOME / FLOORS, tmp_path)
    return tmp_path


def change(home: Path, part: str, **values: Any) -> dict[str, Any]:
    file: dict[str, Any] = json.loads((home / FLOORS).read_text())
    file[part] = {k: v for k, v in {**file[part], **values}.items() if v is not None}
    (home / FLOORS).write_text(json.dumps(file))
    return file


def test_floors_that_cannot_be_used_are_told(home: Path) -> None:
    change(home, "claims", kappa=None)
    with pytest.raises(InvalidRecord, match=r"claims\.kappa: is missing"):
        read_floors(home)
    change(home, "claims", kappa=0.2, kapa=0.2)
    with pytest.raises(InvalidRecord, match=r"claims\.kapa: is no figure of the gate"):
        read_floors(home)
    with pytest.raises(InvalidInput, match="floors"):
        read_floors(home / "nowhere")


def gate(home: Path, *arguments: str) -> tuple[int, str]:
    """Here, since all of it ends before a question is asked."""
    done = here("eval", "gate", "--files", str(home), "--out", str(home / "report"), *arguments)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_another_checker_ends_with_1_and_nothing_is_asked(home: Path) -> None:
    change(home, "checker", **{"model.onnx": "0" * 64})
    status, said = gate(home)
    assert status == 1
    assert f"FAILS  checker: model.onnx: SHA-256 {read_floors().checker['model.onnx']}" in said
    assert "no question was asked" in said
    assert "# Gate: red" in (home / "report" / MARKDOWN).read_text()


def test_hashes_are_pinned_and_nothing_excuses_a_checker_that_disagrees(home: Path) -> None:
    change(home, "claims", kappa=1)
    change(home, "checker", **{"model.onnx": "0" * 64, "old.onnx": "0" * 64})
    status, said = gate(home, "--pin-checker", "--write-baseline")
    assert status == 1
    assert read_floors(home).checker == read_floors().checker
    assert "FAILS  checker: kappa on labelled claims" in said
    assert "claim 1" in said
    assert "expected supported\n    got not supported, 0." in said
    assert "the baseline stays as it was" in said
    assert not (home / BASELINE).exists()


def test_files_that_cannot_be_used_end_with_2(home: Path) -> None:
    assert gate(home / "nowhere")[0] == 2
    (home / BASELINE).write_text('{"id": "a", "verdict": "right"}\n')
    status, said = gate(home)
    assert (status, "baseline.jsonl:1: right: is missing" in said) == (2, True)
