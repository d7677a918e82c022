"""TREC files: by hand, and as trec_eval (through pytrec_eval) and ir_measures read them."""

import gzip
import math
from pathlib import Path

import ir_measures
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ir_measures import RR

from eval.adapters.trec import Qrels, Run, read_qrels, read_run, write_qrels, write_run
from index.errors import InvalidInput, InvalidRecord

_PIECES = st.sampled_from([" ", "\t", "\n", "\r", "\u2028", "\xa0", "\ufeff", "%", "%20", "%2520"])
_LETTERS = st.text("a\u00e9\U0001f600/:.%20", min_size=1, max_size=3)
_NAMES = st.lists(_PIECES | _LETTERS, min_size=1, max_size=4).map("".join)
_QRELS = st.dictionaries(
    _NAMES, st.dictionaries(_NAMES, st.integers(-2, 3), min_size=1), max_size=4
)
# Scores that tie, that differ in double precision alone, and those at its edges.
_SCORES = st.one_of(
    st.sampled_from([0.5, 0.5 + 1e-12, 0.0, -0.0, 1e-46, 5e-324, 1e39, 16777217.0, 16777216.0]),
    st.floats(-1e30, 1e30),
)


def _ranking(found: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(found, key=lambda pair: pair[1], reverse=True)


_RUNS = st.dictionaries(
    _NAMES,
    st.lists(st.tuples(_NAMES, _SCORES), min_size=1, unique_by=lambda d: d[0]).map(_ranking),
    max_size=4,
)


def _write(folder: Path, text: str, name: str = "file.trec") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_qrels_by_hand(tmp_path: Path) -> None:
    text = "q1 0 wire/7 1\r\n\nq1\t0   a%20b\t-1\nq2 Q0 %C3%A9%2520 2\n"
    path = _write(tmp_path, text)
    assert read_qrels(path) == {"q1": {"wire/7": 1, "a b": -1}, "q2": {"%C3%A9%20": 2}}
    verbatim = {"q1": {"wire/7": 1, "a%20b": -1}, "q2": {"%C3%A9%2520": 2}}
    assert read_qrels(path, escaped=False) == verbatim
    packed = tmp_path / "qrels.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert read_qrels(packed) == read_qrels(path)


def test_qrels_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "qrels"
    write_qrels(path, {"q 1": {"a b": 1, "50%": 0}, "q2": {"x%20": 2, "100% x": 1}, "none": {}})
    assert path.read_bytes() == (
        b"q%201 0 a%20b 1\nq%201 0 50% 0\nq2 0 x%2520 2\nq2 0 100%25%20x 1\n"
    )


def test_a_run_is_ranked_by_score_then_docno_descending(tmp_path: Path) -> None:
    lines = ["q Q0 a 1 2.5 t", "q Q0 c 2 3 t", "q Q0 b 3 2.5 t", "p Q0 z 9 -1e-3 t"]
    run = read_run(_write(tmp_path, "\n".join(lines)))
    assert run == {"q": [("c", 3.0), ("b", 2.5), ("a", 2.5)], "p": [("z", -0.001)]}
    # Names tie as they are written: "%" is above "!", a space below it.
    tied = read_run(_write(tmp_path, "q Q0 a! 1 1 t\nq Q0 a%20 2 1 t\n"))
    assert [document for document, _ in tied["q"]] == ["a ", "a!"]


def test_scores_fall_where_they_would_tie(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run: Run = {"q": [("a", 1.0), ("b", 1.0), ("c", 1 - 1e-12), ("d", 0.25)], "none": []}
    write_run(path, run, "a tag")
    rows = [line.split() for line in path.read_text().splitlines()]
    assert [row[:4] for row in rows] == [
        ["q", "Q0", doc, str(rank)] for rank, doc in enumerate("abcd", 1)
    ]
    # The single-precision numbers below 1 are 2 ** -24 apart.
    assert [row[4] for row in rows] == ["1.0", "0.99999994", "0.9999999", "0.25"]
    assert {row[5] for row in rows} == {"a%20tag"}
    singles = [np.float32(row[4]) for row in rows]
    assert singles == [1, 1 - 2**-24, 1 - 2 * 2**-24, 0.25]


@given(_QRELS)
@example({"\ufeffq": {"\ufeff": 1}})
@example({"a%20b": {"a b": 1, "a%20b": 2, "a%2520b": 3}})
def test_qrels_come_back(tmp_path_factory: pytest.TempPathFactory, qrels: Qrels) -> None:
    path = tmp_path_factory.getbasetemp() / "back.qrels"
    write_qrels(path, qrels)
    assert read_qrels(path) == qrels


@given(_RUNS)
@example({"q": [("a", 0.0), ("b", 0.0), ("c", -0.0), ("d", -1e-46)]})
@example({"q": [("a", 1e39), ("b", 1e39)]})
def test_a_run_comes_back_in_its_order(tmp_path_factory: pytest.TempPathFactory, run: Run) -> None:
    path = tmp_path_factory.getbasetemp() / "back.run"
    write_run(path, run)
    back = read_run(path)
    assert {q: [d for d, _ in r] for q, r in back.items()} == {
        q: [d for d, _ in r] for q, r in run.items()
    }
    with np.errstate(over="ignore"):
        for query, ranking in back.items():
            singles = [float(np.float32(score)) for _, score in ranking]
            assert singles == sorted(set(singles), reverse=True)
            for (_, score), (_, was) in zip(ranking, run[query], strict=True):
                # Nudged by a unit in the last place for each of those that tie, at most.
                room = len(ranking) * max(abs(was) * 2**-22, 2**-148)
                assert abs(score - was) <= room or abs(was) > 3e38


@given(
    st.lists(
        st.tuples(st.text("abAB\u00e9\U0001f600", min_size=1, max_size=2), _SCORES),
        min_size=1,
        max_size=8,
        unique_by=lambda d: d[0],
    )
)
@example([("a", 0.5), ("b", 0.5 + 1e-12), ("c", 0.5)])
@example([("\uffff", 0.5), ("\U00010000", 0.5)])
def test_our_ranking_is_trec_evals(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[str, float]]
) -> None:
    """The reciprocal rank of a query whose one relevant document is the n-th says where it is."""
    text = "".join(f"{q} Q0 {d} 0 {s!r} t\n" for q, _ in found for d, s in found)
    path = _write(tmp_path_factory.getbasetemp(), text, "foreign.run")
    qrels = {query: {query: 1} for query, _ in found}
    ranks = {m.query_id: 1 / m.value for m in _evaluated(qrels, path)}
    for query, ranking in read_run(path).items():
        assert [d for d, _ in ranking].index(query) + 1 == round(ranks[query])


@settings(max_examples=50)
@given(_RUNS)
def test_what_we_write_is_ranked_by_trec_eval_as_we_rank(
    tmp_path_factory: pytest.TempPathFactory, run: Run
) -> None:
    folder = tmp_path_factory.getbasetemp()
    run_path, qrels_path = folder / "ours.run", folder / "ours.qrels"
    write_run(run_path, run)
    for place in range(max((len(r) for r in run.values()), default=0)):
        qrels = {q: {r[place][0]: 1} for q, r in run.items() if place < len(r)}
        write_qrels(qrels_path, qrels)
        written: Qrels = {}
        for qrel in ir_measures.read_trec_qrels(str(qrels_path)):
            written[qrel.query_id] = {qrel.doc_id: qrel.relevance}
        values = [m.value for m in _evaluated(written, run_path)]
        assert values == pytest.approx([1 / (place + 1)] * len(qrels))


def _evaluated(qrels: Qrels, run: Path) -> list[ir_measures.Metric]:
    provider = ir_measures.providers.registry["pytrec_eval"]
    return list(provider.iter_calc([RR], qrels, list(ir_measures.read_trec_run(str(run)))))


def test_agreement_with_ir_measures(tmp_path: Path) -> None:
    qrels = _write(tmp_path, "q1 0 d1 1\nq1 0 d2 0\n\nq2 0 d1 -1\n", "qrels")
    theirs: Qrels = {}
    for qrel in ir_measures.read_trec_qrels(str(qrels)):
        theirs.setdefault(qrel.query_id, {})[qrel.doc_id] = qrel.relevance
    assert read_qrels(qrels) == theirs
    run = _write(tmp_path, "q1 Q0 d1 1 2e1 t\nq1 Q0 d2 2 .5 t\n\nq2 Q0 d1 1 +7. t\n", "run")
    found: Run = {}
    for scored in ir_measures.read_trec_run(str(run)):
        found.setdefault(scored.query_id, []).append((scored.doc_id, scored.score))
    assert read_run(run) == found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("q 0 d", r"qrels:2: line: has 3 columns; give 4: qid 0 docno rel"),
        ("q 0 a b 1", r"qrels:2: line: has 5 columns; give 4"),
        ("q 0 d 1.0", r"qrels:2: rel: '1\.0' is no whole number; give one"),
        ("q 0 d 1_0", r"qrels:2: rel: '1_0' is no whole number"),
        ("q 0 d \u0661", r"qrels:2: rel: .* is no whole number"),
        ("p 0 a%20b 0", r'qrels:2: docno: "a b" stands above for the same query'),
    ],
)
def test_bad_lines_of_qrels(tmp_path: Path, line: str, words: str) -> None:
    path = _write(tmp_path, f"p 0 a%20b 1\n{line}\n", "qrels")
    with pytest.raises(InvalidRecord, match=words):
        read_qrels(path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("q Q0 d 1 0.5", r"run:2: line: has 5 columns; give 6: qid Q0 docno rank score tag"),
        ("q Q0 d 1 high t", r"run:2: score: 'high' is no finite number; give one"),
        ("q Q0 d 1 nan t", r"run:2: score: 'nan' is no finite number"),
        ("q Q0 d 1 inf t", r"run:2: score: 'inf' is no finite number"),
        ("q Q0 d 1 1e999 t", r"run:2: score: '1e999' is no finite number"),
        ("q Q0 d 1 1_0.0 t", r"run:2: score: '1_0\.0' is no finite number"),
        ("p Q0 a 2 0.5 t", r'run:2: docno: "a" stands above for the same query'),
    ],
)
def test_bad_lines_of_a_run(tmp_path: Path, line: str, words: str) -> None:
    path = _write(tmp_path, f"p Q0 a 1 0.5 t\n{line}\n", "run")
    with pytest.raises(InvalidRecord, match=words):
        read_run(path)


@pytest.mark.parametrize(
    ("ranking", "words"),
    [
        ([("a", 1.0), ("b", 2.0)], '"q", document "b": the score 2.0 is above 1.0; sort'),
        ([("a", math.nan)], "the score nan is not finite; give one that is"),
        ([("a", math.inf)], "the score inf is not finite"),
        ([("a", -1e39)], "the score -1e[+]39 is past single precision; scale it"),
        ([("a", 1.0), ("a", 0.5)], 'document "a" stands twice; keep the better of the two'),
        ([("", 1.0)], "cannot hold a name that is empty"),
    ],
)
def test_what_a_run_cannot_hold(
    tmp_path: Path, ranking: list[tuple[str, float]], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        write_run(tmp_path / "run", {"q": ranking})
    assert not (tmp_path / "run").exists()


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="the qrels cannot be written"):
        write_qrels(tmp_path / "none" / "qrels", {})
    with pytest.raises(InvalidInput, match="the run cannot be written"):
        write_run(tmp_path / "none" / "run", {})
