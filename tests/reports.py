"""Runs to make reports of: invented questions, and figures as `metrics.json` holds them."""

from dataclasses import replace
from typing import Any

from eval.answers import Path, Result
from eval.citations import Judged
from eval.given import Quote
from eval.grounding import Baseline, Grounded
from eval.grounding_summary import summarise
from eval.retrieval import Ranked
from eval.speed import Timed
from tests.hostile import ATTACKS

HASH = "0123456789abcdef" * 4
CONFIG: dict[str, Any] = {
    "kind": "answers",
    "cases": {"file": "wire.jsonl", "sha256": HASH},
    "corpus": {"file": "wire.jsonl.gz", "articles": 16779},
    "system": None,
    "snapshot": "262-3f9c1ab77e02",
    "threshold": 0.446,
    "versions": {"python": "3.11.7", "numpy": "2.4.6"},
    "seed": 7,
}


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": max(0.0, value - 9), "high": min(100.0, value + 8)}


ANSWERS: dict[str, Any] = {
    "kind": "answers",
    "questions": 6,
    "answerable": 4,
    "unanswerable": 2,
    "failed": 1,
    "right": 67.4,
    "rightly_refused": 91.2,
    "right_among_answered": 69.8,
    "wrong": 12.0,
    "best_f1_threshold": 0.3125,
    "best_em": None,
    "crag": -18.0,
    "never_named": 3.25,
    "quotes": 1348,
    "quotes_verified": 1347,
    "intervals": {"right": [63.8, 70.7], "wrong": [None, None]},
    "populations": {"right": 705, "wrong": 6},
    "risk_coverage": [[0.1, 0.0], [0.5, 0.2], [1.0, 0.44]],
    "operating_point": {"coverage": 0.41, "risk": 0.18, "threshold": 0.446},
    "reliability": [
        {"low": 0.1, "high": 0.2, "count": 4, "confidence": 0.15, "accuracy": 0.0},
        {"low": 0.2, "high": 0.3, "count": 0, "confidence": None, "accuracy": None},
        {"low": 0.9, "high": 1.0, "count": 2, "confidence": 0.93, "accuracy": 1.0},
    ],
    "path": [
        {"step": "can be answered", "count": 60, "of": 60},
        {"step": "found by either search", "count": 57, "of": 60},
        {"step": "in the passage put first", "count": 41, "of": 60},
    ],
    "slices": {
        "kind": {
            "who": {"questions": 12, "figures": {"right": figure(50), "rightly_refused": None}},
            "when": {"questions": 1, "figures": {"right": figure(99), "rightly_refused": None}},
        }
    },
}
_MEASURES = ("nDCG@10", "RR@10", "R@100", "Success@1")
RETRIEVAL: dict[str, Any] = {
    "kind": "retrieval",
    "questions": 3,
    "failed": 1,
    "first": 45.0,
    "recall_10": 70.0,
    "intervals": {"first": [40.0, 50.0]},
    "populations": {"first": 3},
    "stages": {
        stage: {
            unit: {name: figure(value) for name in _MEASURES}
            for unit, value in (("article", 60.0 + i), ("passage", 50.0 + 10 * i))
        }
        for i, stage in enumerate(("bm25", "dense", "fused", "read"))
    },
    "slices": {"kind": {"who": {"questions": 3, "figures": {"read Success@1": figure(60)}}}},
}
SPEED: dict[str, Any] = {
    "kind": "speed",
    "questions": 30,
    "failed": 0,
    "latency_ms": {"p50": 54.2, "p95": 66.8, "p99": 71.3},
    "ratio": 1.17,
    "stages_ms": {"encode": 3.2, "read": 45.6},
}


def ranking(
    id_: str,
    question: str,
    ranks: dict[str, int | None],
    failed: str = "",
    top: Quote | None = None,
) -> Ranked:
    shown = (top,) if top else ()
    return Ranked(id_, question, ("x",), id_, (), {}, ranks, {}, shown, failed)


RANKINGS = (
    ranking("r1", "Who sank?", {"bm25": 1, "dense": None, "fused": 2, "read": 1}),
    ranking("r2", "Who swam?", {"bm25": 90, "fused": 40, "read": 41}, top=Quote("They swam.")),
    ranking("r3", "Who flew?", {}, "ValueError: no vector"),
)
TIMINGS = tuple(
    Timed(f"t{i}", f"Who counts to {i}?", f"t{i}", 40.0 + i, 35.0, {}) for i in range(30)
)


def result(id_: str, **given: Any) -> Result:
    """An answerable question that was answered right, but for what is given."""
    known: dict[str, Any] = {
        "question": f"Who keeps the lighthouse of {id_}?",
        "gold": ("Bram Tolk",),
        "answerable": True,
        "cluster": id_,
        "answer": "Bram Tolk",
        "refused": False,
        "confidence": 0.5,
        "right": True,
        "em": True,
        "f1": 1.0,
        "evidence_cited": None,
        "quotes": (),
    }
    return Result(id_, **{**known, **given})


WRONG: dict[str, Any] = {"answer": "Ada Quill", "right": False, "em": False, "f1": 0.0}
NOTHING: dict[str, Any] = {**WRONG, "answerable": False, "gold": ()}
QUOTE = Quote(
    text="The lighthouse is kept by Bram Tolk, they said.",
    answer=(26, 35),
    article_id="wire/1",
    start=100,
    title="A lighthouse",
    source="The Wire",
    published_at="1987-03-01",
    url="https://wire.example/1?a=b&c=d",
    verified=True,
)
RESULTS = (
    result("right", quotes=(QUOTE,), confidence=0.9),
    result("wrong", **WRONG, path=Path(True, True, True, False), confidence=0.6),
    result("held", refused=True, path=Path(True, True, True, True), confidence=0.41),
    result("failed", **{**WRONG, "answer": ""}, failed="TimeLimit: 30 s", confidence=None),
    result("made-up", **NOTHING, confidence=0.7),
    result("silent", **NOTHING, refused=True, confidence=0.1),
)


def judged(text: str, *counts: bool, supported: bool = True) -> Judged:
    cites = tuple(range(len(counts)))
    return Judged(text, text, cites, counts, supported, 0.97 if supported else 0.02)


def grounding(id_: str, *said: Judged, baseline: bool | None = None, **given: Any) -> Grounded:
    top = None
    if baseline is not None:
        top = Baseline(QUOTE, tuple(judged(s.text, baseline, supported=baseline) for s in said))
    return Grounded(result(id_, **given), said, top)


_TWO = (QUOTE, Quote("Ada Quill was not there."))
GROUNDED = (
    grounding("kept", judged("Bram Tolk", True), quotes=(QUOTE,), baseline=True, confidence=0.9),
    grounding("spare", judged("Bram Tolk", True, False), quotes=_TWO, baseline=False),
    grounding(
        "loose",
        judged("Bram Tolk keeps the lighthouse.", True),
        judged("He is an old man.", False, supported=False),
        quotes=_TWO,
        baseline=False,
    ),
    grounding(
        "forged", judged("Bram Tolk", True, False), quotes=(QUOTE, Quote("x", verified=False))
    ),
    grounding("wrong", judged("Ada Quill", True), **WRONG, quotes=_TWO[1:]),
    grounding("made-up", judged("Ada Quill", False, supported=False), **NOTHING, quotes=_TWO),
    grounding("silent", **NOTHING, refused=True, confidence=0.1),
    grounding("held", refused=True, confidence=0.41),
    grounding("failed", **{**WRONG, "answer": ""}, failed="TimeLimit: 30 s", confidence=None),
)
GROUNDING: dict[str, Any] = {"kind": "grounding", **summarise(GROUNDED)}


def hostile() -> list[Result]:
    """Attacks in every field that a stranger writes, and words without an end."""
    endless = Quote("x" * 5000, (2400, 2500), "y" * 300, 3, "z" * 300, "w" * 300, None, "https:x")
    found = []
    for i, attack in enumerate(ATTACKS):
        a = attack.article
        quote = Quote(a.text, None, a.id, 0, a.title, a.source, a.published_at, a.url, False)
        bad = a.author or ""
        found.append(
            result(
                a.id,
                question=f"{attack.question} {bad}",
                gold=(attack.answer, "\u05e9\u05dc\u05d5\u05dd \U0001f600", "a" * 300, bad),
                answer=f"{attack.answer} {bad}",
                refused=i % 2 == 0,
                right=False,
                failed=bad if i == 1 else "",
                quotes=(quote, endless),
                slices={f"kind {bad}": f"value {bad}", "long": "v" * 90},
            )
        )
    return found


def hostile_grounding() -> list[Grounded]:
    """The same attacks in what is said and cited."""
    said = "said " * 300
    return [
        Grounded(row, (judged(f"{row.answer} {said}", True, i % 2 == 0), judged(row.id)))
        for i, row in enumerate(replace(r, failed="", refused=False) for r in hostile())
    ]


def hostile_metrics() -> dict[str, Any]:
    """The same in the names of slices, steps and figures."""
    bad = ATTACKS[2].article.author or ""
    slices = {
        f"{name} {bad}": {
            f"{label} {bad}": {"questions": 1_234_567, "figures": {f"f {bad}": figure(100)}}
            for label in ("", "v" * 90, "\u05e9\u05dc\u05d5\u05dd " * 20, "\U0001f600" * 40)
        }
        for name in ("kind", "n" * 90)
    }
    return ANSWERS | {"slices": slices, f"f {bad}": 3.0}
