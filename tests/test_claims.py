"""Claims to learn from: each is what its kind says, and the file of them is always the same."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from index.errors import InvalidInput
from index.split import split_sentences
from rag.deadline import NEVER, Deadline
from rag.entailment import Claim
from rag.reader import Pair, Reading
from training import claims
from training.claims import HALVES, OWN_SHARES, Labelled, origin_of, read_claims, write_claims
from training.data import Example, add_evidence
from training.entailment_rows import read_file
from training.evidence import SENTENCE, WHOLE, WINDOW, cut, leave_out, names_one_of
from training.groups import SINGLE, Group, write_groups
from training.make_claims import make_claims, own_claims
from training.miner import ADVERSARIAL, GOLD, TAKEN_OUT
from training.question_claims import QuestionClaims
from training.sentence_claims import SentenceClaims

# Invented for these tests.
PASSAGE = (
    "The Tornia Cup began in 1950. Ada Quill won the race in 1998 for Elmsey. "
    "Tom Reed came second and Bea Moss third in 1999. Nobody was hurt."
)
OTHER = "Ada Quill was born in Tornia. Her mother Bea Moss had three shops there."
WHOLE_PASSAGE = (0, len(PASSAGE))


class Pointing:
    """A reader that always points at the same words."""

    name = "pointing"

    def __init__(self, words: str) -> None:
        self._words = words

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        deadline.check()
        starts = [pair.passage.find(self._words) for pair in pairs]
        return [Reading(s, s + len(self._words), 1.0, 0.0, 1.0) for s in starts]


def example(question: str, answer: str, passage: str = PASSAGE, heading: str = "") -> Example:
    start = passage.index(answer)
    return add_evidence(Example(question, heading, passage, ((start, start + len(answer)),)))


def group(question: str = "Who won the race in 1998?", answer: str = "Ada Quill") -> Group:
    return Group(GOLD, (example(question, answer), Example(question, "", OTHER, ())))


def made_of(kind: str, group: Group, words: str = "Bea Moss", count: int = 40) -> list[Labelled]:
    """What many seeds make of one kind, those that make something."""
    made = []
    for seed in range(count):
        names = ["Ivo Lark", "Nell Hay"]
        asked = QuestionClaims(Pointing(words), names, random.Random(seed))
        stated = SentenceClaims(names, random.Random(seed))
        maker = getattr(asked if hasattr(asked, kind) else stated, kind)
        made += [one for one in [maker(group)] if one]
    return made


def texts(made: list[Labelled]) -> set[str]:
    return {one.claim.text for one in made}


def shown(made: list[Labelled]) -> set[str]:
    return {one.claim.evidence for one in made}


def test_evidence_is_a_sentence_a_window_or_the_passage() -> None:
    sentences = [PASSAGE[s:e] for s, e in split_sentences(PASSAGE)]
    span = (PASSAGE.index("Quill"), PASSAGE.index("Quill") + 5)
    dice = random.Random(1)
    start, end = cut(PASSAGE, span, SENTENCE, dice)
    assert PASSAGE[start:end] == sentences[1]
    windows = {cut(PASSAGE, span, WINDOW, dice) for _ in range(30)}
    assert {PASSAGE[s:e] for s, e in windows} == {
        f"{sentences[0]} {sentences[1]}",
        f"{sentences[1]} {sentences[2]}",
    }
    assert cut(PASSAGE, span, WHOLE, dice) == WHOLE_PASSAGE
    assert leave_out(PASSAGE, [span]) == " ".join([sentences[0], *sentences[2:]])


def test_a_sentence_that_names_nobody_is_not_enough() -> None:
    assert names_one_of("When was Ada Quill born?", "Quill was born in 1950.")
    assert not names_one_of("When was Ada Quill born?", "She was born in 1950.")
    assert names_one_of("when was she born?", "She was born in 1950.")
    text = "Ada Quill ran. She won in 1998."
    made = made_of("answer", Group(GOLD, (example("When did Ada Quill win?", "1998", text),)))
    assert shown(made) == {text}


def test_answers_are_supported_by_what_is_shown() -> None:
    made = made_of("answer", group())
    assert texts(made) == {"Who won the race in 1998? -> Ada Quill"}
    assert all(one.supported and "Ada Quill won" in one.claim.evidence for one in made)
    assert len(shown(made)) == 4  # the sentence, a window to either side, the passage
    by_reader = made_of("answer", group(), "Quill won")
    assert texts(by_reader) == {
        "Who won the race in 1998? -> Ada Quill",
    }  # "Quill won" neither holds the answer nor stands in it
    by_reader = made_of("answer", group(), "Ada Quill won")
    assert "Who won the race in 1998? -> Ada Quill won" in texts(by_reader)


def test_what_is_swapped_in_both_stays_supported() -> None:
    made = made_of("alike", group())
    assert all(one.supported for one in made)
    for one in made:
        question, answer = one.claim.text.split(" -> ")
        year = question.removeprefix("Who won the race in ").removesuffix("?")
        assert f"{answer} won the race in {year} for Elmsey." in one.claim.evidence
        assert (year, answer) != ("1998", "Ada Quill")


def test_wrong_spans_are_of_the_right_type() -> None:
    made = made_of("wrong_span", group("When did Ada Quill win?", "1998"))
    assert texts(made) == {f"When did Ada Quill win? -> {year}" for year in ("1950", "1999")}
    assert not any(one.supported for one in made)
    named = made_of("wrong_span", group())
    others = {"Tornia Cup", "Elmsey", "Tom Reed", "Bea Moss", "Nobody"}
    assert {text.split(" -> ")[1] for text in texts(named)} <= others
    assert made_of("wrong_span", group("What was good?", "Nobody was hurt")) != []


def test_other_sentences_do_not_hold_the_answer() -> None:
    made = made_of("other_sentence", group("When did Ada Quill win?", "1998"))
    assert {(one.claim.text[-4:], one.claim.evidence) for one in made} == {
        ("1950", "The Tornia Cup began in 1950."),
        ("1999", "Tom Reed came second and Bea Moss third in 1999."),
    }


def test_what_the_reader_says_without_an_answer_is_not_supported() -> None:
    made = made_of("other_article", group())
    assert texts(made) == {"Who won the race in 1998? -> Bea Moss"}
    assert shown(made) == {OTHER, "Her mother Bea Moss had three shops there."}
    question = Group(ADVERSARIAL, (Example("Who lost?", "", PASSAGE, ()),))
    made = made_of("adversarial", question)
    assert texts(made) == {"Who lost? -> Bea Moss"}
    assert not any(one.supported for one in made)


def test_the_supporting_sentence_is_taken_out() -> None:
    made = made_of("taken_out", group(), count=3)
    assert len(shown(made)) == 1
    assert "Ada" not in made[0].claim.evidence
    assert "Tom Reed came second" in made[0].claim.evidence
    twice = example("Who won?", "Ada Quill", PASSAGE + " Ada Quill is 30.")
    assert made_of("taken_out", Group(GOLD, (twice,)), count=3) == []


def test_one_detail_is_swapped() -> None:
    made = made_of("swapped", group())
    kinds = Counter(one.kind for one in made)
    assert set(kinds) == {"swapped date", "swapped name"}
    for one in made:
        question, answer = one.claim.text.split(" -> ")
        year = question.removeprefix("Who won the race in ").removesuffix("?")
        assert (year != "1998") != (answer != "Ada Quill")
        assert "Ada Quill won the race in 1998" in one.claim.evidence
        assert year == "1998" or year not in one.claim.evidence


def test_a_swapped_answer_is_not_in_the_evidence() -> None:
    made = [
        QuestionClaims(Pointing(""), ["Tom Reed"], random.Random(seed)).swapped(group())
        for seed in range(80)
    ]
    said = [(one.claim.text, one.claim.evidence) for one in made if one]
    swapped = [shown for text, shown in said if text.endswith("Tom Reed")]
    assert swapped  # by a sentence that does not name him
    assert not any("Tom Reed" in shown for shown in swapped)


def test_what_is_said_is_turned_round() -> None:
    made = made_of("polarity", group())
    said = "Ada Quill lost the race in 1998"
    asked = "Who lost the race in 1998? -> Ada Quill"
    assert {(said in one.claim.evidence, one.claim.text == asked) for one in made} == {
        (True, False),
        (False, True),
    }


def test_sentences_are_stated_changed_or_missing() -> None:
    for one in made_of("stated", group()):
        assert one.supported
        assert one.claim.text in one.claim.evidence
    for kind in ("changed", "without", "elsewhere"):
        made = made_of(kind, group())
        assert len(made) > 10
        for one in made:
            assert not one.supported
            assert one.claim.text not in one.claim.evidence


def test_what_the_reader_answers_is_right_or_wrong_by_the_gold() -> None:
    right, *_ = made_of("of_reader", group(answer="Ada Quill"), words="Ada Quill", count=1)
    assert (right.supported, right.kind) == (True, claims.READ_RIGHT)
    assert right.claim == Claim(
        "Who won the race in 1998? -> Ada Quill", "Ada Quill won the race in 1998 for Elmsey."
    )
    wrong, *_ = made_of("of_reader", group(), words="Bea Moss", count=1)
    assert (wrong.supported, wrong.kind) == (False, claims.READ_WRONG)
    assert wrong.claim.evidence == "Tom Reed came second and Bea Moss third in 1999."
    apart = Group(TAKEN_OUT, (Example("Who won?", "", PASSAGE, ()),) * 4)
    assert not made_of("of_reader", apart, words="Ada Quill", count=1)[0].supported


def test_kinds_come_in_the_numbers_that_are_wanted() -> None:
    unanswerable = Group(SINGLE, (Example("Who lost?", "", PASSAGE, ()),))
    apart = Group(TAKEN_OUT, (Example("Who won?", "", OTHER, ()),) * 4)
    groups = [group(), group("When did Ada Quill win?", "1998"), unanswerable, apart] * 12
    wanted = dict.fromkeys(OWN_SHARES, 4)
    made = list(own_claims(groups, Pointing("Bea Moss"), wanted, random.Random(1)))
    kinds = Counter(one.kind.split(" date")[0].split(" name")[0].split(", w")[0] for one in made)
    assert kinds == wanted
    few = list(own_claims(groups[:1], Pointing("Bea Moss"), wanted, random.Random(1)))
    assert sum(one.supported and one.claim.text.startswith("Who") for one in few) == 1
    assert len(few) <= 5


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_entailment_rows(tmp_path: Path) -> None:
    def row(label: str, premise: str = "It rains.", **more: object) -> dict[str, object]:
        return {"id": "1", "split": "train", "label": label, "premise": premise,
                "hypothesis": "Rain falls in Elmsey. ", **more}  # fmt: skip

    page = ["Title", "Rain falls.", "Nobody knows why Elmsey floods.", *["word " * 60] * 5]
    web = row("partially_supported", " ".join(page), evidence=page, supporting=[[1, 2], [1]])
    rows = [row("supported"), row("neutral"), row("supported", "long " * 191), web]
    write_rows(tmp_path / "fever.jsonl.gz", [*rows, row("supported") | {"split": "dev"}])
    made = list(read_file(tmp_path, "fever", "train"))
    assert [(one.supported, one.kind) for one in made] == [
        (True, "supported"),
        (False, "neutral"),
        (False, "partially_supported"),
    ]
    assert made[0].claim == Claim("Rain falls in Elmsey.", "It rains.")
    assert "Rain falls. Nobody knows why Elmsey floods." in made[2].claim.evidence
    many = [*[f"Rain falls in Elmsey {i}." for i in range(9)], "It pours."]
    web = row("supported", " ".join(many), evidence=many, supporting=[[9, 0], [9]])
    write_rows(tmp_path / "wice.jsonl.gz", [web])
    shown = [one.claim.evidence for one in read_file(tmp_path, "wice", "train")]
    assert shown == [" ".join([*many[:5], many[9]])]  # what is marked, and five that are like it
    write_rows(tmp_path / "snli.jsonl.gz", [row("perhaps")])
    with pytest.raises(InvalidInput, match="the label is 'perhaps'"):
        list(read_file(tmp_path, "snli", "train"))


def test_the_whole_file_is_always_the_same(tmp_path: Path) -> None:
    write_groups(tmp_path / "groups", [group(), group("When did Ada Quill win?", "1998")] * 20)
    for name in ("fever", "snli", "summedits_other", "wice"):
        rows = [
            {"id": str(i), "split": split, "label": "supported"}
            | {"premise": f"{name} {i}", "hypothesis": "Rain."}
            for i in range(30)
            for split in ("train", "dev")
        ]
        write_rows(tmp_path / f"{name}.jsonl.gz", rows)
    for out in ("one", "other"):
        made = make_claims(tmp_path / "groups", tmp_path, "train", 100, Pointing("Bea Moss"), 3)
        write_claims(tmp_path / out, made)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert list(read_claims(tmp_path / "one")) == made
    assert Counter(one.file for one in made) >= Counter(fever=11, snli=3, wice=1)
    assert sum(OWN_SHARES.values()) + sum(claims.FILE_SHARES.values()) == 100


def test_no_text_is_in_both_halves() -> None:
    origins = [origin_of(f"text {i}") for i in range(200)]
    halves = {o: Labelled(Claim("a", "b"), True, "kind", "file", o).half for o in origins}
    assert set(halves.values()) == set(HALVES)
    assert 60 < sum(half == HALVES[0] for half in halves.values()) < 140


def test_a_line_that_is_no_claim_is_named(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bad", "wt") as file:
        file.write('{"claim": "a"}\n')
    with pytest.raises(InvalidInput, match="bad, line 1: no claim"):
        list(read_claims(tmp_path / "bad"))
