"""What a report shows of grounding."""

from importlib.resources import files

import pytest

from eval.report.browse import browse
from eval.report.grounding import beside_the_baseline, outcomes
from eval.report.page import render
from tests.outline import words
from tests.reports import CONFIG, GROUNDED, GROUNDING, grounding, judged

PAGE = words(render(CONFIG | {"kind": "grounding"}, GROUNDING, GROUNDED))


def test_results_are_grouped_by_what_became_of_them() -> None:
    groups = browse("grounding", GROUNDED)
    assert [(g.name, [e.id for e in g.entries], g.is_open) for g in groups] == [
        ("failed", ["failed"], True),
        ("unsupported", ["loose", "made-up"], True),
        ("unverified", ["forged"], True),
        ("spare", ["spare"], True),
        ("supported", ["kept", "wrong"], False),
        ("refused", ["held", "silent"], False),
    ]


def test_every_question_has_its_outcome() -> None:
    for answerable, counts in (
        (True, {"right and supported": 3, "right, not supported": 1, "supported, not right": 1,
                "neither right nor supported": 0, "refused": 1, "failed: no answer came": 1}),
        (False, {"refused, rightly": 1, "answered all the same, supported": 0,
                 "answered all the same, not supported": 1}),
    ):  # fmt: skip
        assert {c.label: c.count for c in outcomes(GROUNDED, answerable)} == counts


def test_every_bar_has_a_colour() -> None:
    """One without would be black, as if it were the worst of all."""
    style = (files("eval.report") / "templates" / "report.css").read_text("utf-8")
    for answerable in (True, False):
        for row in outcomes(GROUNDED, answerable):
            assert f"svg rect.{row.tone}" in style, row.label


def test_of_many_sentences_those_without_support_are_shown() -> None:
    said = [judged(f"Number {i}.", True) for i in range(5)] + [judged("Bad.", supported=False)]
    (group,) = browse("grounding", [grounding("many", *said)])
    shown = [fact.words[0] for fact in group.entries[0].facts if "supported" in fact.label]
    assert shown == ["Bad.", "Number 0.", "Number 1."]
    assert "3 of 6 sentences are shown." in group.entries[0].remarks


def test_it_is_said_in_words() -> None:
    assert "Right and supported on 43\u00a0% of what can be answered" in PAGE.replace(
        " %", "\u00a0%"
    )
    assert "Dateline \u00b7 Grounding \u00b7 wire " in PAGE
    assert "7 questions that can be answered" in PAGE
    assert "Quotes verified 5 of 6" in PAGE
    assert "sentences_supported" not in PAGE  # counts are no figures
    assert "baseline_" not in PAGE
    assert "None" not in PAGE


def test_what_was_said_and_what_is_wrong_with_it() -> None:
    assert "supported, 0.97 Bram Tolk keeps the lighthouse." in PAGE
    assert "not supported, 0.02 He is an old man." in PAGE
    assert "Not needed: quote 2." in PAGE
    assert "does not stand in its article" in PAGE
    assert "The answer is not right." in PAGE
    assert "The archive does not hold an answer." in PAGE
    assert "The top passage supports it." in PAGE
    assert "The top passage does not support it." in PAGE


def test_the_baseline_stands_beside_it() -> None:
    labels = [row.label for row in beside_the_baseline(GROUNDING)]
    assert labels == [
        "recall",
        "recall, citing the top passage",
        "precision",
        "precision, citing the top passage",
        "F1",
        "F1, citing the top passage",
    ]
    for row in beside_the_baseline(GROUNDING):
        assert (row.low is None) == (row.high is None)
    alone = {k: v for k, v in GROUNDING.items() if not k.startswith("baseline")}
    assert [row.label for row in beside_the_baseline(alone)] == labels[::2]
    page = render(CONFIG | {"kind": "grounding"}, alone, GROUNDED)
    assert "citing the top passage" not in page.partition("All figures</h2>")[0]


@pytest.mark.parametrize("rows", [GROUNDED[:0], GROUNDED[-3:]])
def test_without_an_answer_there_is_a_page(rows: tuple[object, ...]) -> None:
    metrics = {"questions": len(rows), "citation_recall": None}
    assert "What the citations are worth" not in render({"kind": "grounding"}, metrics, rows)
