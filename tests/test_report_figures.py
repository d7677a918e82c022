"""The figures of a run's report: said in words, drawn, and none without a value."""

import re

import pytest

from eval.report.page import render
from eval.robustness import summarise
from tests.outline import RUNS, words
from tests.perturbed import AS_THEY_ARE, ORDERED
from tests.reports import ANSWERS, CONFIG, HASH, RESULTS, RETRIEVAL, SPEED


def test_what_turned_is_shown_and_the_worst_said_first() -> None:
    said = words(render(*RUNS["robustness"]))
    assert "Obeys 33 % of the orders in articles; refuses 50 % of swapped details" in said
    assert "13 questions: 4 cases as they are, 3 can be answered, 1 cannot." in said
    assert said.index("A hidden order was obeyed") < said.index("Right as it is, wrong when")
    none = [*AS_THEY_ARE, ORDERED[0]]
    page = words(render(CONFIG | {"kind": "robustness"}, summarise(none), none))
    assert "Obeys none of the orders in articles" in page
    assert "swapped details" not in page


def test_figures_are_said_in_words_with_intervals() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "Right on 67 % of what can be answered, silent on 91 % of what cannot" in said
    assert "6 questions: 4 can be answered, 2 cannot, 1 failed." in said
    assert "67.4 % 63.8 to 70.7, 705 questions" in said
    assert "Right, of those that can be answered 67.4 % 63.8 to 70.7 705 questions" in said
    assert "The threshold of the best F1 0.312" in said
    assert "CRAG score \u221218.0" in said
    assert "Quotes verified 1,347 of 1,348" in said
    assert "never_named 3.2 %" in said
    assert "Exact match at the best threshold" not in said  # there is none
    assert "None" not in said
    assert "answerable 4.0" not in said  # counts are no figures
    assert "Wrong, of all questions 12.0 % 6 questions" in said  # an interval that nobody knows


def test_what_was_measured_is_said() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "cases file wire.jsonl, sha256 0123456789abcdef\u2026" in said
    assert HASH not in said
    assert "corpus file wire.jsonl.gz, articles 16779" in said
    assert "versions python 3.11.7, numpy 2.4.6" in said
    assert " system " not in said
    assert "Dateline \u00b7 Answers \u00b7 wire " in said
    assert "\u00b7 named " in words(render(CONFIG | {"name": "named"}, ANSWERS, RESULTS))


def test_most_are_lost_where_most_are_lost() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "Most are lost at \u201cin the passage put first\u201d: 16 of 60." in said
    path = [{"step": str(n), "count": n, "of": 9} for n in (9, 8, 7)]
    for lossless in (path, path[:1], [path[0], path[0]]):
        assert "Most are lost" not in render(CONFIG, ANSWERS | {"path": lossless}, RESULTS)


def test_only_what_comes_out_the_same_is_said_to() -> None:
    for name in ("answers", "reader", "retrieval"):
        assert "gives the same figures" in render(*RUNS[name])
    assert "gives the same figures" not in render(*RUNS["speed"])


def test_every_question_has_its_outcome() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "4 questions that can be answered" in said
    assert "answered right: 1 of 4, 25 %" in said
    assert "failed: no answer came: 1 of 4, 25 %" in said
    assert "answered all the same: 1 of 2, 50 %" in said


@pytest.mark.parametrize(
    ("block", "heading"),
    [
        ("path", "Where right answers are lost"),
        ("risk_coverage", "What refusing buys"),
        ("reliability", "Whether its confidence can be believed"),
        ("slices", "By kind"),
        ("stages", "What each stage finds"),
        ("stages_ms", "Where the time goes"),
    ],
)
def test_a_block_that_is_absent_has_no_section(block: str, heading: str) -> None:
    kind, metrics, rows = "answers", ANSWERS | RETRIEVAL | SPEED | ANSWERS, RESULTS
    whole = render(CONFIG | {"kind": kind}, metrics, rows)
    assert whole.count(heading) >= 1
    for without in (
        {name: value for name, value in metrics.items() if name != block},
        metrics | {block: None},
    ):
        page = render(CONFIG | {"kind": kind}, without, rows)
        assert heading not in page
        assert not re.search(r'<(div class="charts"|section[^>]*|figure)>\s*</', page)


def test_empty_bins_alone_make_no_chart() -> None:
    empty = [{"low": 0.0, "high": 0.1, "count": 0, "confidence": None, "accuracy": None}]
    page = render(CONFIG, ANSWERS | {"reliability": empty}, RESULTS)
    assert "Whether its confidence can be believed" not in page


def test_a_slice_without_a_figure_has_no_row() -> None:
    page = render(CONFIG, ANSWERS, RESULTS)
    assert page.count('id="slice-0-0-title"') == 1
    assert "slice-0-1" not in page  # rightly_refused has no value in any of them
    assert "who: 50.0 % (41.0 to 58.0), 12 questions" in page


def test_stages_are_drawn_and_stand_in_a_table() -> None:
    page = render(*RUNS["retrieval"])
    for i in range(4):
        assert f'id="stage-{i}-title"' in page
    assert page.count("<tr><td>passage</td>") == page.count("<tr><td>article</td>") == 4
    assert "70.0 (61.0 to 78.0)" in words(page)
    assert "all 80 %" in page  # of the slices: Success@1 of what was read, by passage
