"""Mining: what may stand beside a gold passage, and what is read alone."""

import gzip
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.onnx import Workers
from tests.invented import CountingEncoder, Likes
from training.crowd import Crowd, Shown, make_crowd
from training.data import Row
from training.groups import SINGLE
from training.miner import ADVERSARIAL, GOLD, TAKEN_OUT, Miner
from training.negatives import Sieve, choose_negatives, holds_answer, is_delicate, order_near
from training.singles import SHARES, draw_singles, make_singles

# All of it is invented.
WON = "Ada Quill won the Elmsey race."
RUNNERS = "The Elmsey race had 7 runners."
PARAGRAPHS = {
    WON: "Race",
    "The Elmsey race was run in rain.": "Race",
    "Elmsey race officials praised Ada Quill.": "Officials",
    RUNNERS: "Race",
    "Seven runners began the Elmsey race.": "Race",
    "Who won the Elmsey regatta is not known.": "Regatta",
    "A race in Upper Tarn was won by a horse.": "Horses",
    "The harbour of Invented Bay stays closed.": "",
    "Tom Reed sells fish in Elmsey.": "",
}


def row(question: str, context: str, *answers: str) -> Row:
    spans = [{"text": a, "start": context.index(a)} for a in answers]
    return {
        "question": question,
        "context": context,
        "title": PARAGRAPHS.get(context, ""),
        "answers": spans,
    }


WHO = row("Who won the Elmsey race?", WON, "Ada Quill")
HOW_MANY = row("How many runners had the Elmsey race?", RUNNERS, "7")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    rows = [row("", context) for context in PARAGRAPHS]
    return make_crowd(rows, tmp_path_factory.mktemp("crowd") / "archive", CountingEncoder())


def miner(crowd: Crowd, **likes: float) -> Miner:
    return Miner(crowd, Likes(likes), Workers(1), random.Random(1))


def shown(id_: int, text: str = "", title: str = "", article: str = "") -> Shown:
    return Shown(id_, article or str(id_), 0, title, title, text or f"Passage {id_}.")


@pytest.mark.parametrize(
    ("text", "answer", "holds"),
    [
        ("It was THE Moon.", "a moon", True),
        ("The moonlight.", "moon", False),
        ("In 1990-1995 it rained.", "1990", True),
        ("It had 19905 seats.", "1990", False),
        ("The U.S. won.", "us", True),
        ("Nothing.", "the", False),  # nothing is left of it
        ("Ada (Quill) won.", "Ada Quill", True),
    ],
)
def test_an_answer_stands_in_whole_words(text: str, answer: str, holds: bool) -> None:
    assert holds_answer(text, ["unheard of", answer]) is holds


def test_short_answers_and_numbers_are_delicate() -> None:
    for answer in ("7", "1998", "$2.5 million", "twenty two", "the UK", "30%"):
        assert is_delicate(answer), answer
    for answer in ("Ada Quill", "Paris", "7 January", "two dogs"):
        assert not is_delicate(answer), answer


def test_only_a_delicate_answer_asks_the_earlier_reader() -> None:
    scores = {1: 5.0, 2: 4.0, 3: 6.0}
    asked: list[int] = []

    def score(s: Shown) -> float:
        asked.append(s.id)
        return scores[s.id]

    dropped: Counter[str] = Counter()
    sieve = Sieve(shown(1), ["7"], score, dropped)
    assert [sieve.lets_through(shown(i)) for i in (1, 2, 3, 3)] == [False, True, False, False]
    assert not sieve.lets_through(shown(4, "Some 7 ran."))
    assert asked == [1, 2, 3]
    assert dropped == {"negative scores above gold": 1, "negative holds an answer": 1}
    assert Sieve(shown(1), ["Ada Quill"], score, dropped).lets_through(shown(3))
    assert asked == [1, 2, 3]
    assert not Sieve(shown(1), [], score, dropped).lets_through(shown(9, "passage 1"))


@given(st.integers(0, 1000), st.sets(st.integers(0, 45)))
def test_negatives_come_from_their_parts_of_the_ranks(seed: int, banned: set[int]) -> None:
    ranked, near = [shown(i) for i in range(30)], [shown(i) for i in range(30, 46)]

    def allowed(s: Shown) -> bool:
        return s.id not in banned

    chosen = [s.id for s in choose_negatives(ranked, near, allowed, 4, random.Random(seed))]
    left = [i for i in range(46) if i not in banned]
    assert len(chosen) == len(set(chosen))
    assert not banned & set(chosen)
    top, deep, close = (
        {i for i in left if i in part} for part in (range(5), range(5, 30), range(30, 46))
    )
    if len(top) >= 2 and deep and close:
        assert [c in part for c, part in zip(chosen, (top, deep, close, top), strict=True)] == [
            True
        ] * 4
        assert chosen[2] == min(close)
    if len(top | deep) >= 4:
        assert len(chosen) == 4


def test_a_text_is_given_once() -> None:
    ranked = [shown(1, "Same."), shown(2, "Same."), shown(3, "Other.")]
    chosen = choose_negatives(ranked, [], lambda _: True, 3, random.Random(0))
    assert sorted(s.text for s in chosen) == ["Other.", "Same."]


def test_siblings_go_first_where_a_title_is_an_article() -> None:
    gold = shown(1, title="Race", article="a")
    near = [shown(2, title="Tarn"), shown(3, title="Race"), shown(4, article="a")]
    assert [s.id for s in order_near(near, gold, True, lambda _: True)] == [3, 4, 2]
    assert [s.id for s in order_near(near, gold, True, lambda _: False)] == [4, 2, 3]
    assert [s.id for s in order_near(near, gold, False, lambda _: True)] == [2, 3, 4]


@pytest.mark.parametrize("seed", range(10))
def test_a_group_has_gold_and_no_other_passage_with_its_answer(crowd: Crowd, seed: int) -> None:
    reader = Likes({})
    (group,) = Miner(crowd, reader, Workers(1), random.Random(seed)).answerable([WHO], [GOLD])
    first, *others = group.examples
    assert (group.kind, first.passage, group.is_answerable) == (GOLD, WON, True)
    assert first.answers == ((0, 9),)
    assert first.evidence == ((0, len(WON)),)
    assert len({e.passage for e in group.examples}) == 4
    assert all(not e.is_gold and "Ada Quill" not in e.passage for e in others)
    assert first.heading.startswith("Race")
    assert reader.read_passages == []


def test_a_group_with_the_gold_taken_out_has_no_answer(crowd: Crowd) -> None:
    (group,) = miner(crowd).answerable([WHO], [TAKEN_OUT])
    assert (group.kind, group.is_answerable) == (TAKEN_OUT, False)
    assert len({e.passage for e in group.examples}) == 4
    assert all("Ada Quill" not in e.passage for e in group.examples)


def test_what_the_earlier_reader_likes_better_is_no_negative_of_a_number(crowd: Crowd) -> None:
    liked = {"had 7": 2.0, "Seven": 3.0, "rain": 1.0}
    (group,) = miner(crowd, **liked).answerable([HOW_MANY], [GOLD])
    assert "7" in group.examples[0].passage
    assert all("Seven" not in e.passage for e in group.examples)
    indifferent = [
        g
        for seed in range(20)
        for g in Miner(crowd, Likes({"had 7": 9.0}), Workers(1), random.Random(seed)).answerable(
            [HOW_MANY], [GOLD]
        )
    ]
    assert any("Seven" in e.passage for g in indifferent for e in g.examples)


def test_a_question_that_does_not_find_its_passage_is_for_singles(
    tmp_path: Path,
) -> None:
    many = [row("", f"What did he say about {word} then?") for word in "abcdefghijklmnopqrstuvwxyz"]
    lost = row("What did he say about then?", "Quill sang.", "Quill")
    mine = miner(make_crowd([*many, lost], tmp_path, CountingEncoder()))
    assert list(mine.answerable([lost], [GOLD])) == []
    assert mine.context_bound == [lost]
    absent = row("Who sang?", "This is nowhere.", "nowhere")
    assert list(mine.answerable([absent], [GOLD])) == []
    assert mine.dropped["question whose answer no passage holds whole"] == 1


def test_an_adversarial_group_has_its_own_paragraph(crowd: Crowd) -> None:
    (group,) = miner(crowd).adversarial([row("Who lost the Elmsey race?", WON)])
    assert (group.kind, group.is_answerable) == (ADVERSARIAL, False)
    assert group.examples[0].passage == WON
    assert len({e.passage for e in group.examples}) == 4


def test_every_place_of_a_long_answer_is_gold_and_only_the_own_of_a_short_one(
    tmp_path: Path,
) -> None:
    text = "Ada Quill ran 7 miles. Then 7 others ran. Ada Quill won, and Ada Quillan lost."
    others = [row("", f"Miles are run in {place}.") for place in ("Tarn", "Bay", "Elmsey")]
    who, how_many = row("Who won?", text, "Ada Quill"), row("How many miles ran Ada?", text, "7")
    mine = miner(make_crowd([who, *others], tmp_path, CountingEncoder()))
    one, other = (g.examples[0] for g in mine.answerable([who, how_many], [GOLD, GOLD]))
    assert one.answers == ((0, 9), (42, 51))
    assert one.evidence == ((0, 22),)
    assert other.answers == ((14, 15),)


def test_singles_are_of_all_kinds() -> None:
    marked = [{
        "question": "Who won?", "title": "Elmsey / Races", "answers": [1],
        "sentences": ["The race was long.", "Ada Quill won it."],
    }]  # fmt: skip
    bound = [row(f"Who won race {n}?", WON, "Ada Quill") for n in range(60)]
    unanswered = [row("Who lost?", WON)] * 40
    singles = make_singles(bound, unanswered, marked * 20, 100, random.Random(0))
    assert {s.kind for s in singles} == {SINGLE}
    examples = [s.examples[0] for s in singles]
    sentences = [e for e in examples if e.evidence and not e.answers]
    assert len(sentences) == 10
    assert {e.passage[slice(*e.evidence[0])] for e in sentences} == {"Ada Quill won it."}
    with_answer = [e for e in examples if e.answers]
    assert all(e.evidence == ((0, len(WON)),) for e in with_answer)
    assert len(with_answer) == 60 - 8
    assert sum(e.question == "Who lost?" for e in examples) == 25
    assert sum(not e.is_gold for e in examples) == 25 + 8


def test_marked_sentences_are_found_in_the_passage_that_holds_them() -> None:
    sentences = [f"In year {n} the invented harbour of Elmsey was closed again." for n in range(60)]
    marked = {"question": "When?", "title": "", "answers": [40, 41], "sentences": sentences}
    (single,) = make_singles([], [], [marked], 10, random.Random(0))
    (example,) = single.examples
    assert len(example.passage) < 1_500
    assert [example.passage[s:e] for s, e in example.evidence] == sentences[40:42]


def test_drawn_singles_keep_their_shares_and_some_are_swapped(tmp_path: Path) -> None:
    for name in SHARES:
        rows = [row(f"Who won {name} {n}?", WON, "Ada Quill") for n in range(100)]
        asked = [{**r, "split": "train"} for r in rows]
        held_out = {**row("Held out?", WON, "Ada Quill"), "split": "dev"}
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(r) + "\n" for r in [*asked, held_out])
    drawn = draw_singles(tmp_path, 200, random.Random(0))
    assert [len(s.examples) for s in drawn] == [1] * 200
    questions = [s.question for s in drawn]
    kept = [s for s in drawn if s.is_answerable]
    assert len(kept) == 200 - len(range(0, 200, 12))  # one in twelve asks about another number
    assert len({s.question for s in kept}) == len(kept)  # no row twice
    assert "Held out?" not in questions
    for name, share in SHARES.items():
        assert sum(f" {name} " in question for question in questions) == 2 * share
    assert [s.examples for s in draw_singles(tmp_path, 200, random.Random(0))] == [
        s.examples for s in drawn
    ]


@pytest.mark.parametrize("ends", [["0", "9"], ["--written", "9", "9"], ["--written", "-1", "9"]])
def test_lines_are_a_range_of_the_written_questions_or_an_error(ends: list[str]) -> None:
    *written, first, last = ends
    command = [sys.executable, "-m", "training.mine_groups", "--data", "D", "--out", "F"]
    said = subprocess.run(
        [*command, *written, "--lines", first, last], capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "--lines are FROM and a greater TO, with --written" in said.stderr
