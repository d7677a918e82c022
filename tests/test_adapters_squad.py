"""SQuAD's form, on an invented file whose offsets were counted by hand."""

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.adapters.squad import as_archive, kind_of, read_squad
from eval.answers import RIGHT, WRONG, score
from eval.cases import Place
from eval.given import Given, Quote
from index.errors import InvalidInput, InvalidRecord
from index.records import content_hash

# Invented: there is no such bay, storm or mayor.
BAY = "The harbour of Invented Bay closed on Monday. A storm closed it; Ann Other was mayor."
FERRY = "The ferry Caf\u00e9 \U0001f600 sails at noon."
SQUAD: dict[str, Any] = {
    "version": "v2.0",
    "data": [
        {
            "title": "Invented_Bay",
            "paragraphs": [
                {
                    "context": BAY,
                    "qas": [
                        {
                            "id": "storm",
                            "question": "What closed the harbour?",
                            "answers": [
                                {"text": "A storm", "answer_start": 46},
                                {"text": "storm", "answer_start": 48},
                                {"text": "A storm", "answer_start": 46},
                            ],
                            "is_impossible": False,
                        },
                        {
                            "id": "owner",
                            "question": "Who owned the harbour?",
                            "answers": [],
                            "plausible_answers": [{"text": "Ann Other", "answer_start": 65}],
                            "is_impossible": True,
                        },
                    ],
                },
                {"context": "Nothing is asked of this paragraph.", "qas": []},
            ],
        },
        {
            "title": "Caf%C3%A9_(ship)",
            "paragraphs": [
                {
                    "context": FERRY,
                    "qas": [
                        {
                            "id": "sails",
                            "question": "The ferry sails at which hour?",
                            "answers": [{"text": "noon", "answer_start": 26}],
                        },
                        {
                            "id": "adrift",
                            "question": "When?",
                            "answers": [
                                {"text": "noon", "answer_start": 25},
                                {"text": "midday", "answer_start": 26},
                                {"text": ".", "answer_start": -1},
                            ],
                        },
                    ],
                },
                {
                    "context": BAY,
                    "qas": [
                        {
                            "id": "mayor",
                            "question": "Who was mayor?",
                            "answers": [{"text": "Ann Other", "answer_start": 65}],
                        }
                    ],
                },
            ],
        },
    ],
}


def _file(folder: Path, content: Any, name: str = "squad.json") -> Path:
    path = folder / name
    text = json.dumps(content).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path


def test_the_reader_alone(tmp_path: Path) -> None:
    paragraphs = read_squad(_file(tmp_path, SQUAD))
    assert paragraphs == read_squad(_file(tmp_path, SQUAD, "squad.json.gz"))
    assert [(p.title, p.context) for p in paragraphs] == [
        ("Invented_Bay", BAY),
        ("Invented_Bay", "Nothing is asked of this paragraph."),
        ("Caf%C3%A9_(ship)", FERRY),
        ("Caf%C3%A9_(ship)", BAY),
    ]
    storm, owner = paragraphs[0].cases
    assert (storm.id, storm.question) == ("storm", "What closed the harbour?")
    assert storm.answers == ("A storm", "storm")
    assert (storm.answerable, owner.answerable, owner.answers) == (True, False, ())
    assert storm.slices == {"title": "Invented_Bay", "cluster": "Invented_Bay", "kind": "what"}
    assert storm.cluster == owner.cluster == "Invented_Bay"
    for paragraph in paragraphs:
        for case in paragraph.cases:
            assert (case.evidence, case.article_ids) == ((), ())
            spans = paragraph.spans[case.id]
            assert {paragraph.context[a:b] for a, b in spans} <= set(case.answers)
    assert paragraphs[0].spans == {"storm": ((46, 53), (48, 53)), "owner": ()}
    assert paragraphs[2].spans == {"sails": ((26, 30),), "adrift": ()}


def test_an_archive_with_its_cases(tmp_path: Path) -> None:
    articles, cases = as_archive(read_squad(_file(tmp_path, SQUAD)))
    assert [(a.title, a.text) for a in articles] == [
        ("Invented Bay", BAY),
        ("Invented Bay", "Nothing is asked of this paragraph."),
        ("Caf\u00e9 (ship)", FERRY),
    ]
    bay, _, ferry = (article.id for article in articles)
    assert bay.startswith("invented-bay-")
    assert ferry.startswith("caf\u00e9-ship-")
    assert all(article.sha256 == content_hash(article) for article in articles)
    by_id = {case.id: case for case in cases}
    assert list(by_id) == ["storm", "owner", "sails", "adrift", "mayor"]
    assert by_id["storm"].evidence == (Place(bay, 46, 53), Place(bay, 48, 53))
    assert by_id["mayor"].evidence == (Place(bay, 65, 74),)
    assert [by_id[i].article_ids for i in by_id] == [(bay,), (), (ferry,), (ferry,), (bay,)]
    assert (by_id["adrift"].evidence, by_id["owner"].evidence) == ((), ())
    texts = {article.id: article.text for article in articles}
    for case in cases:
        for place in case.evidence:
            assert isinstance(place, Place)
            assert texts[place.article_id][place.start : place.end] in case.answers


def test_ids_of_articles_do_not_depend_on_the_order(tmp_path: Path) -> None:
    paragraphs = read_squad(_file(tmp_path, SQUAD))[:3]
    first, _ = as_archive(paragraphs)
    second, _ = as_archive(paragraphs[::-1])
    assert first == second[::-1]
    assert len({article.id for article in first}) == 3


@pytest.mark.parametrize("title", ["", " ", None, "\u5317\u4eac", "!!"])
def test_titles_that_name_little(tmp_path: Path, title: str | None) -> None:
    content = copy.deepcopy(SQUAD)
    content["data"][0]["title"] = title
    paragraphs = read_squad(_file(tmp_path, content))
    articles, cases = as_archive(paragraphs)
    assert articles[0].title == ((title or "").strip() or None)
    assert articles[0].id.startswith("\u5317\u4eac-" if title == "\u5317\u4eac" else "paragraph-")
    assert cases[0].cluster == cases[1].cluster
    if title in {"", " ", None}:  # questions on one context are still one cluster
        assert cases[0].cluster not in {"", " ", "storm"}
        assert "title" not in cases[0].slices


def test_scores_as_the_official_evaluation_has_them(tmp_path: Path) -> None:
    cases = {c.id: c for p in read_squad(_file(tmp_path, SQUAD)) for c in p.cases}
    right = score(cases["storm"], Given("the storm!"))
    assert (right.em, right.f1, right.evidence_cited) == (True, 1.0, None)
    # Of two words one is right: 2 * 1 / (2 + 1) against the gold "storm".
    assert score(cases["storm"], Given("storm surge")).f1 == pytest.approx(2 / 3)
    assert score(cases["owner"], Given("", refused=True)).verdict == RIGHT
    assert score(cases["owner"], Given("Ann Other")).verdict == WRONG
    # A gold answer of which no word is left does not count beside others.
    assert score(cases["adrift"], Given("")).f1 == 0.0
    assert score(cases["adrift"], Given("midday")).em


def test_the_place_is_what_a_quote_must_touch(tmp_path: Path) -> None:
    articles, cases = as_archive(read_squad(_file(tmp_path, SQUAD)))
    storm = next(case for case in cases if case.id == "storm")
    for start, end, expected in [(0, 46, False), (0, 47, True), (52, 64, True), (53, 64, False)]:
        quote = Quote(BAY[start:end], article_id=articles[0].id, start=start)
        assert score(storm, Given("A storm", quotes=(quote,))).evidence_cited is expected
    elsewhere = Quote(BAY, article_id=articles[2].id, start=0)
    assert score(storm, Given("A storm", quotes=(elsewhere,))).evidence_cited is False


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who was mayor?", "who"),
        ("To whom did it belong?", "who"),
        ("Whose ship is it?", "who"),
        ("In what country is the bay?", "what"),
        ("WHAT'S the name?", "what"),
        ("At which hour?", "which"),
        ("How many\n ships sail?", "how many"),
        ("How  much did it cost?", "how many"),
        ("How did it end?", "how"),
        ("Why, when it closed, did they wait?", "why"),
        ("Since when?", "when"),
        ("where", "where"),
        ("Name the somewhat whatever showhow.", "other"),
        ("?", "other"),
    ],
)
def test_kinds_of_question(question: str, kind: str) -> None:
    assert kind_of(question) == kind


QA = "data[0].paragraphs[0].qas"


def test_answers_alone_say_whether_there_is_one(tmp_path: Path) -> None:
    """As in the official evaluation, which does not look at `is_impossible`; an id may be 7."""
    content = copy.deepcopy(SQUAD)
    first, second = content["data"][0]["paragraphs"][0]["qas"][:2]
    before = [case.answerable for p in read_squad(_file(tmp_path, content)) for case in p.cases]
    first["is_impossible"], second["is_impossible"], second["id"] = True, "no", 7
    cases = [case for p in read_squad(_file(tmp_path, content)) for case in p.cases]
    assert [case.answerable for case in cases] == before
    assert cases[1].id == "7"


@pytest.mark.parametrize(
    ("path", "value", "place", "words"),
    [
        ("data", None, "data", "is missing; give SQuAD's own form"),
        ("data", {}, "data", "is an object; give a list"),
        ("data 0", 3, "data[0]", "is a number; give an object"),
        ("data 0 title", 3, "data[0].title", "is a number; give a string"),
        ("data 0 paragraphs", None, "data[0].paragraphs", "is missing; give it"),
        ("data 1 paragraphs 0 context", "\n", "data[1].paragraphs[0].context", "is blank"),
        ("data 0 paragraphs 0 context", None, "data[0].paragraphs[0].context", "is missing"),
        ("data 0 paragraphs 0 qas", None, "data[0].paragraphs[0].qas", "is missing"),
        ("data 0 paragraphs 0 qas 1 id", None, f"{QA}[1].id", "is missing"),
        ("data 0 paragraphs 0 qas 1 id", 7.5, f"{QA}[1].id", "is a number; give a string"),
        (
            "data 0 paragraphs 0 qas 1 id",
            "storm",
            f"{QA}[1].id",
            f'"storm" stands at {QA}[0] already; give another',
        ),
        (
            "data 1 paragraphs 1 qas 0 id",
            "owner",
            "data[1].paragraphs[1].qas[0].id",
            f'"owner" stands at {QA}[1] already; give another',
        ),
        ("data 0 paragraphs 0 qas 1 question", "", f"{QA}[1].question", "is blank"),
        ("data 0 paragraphs 0 qas 1 answers", None, f"{QA}[1].answers", "is missing; give []"),
        ("data 0 paragraphs 0 qas 0 answers 1", "x", f"{QA}[0].answers[1]", "is a string"),
        ("data 0 paragraphs 0 qas 0 answers 1 text", "", f"{QA}[0].answers[1].text", "is blank"),
        (
            "data 0 paragraphs 0 qas 0 answers 1 answer_start",
            None,
            f"{QA}[0].answers[1].answer_start",
            "is missing; give -1 if it is not known",
        ),
        (
            "data 0 paragraphs 0 qas 0 answers 1 answer_start",
            "48",
            f"{QA}[0].answers[1].answer_start",
            "is a string; give a whole number",
        ),
    ],
)
def test_a_bad_row_is_named_by_its_path(
    tmp_path: Path, path: str, value: Any, place: str, words: str
) -> None:
    content = copy.deepcopy(SQUAD)
    *above, last = (int(key) if key.isdecimal() else key for key in path.split())
    inner: Any = content
    for key in above:
        inner = inner[key]
    inner[last] = value
    file = _file(tmp_path, content)
    with pytest.raises(InvalidRecord) as caught:
        read_squad(file)
    assert str(caught.value).startswith(f"{file}: {place}: {words}")


def test_no_question(tmp_path: Path) -> None:
    file = _file(tmp_path, {"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": []}]}]})
    with pytest.raises(InvalidInput, match="holds no question; give SQuAD's own form"):
        read_squad(file)
    with pytest.raises(InvalidRecord, match="top level: is a list; give an object"):
        read_squad(_file(tmp_path, []))
