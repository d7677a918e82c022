"""The newswire quiz: what is withheld is not in its archive, and its halves share no article."""

from collections import Counter
from datetime import date

import pytest

from eval.adapters.nodes import Node, read_rows
from eval.cases import Place
from eval.measures import normalise
from eval.reuters_quiz import ARTICLES, QUESTIONS, choose_articles, is_withheld, make_case
from index.errors import DatelineError, InvalidInput
from index.records import Article
from index.sources.fields import seal

ROWS = list(read_rows(QUESTIONS, "cases"))
WITHHELD = [row for row in ROWS if is_withheld(row)]


def about(row: Node) -> str:
    return row.need("article_id").words()


def copies(row: Node) -> list[str]:
    return [copy.words() for copy in row.need("copies").items()]


def corpus(spare: int) -> list[Article]:
    """All that the quiz names and others, in the shape of newswire."""
    named = {about(row) for row in ROWS} | {copy for row in WITHHELD for copy in copies(row)}
    others = [f"other-{number}" for number in range(ARTICLES + spare)]
    return [seal(Article(id=id_, text=f"Invented: {id_}.")) for id_ in (*named, *others)]


def test_it_is_as_large_as_is_said() -> None:
    counts = Counter((row.need("half").words(), is_withheld(row)) for row in ROWS)
    assert counts == {
        ("calibrate", False): 150,
        ("calibrate", True): 91,
        ("report", False): 166,
        ("report", True): 105,
    }
    assert len({about(row) for row in ROWS}) == 293


def test_no_article_is_asked_about_in_both_halves() -> None:
    halves = {(about(row), row.need("half").words()) for row in ROWS}
    assert max(Counter(article for article, _ in halves).values()) == 1


def test_an_article_is_withheld_from_all_questions_on_it() -> None:
    kept = {about(row) for row in ROWS} - {about(row) for row in WITHHELD}
    gone = {id_ for row in WITHHELD for id_ in (about(row), *copies(row))}
    assert len(kept) == len({about(row) for row in ROWS if not is_withheld(row)})
    assert not kept & gone


def test_no_question_holds_its_answer_and_all_are_asked_in_its_months() -> None:
    for row in ROWS:
        case = make_case(row)
        question = f" {normalise(case.question)} "
        for answer in case.answers or case.without:
            assert f" {normalise(answer)} " not in question
        assert date(1987, 2, 26) <= date.fromisoformat(case.asked_at or "") <= date(1987, 10, 27)


def test_the_archive_has_what_answers_and_nothing_withheld() -> None:
    chosen = choose_articles(corpus(spare=100), ROWS)
    ids = [article.id for article in chosen]
    assert len(ids) == len(set(ids)) == ARTICLES
    assert {about(row) for row in ROWS if not is_withheld(row)} <= set(ids)
    assert not {id_ for row in WITHHELD for id_ in (about(row), *copies(row))} & set(ids)
    assert [a.id for a in choose_articles(corpus(spare=100), ROWS)] == ids


def test_another_corpus_is_an_error_in_words() -> None:
    with pytest.raises(DatelineError, match=r"reuters-quiz.*article_id.*not in the corpus"):
        choose_articles(corpus(spare=1)[1000:], ROWS)
    with pytest.raises(InvalidInput, match="the quiz wants 4000"):
        choose_articles(corpus(spare=-1000), ROWS)


def test_what_is_withheld_has_no_answer_and_turns_away_the_passages_that_hold_it() -> None:
    row = WITHHELD[0]
    case = make_case(row)
    assert not case.answerable
    assert not case.answers
    assert not case.evidence
    assert list(case.without) == [answer.words() for answer in row.need("answers").items()]


def test_what_is_kept_has_its_answers_and_its_place() -> None:
    row = next(row for row in ROWS if not is_withheld(row))
    case = make_case(row)
    assert list(case.answers) == [answer.words() for answer in row.need("answers").items()]
    (place,) = case.evidence
    assert isinstance(place, Place)
    assert (place.article_id,) == case.article_ids == (about(row),)
    assert [place.start, place.end] == [at.whole() for at in row.need("evidence").items()]
    assert not case.without
