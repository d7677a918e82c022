"""Whole questions, on the shipped models: the seed, and the seed rewritten with invented facts."""

from pathlib import Path

import pytest

import rag
from eval.answers import RIGHT
from eval.asking import ask
from eval.cases import Case, read_cases
from index.errors import InvalidInput, NotFound, TooLarge
from index.filters import Filters
from index.sources.fields import article_from_fields
from rag.answer import REFUSAL, Answer
from rag.engine import Engine

ROOT = Path(__file__).parents[1]
SEED = next((ROOT / "seeds").glob("*.txt"))
CASES = read_cases(ROOT / "eval" / "data" / "seed.jsonl")

# Every name, place and year of the seed, replaced by an invented one. Longer ones come first.
INVENTED = {
    "Inter-Korean Comprehensive Military Agreement": "Trans-Velian Permanent Naval Accord",
    "The Rio Times": "The Quarry Post",
    "North Korean": "East Velian",
    "North Korea": "East Velia",
    "North Kore": "East Veli",
    "South Korea": "West Velia",
    "Kim Jong-un": "Oto Marend",
    "Vladimir Putin": "Sela Dorrick",
    "Korean Peninsula": "Velian Peninsula",
    "Pyongyang": "Harnwick",
    "Russian": "Tarnish",
    "Russia": "Tarn",
    "Ukraine": "Lodria",
    "China": "Quesh",
    "Japan": "Ombria",
    "MENAFN": "INVENTED",
    "2018": "2031",
    "2023": "2036",
    "2024": "2037",
}


def invent(text: str) -> str:
    for old, new in INVENTED.items():
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("invented")
    (folder / "invented.txt").write_text(invent(SEED.read_text("utf-8")), "utf-8")
    engine = rag.open(folder / "archive")
    assert engine.ingest(folder / "invented.txt").added == 1
    return engine


def count_right(engine: Engine, cases: list[Case]) -> tuple[int, int]:
    """Right answers with the right sentence cited; refusals where one is due."""
    results = [ask(engine, case) for case in cases]
    assert all(quote.verified is True for r in results for quote in r.quotes)
    answered = sum(bool(r.gold) and r.verdict == RIGHT and bool(r.evidence_cited) for r in results)
    return answered, sum(not r.gold and r.verdict == RIGHT for r in results)


def test_the_seed_is_answered_and_look_alikes_are_refused(engine: Engine) -> None:
    answered, refused = count_right(engine, CASES)
    assert answered >= 9
    assert refused >= 8  # of ten; the reader's card names the two that it answers


def test_answers_follow_when_the_facts_are_others(invented: Engine) -> None:
    cases = [
        Case(
            c.id,
            invent(c.question),
            tuple(map(invent, c.answers)),
            c.answerable,
            tuple(invent(e) for e in c.evidence if isinstance(e, str)),
        )
        for c in CASES
    ]
    answered, refused = count_right(invented, cases)
    assert answered >= 8
    assert refused >= 8


def test_the_agreement_is_named_and_its_sentence_cited(engine: Engine) -> None:
    answer = engine.ask("what was the 2018 agreement?")
    assert "Inter-Korean Comprehensive Military Agreement" in answer.text
    text = engine.article(SEED.name).text
    cited = answer.citations[0]
    assert text[cited.start : cited.end] == cited.cited_text
    assert cited.cited_text.startswith("This achievement is seen as a breach of the 2018")
    assert text[cited.answer_start : cited.answer_end] == answer.text
    assert answer.sentences[0].text == answer.text[: answer.sentences[0].end]
    assert (answer.as_of, cited.source) == ("2024-01-15", "The Rio Times")


@pytest.mark.parametrize(
    "question", ["who won the 2022 World Cup?", "what was the 2015 agreement?"]
)
def test_what_is_not_there_is_refused_with_leads(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert answer.text == REFUSAL
    assert not answer.sentences
    assert not answer.citations
    assert len(answer.nearest) == 3
    assert answer.as_json()["answer"] == REFUSAL


def test_the_same_question_has_the_same_answer(engine: Engine) -> None:
    def form(answer: Answer) -> dict[str, object]:
        return {k: v for k, v in answer.as_json().items() if k not in ("timings_ms", "asked_at")}

    question = "When did North Korea launch a satellite?"
    assert form(engine.ask(question)) == form(engine.ask(question))


def test_filters_admit_or_refuse(engine: Engine) -> None:
    question = "what was the 2018 agreement?"
    admitted = Filters.parse(after="2024-01-15", before="2024-01-16", sources=["the rio times"])
    assert not engine.ask(question, filters=admitted).abstained
    for filters in (
        Filters.parse(before="2024-01-15"),
        Filters.parse(after="2024-01-16"),
        Filters.parse(sources=["Another Paper"]),
    ):
        answer = engine.ask(question, filters=filters)
        assert answer.abstained
        assert answer.nearest == ()


def test_an_empty_archive_refuses(tmp_path: Path) -> None:
    answer = rag.open(tmp_path).ask("what was the 2018 agreement?")
    assert answer.abstained
    assert answer.as_of is None
    assert answer.snapshot == "0-000000000000"
    assert not answer.nearest


def test_undated_articles_fall_out_of_a_date_filter_and_are_counted(tmp_path: Path) -> None:
    engine = rag.open(tmp_path)
    # Invented for this test.
    engine.ingest(article_from_fields({"text": "The harbour of Elmsey was closed."}, "test"))
    answer = engine.ask("what was closed?", filters=Filters.parse(after="2020-01-01"))
    assert answer.abstained
    assert answer.undated_left_out == 1
    assert engine.ask("what was closed?").undated_left_out == 0


@pytest.mark.parametrize(
    ("question", "error", "words"),
    [
        ("", InvalidInput, "holds no word"),
        (" ?! ", InvalidInput, "holds no word"),
        ("x" * 2001, TooLarge, "2,001 characters; give at most 2,000"),
        ("who\ud800", InvalidInput, "half of a character"),
    ],
)
def test_a_question_that_is_none(
    engine: Engine, question: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        engine.ask(question)


def test_a_bad_time_of_asking(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="asked_at: 'yesterday' is not a date"):
        engine.ask("who?", asked_at="yesterday")
    assert engine.ask("who met?", asked_at="2024-02-01").asked_at == "2024-02-01"


def test_an_article_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(NotFound, match="no article 'elsewhere'"):
        engine.article("elsewhere")
    with pytest.raises(InvalidInput, match="limit is 0"):
        engine.search("agreement", limit=0)


def test_an_archive_that_was_emptied_is_not_new(tmp_path: Path) -> None:
    engine = rag.open(tmp_path)
    assert engine.archive.is_new()
    engine.ingest(SEED)
    engine.remove(SEED.name)
    assert engine.status()["articles"] == 0
    assert not rag.open(tmp_path).archive.is_new()  # so `ingest --if-new` leaves the seed out


def test_a_look_alike_in_the_archive_is_no_answer(tmp_path: Path) -> None:
    engine = rag.open(tmp_path)
    # Invented for this test.
    cup = {
        "title": "Lindar win the Northern Cup",
        "source": "Harbour Wire",
        "published_at": "2022-12-18",
        "text": "Lindar won the Northern Cup on Sunday, beating Orvel 3-1 in Quarrytown. "
        "Pavel Nemec scored twice for Lindar. It was the first cup final in the town since 1978.",
    }
    engine.ingest(SEED, article_from_fields(cup, "test"))
    assert engine.ask("Who won the Northern Cup?").text == "Lindar"
    for question in ("who won the 2022 World Cup?", "Who won the Northern Cup in 2019?"):
        answer = engine.ask(question)
        assert answer.abstained
        assert answer.confidence < engine.calibrator.get().threshold - 0.05


def test_one_id_claimed_twice_in_one_call_is_an_error(tmp_path: Path) -> None:
    engine = rag.open(tmp_path)
    cup = {"text": "Lindar won the Northern Cup."}  # invented
    two = [{**cup, "id": "cup"}, {**cup, "id": "cup", "title": "Another"}]
    report = engine.ingest(*(article_from_fields(fields, "test") for fields in two))
    assert (report.added, len(report.rejected)) == (1, 1)
