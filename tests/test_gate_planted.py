"""A defect planted in each stage turns the gate red, and for its own reason.

By the floors and the baseline that are shipped. Over the seeds, and where one article is too few
over a part of the newsroom's closed half; over all of it the gate itself runs in `make test`.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from eval.gate.checks import Check, check_turned, compare
from eval.gate.files import (
    BASELINE,
    FLOORS,
    HOME,
    Standing,
    pin_checker,
    read_baseline,
    read_floors,
)
from eval.gate.measure import Judge, Part, open_parts
from eval.gate.run import Outcome, run_gate
from eval.harness import sample
from index.archive import Archive
from index.onnx import Workers
from rag.engine import Engine
from rag.entailment import MODELS, SHIPPED, OnnxChecker
from rag.lazy import Lazy
from rag.reader import Reader
from rag.settings import Settings
from tests.planted import (
    LateReader,
    OffByOne,
    Remembering,
    ShortenedArchive,
    ShuffledArchive,
    Uncited,
    copy_checker,
)

PART = 30  # of the closed half
TURNED = "newly wrong, less newly right"

Parts = tuple[Part, Part]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    seed, newsroom = open_parts(Settings(), tmp_path_factory.mktemp("archives"))
    return seed, replace(newsroom, cases=sample(newsroom.cases, PART))


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(Remembering(OnnxChecker(Workers())), MODELS / SHIPPED)


@pytest.fixture(scope="module")
def sound(judge: Judge, parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return ask(judge, parts, tmp_path_factory.mktemp("sound"))


def ask(judge: Judge, parts: Sequence[Part], home: Path) -> Outcome:
    """By the shipped floors, and the shipped baseline of just these cases."""
    shutil.copy(HOME / FLOORS, home)
    asked = {case.id for part in parts for case in part.cases}
    kept = [standing for id_, standing in read_baseline().items() if id_ in asked]
    (home / BASELINE).write_text("".join(json.dumps(asdict(s)) + "\n" for s in kept))
    return run_gate(judge, lambda: parts, home)


def planted(
    part: Part,
    kind: type[Engine] = Engine,
    archive: type[Archive] | None = None,
    threshold: float | None = None,
    late: bool = False,
) -> Part:
    own = part.engine
    opened = archive(own.archive.folder, own.archive.encoder) if archive else own.archive
    reader: Lazy[Reader] = own.reader
    if late:
        reader = Lazy(lambda: LateReader(own.reader.get()))
    settings = replace(own.settings, threshold=threshold)
    return replace(part, engine=kind(opened, reader, own.calibrator, settings, own.longer))


def failing(outcome: Outcome) -> dict[str, Check]:
    return {check.name: check for check in outcome.checks if not check.passed}


def test_without_a_defect_it_is_green(sound: Outcome) -> None:
    """Of a part of the newsroom the floors are no measure, but the baseline is."""
    assert [name for name in failing(sound) if not name.startswith("newsroom: ")] == []
    assert len(sound.rows) == 22 + PART
    assert sound.may_be_baseline == sound.passed


def test_offsets_that_are_off_by_one(judge: Judge, parts: Parts, tmp_path: Path) -> None:
    """In the citations that are given, though verified before."""
    red = failing(ask(judge, [planted(parts[0], OffByOne)], tmp_path))
    found = red["unverified quotes"]
    assert int(found.got) >= 10
    assert all("does not stand there" in line for case in found.cases for line in case.citations)
    assert red["seed: citation_recall"].got == "0"


def test_an_article_that_is_read_a_character_short(
    judge: Judge, parts: Parts, tmp_path: Path
) -> None:
    """What is verified is dropped then, and every answer is a refusal: the quotes tell why."""
    outcome = ask(judge, [planted(parts[0], archive=ShortenedArchive)], tmp_path)
    red = failing(outcome)
    assert {"unverified quotes", "seed: right", TURNED} <= set(red)
    assert "a refusal, in place of" in red["seed: right"].cases[0].got


def test_a_readers_spans_that_are_off_by_one(judge: Judge, parts: Parts, tmp_path: Path) -> None:
    """Such quotes stand where they say; what they say is wrong."""
    red = failing(ask(judge, [planted(parts[0], late=True)], tmp_path))
    assert {"seed: right", TURNED} <= set(red)
    assert "unverified quotes" not in red


def test_a_citation_that_is_dropped(judge: Judge, parts: Parts, tmp_path: Path) -> None:
    red = failing(ask(judge, [planted(parts[0], Uncited)], tmp_path))
    assert set(red) == {"seed: citation_recall", "seed: citation_precision", TURNED}
    assert any("cites nothing" in line for line in red["seed: citation_recall"].cases[0].citations)


def test_a_threshold_of_nothing(judge: Judge, parts: Parts, tmp_path: Path) -> None:
    red = failing(ask(judge, [planted(parts[0], threshold=0.0)], tmp_path))
    assert {"seed: rightly_refused", "seed: wrong", TURNED} <= set(red)
    assert red["seed: rightly_refused"].got == "0"
    assert {case.expected for case in red["seed: rightly_refused"].cases} == {"a refusal"}


def test_a_shuffled_fusion(judge: Judge, parts: Parts, sound: Outcome, tmp_path: Path) -> None:
    red = failing(ask(judge, [planted(parts[1], archive=ShuffledArchive)], tmp_path))
    assert {"newsroom: right", TURNED} <= set(red)
    assert TURNED not in failing(sound)
    newly = [case for case in red[TURNED].cases if case.newly]
    assert len(newly) > 3


def test_a_checker_that_always_says_yes(tmp_path: Path) -> None:
    """Red by the labelled claims also when its hash is pinned; and nothing is asked."""
    folder = copy_checker(tmp_path / "checker", threshold=0.0)
    judge = Judge(OnnxChecker(Workers(), folder), folder)
    shutil.copy(HOME / FLOORS, tmp_path)
    pin_checker(tmp_path, judge.sha256())
    outcome = run_gate(judge, lambda: pytest.fail("it was asked"), tmp_path)
    red = failing(outcome)
    assert set(red) == {f"checker: {n} on labelled claims" for n in ("balanced_accuracy", "kappa")}
    assert red["checker: kappa on labelled claims"].got == "0"
    assert {case.expected for case in red["checker: kappa on labelled claims"].cases} == {
        "not supported"
    }


def test_a_checker_that_is_another(tmp_path: Path) -> None:
    folder = copy_checker(tmp_path / "checker", bias=0.01)
    judge = Judge(OnnxChecker(Workers(1), folder), folder)
    outcome = run_gate(judge, lambda: pytest.fail("it was asked"))
    (red,) = failing(outcome).values()
    assert red.name == "checker: manifest.json"
    assert read_floors().checker["manifest.json"] in red.wanted
    assert red.wanted != red.got


@pytest.mark.parametrize(("count", "passes"), [(3, True), (4, False)])
def test_a_baseline_that_knew_better(sound: Outcome, count: int, passes: bool) -> None:
    """As many cases as `count` were right in the baseline and are not; nothing else differs."""
    baseline = {row.id: Standing.of(row) for row in sound.rows}
    wrong = [row.id for row in sound.rows if not row.is_right][:count]
    assert len(wrong) == count
    baseline |= {id_: Standing(id_, "right", True) for id_ in wrong}
    turned = compare(sound.rows, baseline)
    *_, check = check_turned(sound.rows, read_floors(), baseline, turned)
    assert check.passed == passes
    assert [case.id for case in check.cases] == ([] if passes else wrong)
