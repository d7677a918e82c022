"""Which passages of a mined group are kept, and which near misses their wording gives away."""

from collections.abc import Sequence

import pytest

from rag.deadline import NEVER, Deadline
from rag.reader import Pair, Reading
from training.data import Example
from training.groups import GROUP_SIZE, Group
from training.hardest import hardest, is_given_away, shared, texts_of_questions

QUESTION = "Which ferry sank?"


class NumberReader:
    """Scores a passage by the number that it ends with."""

    name = "number"

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        deadline.check()
        return [Reading(0, 1, 0.0, 0.0, float(p.passage.split()[-1])) for p in pairs]


def group(kind: str, *numbers: int) -> Group:
    return Group(kind, tuple(Example(QUESTION, "", f"passage {n}", ()) for n in numbers))


@pytest.mark.parametrize(
    ("kind", "numbers", "kept"),
    [
        ("gold", (1, 5, 2, 9, 3, 4), [1, 9, 5, 4]),  # the gold one stays, however it is scored
        ("adversarial", (0, 1, 2, 3, 4), [0, 4, 3, 2]),
        ("taken out", (1, 5, 2, 9, 3), [9, 5, 3, 2]),
        ("gold", (1, 2), [1, 2]),
        ("single", (7,), [7]),
    ],
)
def test_the_negatives_that_the_reader_likes_best(
    kind: str, numbers: tuple[int, ...], kept: list[int]
) -> None:
    (found,) = hardest([group(kind, *numbers)], NumberReader())
    assert found.kind == kind
    assert [int(e.passage.split()[-1]) for e in found.examples] == kept
    assert len(found.examples) <= GROUP_SIZE


def test_many_groups_are_each_scored_by_their_own_passages() -> None:
    groups = [group("taken out", *range(n, n + 6)) for n in range(150)]
    for n, found in enumerate(hardest(groups, NumberReader())):
        assert [int(e.passage.split()[-1]) for e in found.examples] == [n + 5, n + 4, n + 3, n + 2]


def test_the_share_of_words_by_hand() -> None:
    text = "The ferries sank off Tarn. Sailors were saved."  # invented
    # "ferry" and "ferries" differ in their fifth letter, and lost and near are not there.
    assert shared("Which ferry lost a sailor that was saved near Tarn?", text) == 2 / 5
    assert shared("Who?", text) == 0.0


def test_only_near_misses_on_our_articles_are_given_away() -> None:
    texts = {QUESTION: "A ferry sank."}
    assert is_given_away(group("adversarial", 1, 2), texts)
    assert not is_given_away(group("gold", 1, 2), texts)
    assert not is_given_away(group("adversarial", 1, 2), {})
    assert not is_given_away(group("adversarial", 1, 2), {QUESTION: "A boat went down."})


def test_the_written_questions_have_their_articles() -> None:
    texts = texts_of_questions()
    assert len(texts) > 5_000
    assert all(text for text in texts.values())
