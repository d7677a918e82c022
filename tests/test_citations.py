"""Citation recall and precision of one sentence: by hand, and by another reading of ALCE's text."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.citations import Judged, evidence, judge
from eval.given import Quote, Said
from rag.entailment import Claim
from rag.word_checker import WordChecker
from tests.grounded import TableChecker

CLAIM = "Ana Ruiz opened the bridge"
WHOLE = Quote("Ana Ruiz opened the bridge on Friday.", article_id="lund", start=0)
WHO = Quote("It was Ana Ruiz.", article_id="lund", start=50)
WHAT = Quote("The mayor opened the bridge.", article_id="oslo", start=0)
BESIDE = Quote("It rained.", article_id="riga", start=0)


def judged(*quotes: Quote, cites: tuple[int, ...] | None = None) -> Judged:
    said = Said(CLAIM, tuple(range(len(quotes))) if cites is None else cites)
    return judge(said, CLAIM, quotes, WordChecker())


@pytest.mark.parametrize(
    ("quotes", "supported", "counts"),
    [
        ((), False, ()),
        ((WHOLE,), True, (True,)),
        ((BESIDE,), False, (False,)),
        ((WHOLE, BESIDE), True, (True, False)),  # the rest does without it
        ((WHO, WHAT), True, (True, True)),  # only together
        ((WHO, WHAT, BESIDE), True, (True, True, False)),
        ((WHO, BESIDE), False, (False, False)),  # none counts for what is not supported
        ((WHOLE, WHO), True, (True, False)),
        ((WHOLE, replace(WHOLE, article_id="copy")), True, (True, True)),  # each alone
        ((WHOLE, WHO, WHAT), True, (True, False, False)),
    ],
)
def test_by_hand(quotes: tuple[Quote, ...], supported: bool, counts: tuple[bool, ...]) -> None:
    found = judged(*quotes)
    assert (found.supported, found.counts) == (supported, counts)


def test_the_same_words_twice_are_one_citation() -> None:
    assert judged(WHO, WHAT, cites=(0, 1, 0)).cites == (0, 1)
    again = replace(WHO, start=70)  # the same words elsewhere in the article
    assert judged(WHO, again, WHAT).cites == (0, 2)
    assert judged(WHO, again, WHAT).counts == (True, True)
    assert judged(WHO, replace(WHO, article_id="riga"), WHAT).counts == (False, False, True)


def test_a_quote_that_does_not_stand_supports_nothing_and_is_one_that_was_given() -> None:
    forged = replace(WHOLE, verified=False)
    assert judged(forged) == Judged(CLAIM, CLAIM, (0,), (False,), False, 0.0)
    assert judged(forged, WHOLE).counts == (False, True)
    assert judged(replace(WHO, verified=False), WHAT).supported is False


def test_a_number_that_names_no_quote_is_one_that_was_given() -> None:
    found = judged(WHOLE, cites=(0, 5, -1, 5))
    assert (found.supported, found.cites, found.counts) == (True, (0, 5, -1), (True, False, False))


def test_what_the_checker_reads() -> None:
    lund = Quote("Ana won.", None, "lund", 0, "Race", "Wire", "2019-05-04")
    more = replace(lund, text="She ran.", start=90)
    oslo = replace(lund, text="So it was.", article_id="oslo", title="Later", published_at="May")
    bare = Quote("Yes.")
    assert evidence("c", [lund, more, oslo, bare]) == Claim(
        "c", "Ana won.\nShe ran.\nLater | Wire | So it was.\nYes.", "Race | Wire | 4 May 2019"
    )
    assert evidence("c", [bare, oslo]) == Claim("c", "Yes.\nLater | Wire | So it was.", "")


NAMES = ("q0", "q1", "q2", "q3")
TABLES = st.lists(st.frozensets(st.sampled_from(NAMES), min_size=1), max_size=15)
CITED = st.lists(st.integers(0, 3), max_size=6)


def by_definition(cited: list[str], entailing: list[frozenset[str]]) -> tuple[bool, list[bool]]:
    """A citation counts if it turns the verdict, alone (of nothing) or of all the citations."""
    distinct = list(dict.fromkeys(cited))
    every = [frozenset(s) for n in range(1, len(distinct) + 1) for s in combinations(distinct, n)]
    entailed = {s: s in entailing for s in every} | {frozenset(): False}
    whole = frozenset(distinct)
    counts = [
        entailed[whole]
        and any(
            entailed[s] and not entailed[s - {name}]
            for s in every
            if name in s and len(s) in (1, len(whole))
        )
        for name in distinct
    ]
    return entailed[whole], counts


@given(CITED, TABLES)
def test_it_agrees_with_the_definition_read_another_way(
    cites: list[int], entailing: list[frozenset[str]]
) -> None:
    """Also where more evidence entails less, as a model may have it."""
    checker = TableChecker(entailing)
    found = judge(Said("c", tuple(cites)), "c", [Quote(name) for name in NAMES], checker)
    expected = by_definition([NAMES[i] for i in cites], entailing)
    assert (found.supported, list(found.counts)) == expected
    assert found.probability == (0.0 if not cites else 0.9 if found.supported else 0.1)
    assert len(checker.asked) == len(set(checker.asked))  # no pass of the model is wasted


@given(st.permutations(range(4)), TABLES)
def test_the_order_of_citations_does_not_matter(
    order: list[int], entailing: list[frozenset[str]]
) -> None:
    quotes = [Quote(name) for name in NAMES]
    found = judge(Said("c", tuple(order)), "c", quotes, TableChecker(entailing))
    plain = judge(Said("c", (0, 1, 2, 3)), "c", quotes, TableChecker(entailing))
    assert found.supported == plain.supported
    assert dict(zip(found.cites, found.counts, strict=True)) == dict(
        zip(plain.cites, plain.counts, strict=True)
    )
