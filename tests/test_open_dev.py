"""Open-dev from invented reading data: who is asked, who is taken out, and which half is whose."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval import open_dev
from eval.adapters.squad import read_squad
from eval.asking import ask, gold_passages
from eval.cases import Place, read_cases
from eval.corpus import open_corpus, read_corpus
from eval.dev_files import as_squad
from index.errors import InvalidInput
from index.sources.fields import seal
from rag.engine import Engine
from rag.settings import Settings

PLACES = "Lund Oslo Riga Turku Gdansk Kiel Umea Narva Visby Aarhus Malmo Tartu".split()


def row(place: str, split: str = "dev") -> dict[str, Any]:
    context = f"The invented bridge of {place} cost {len(place)} crowns. It opened in May."
    answer = f"{len(place)} crowns"
    return {
        "id": f"q-{place}",
        "title": f"Bridge of {place}",
        "context": context,
        "question": f"What did the bridge of {place} cost?",
        "answers": [{"text": answer, "start": context.index(answer)}],
        "split": split,
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in open_dev.CROWD}
    rows["squad_joined"] = [row(place) for place in PLACES]
    rows["qed_nq"] = [row("Bergen", "train"), row("Lund") | {"id": "again", "question": "Bridge?"}]
    for name, held in rows.items():
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(one) + "\n" for one in held)
    return tmp_path


def test_every_paragraph_is_an_article_once(data: Path) -> None:
    articles = open_dev.make_articles(data)
    assert [a.title for a in articles] == [f"Bridge of {p}" for p in [*PLACES, "Bergen"]]
    assert all(a.published_at is None and a.source is None for a in articles)


def test_a_case_names_its_article_and_the_place_of_its_answer(data: Path, engine: Engine) -> None:
    del engine  # loads the models once for the session
    case = open_dev.make_case(row("Lund"), "squad_joined", taken_out=False)
    assert case.id == "squad_joined/q-Lund"
    assert (case.answers, case.answerable, case.without) == (("4 crowns",), True, ())
    (place,) = case.evidence
    assert isinstance(place, Place)
    assert row("Lund")["context"][place.start : place.end] == "4 crowns"
    assert case.slices == {"set": "squad_joined", "kind": "what", "cluster": "Bridge of Lund"}
    taken = open_dev.make_case(row("Lund"), "squad_joined", taken_out=True)
    assert (taken.answers, taken.answerable, taken.without) == ((), False, ("4 crowns",))
    assert taken.cluster == case.cluster
    assert open_dev.half_of(taken) == open_dev.half_of(case)
    over = open_corpus(open_dev.make_articles(data), Settings(), home=data / "home")
    assert len(gold_passages(case, over.archive.snapshot())) == 1
    kept, lost = ask(over, case), ask(over, taken)
    assert kept.right
    assert not any("4 crowns" in quote.text for quote in lost.quotes)
    fates = list(open_dev.choose(data, over))
    assert {(name, id_) for name, id_, _ in fates} >= {("squad_joined", "q-Lund")}
    assert {fate for *_, fate in fates} == {"kept", "taken out"}
    assert fates == list(open_dev.choose(data, over))


def test_what_is_written_is_read_as_it_was(data: Path, tmp_path: Path) -> None:
    first, *others = open_dev.make_articles(data)
    articles = [seal(replace(first, source="Invented Post", published_at="2024-05-06")), *others]
    cases = [open_dev.make_case(row(p), "squad_joined", p in PLACES[:4]) for p in PLACES]
    cases[0] = replace(cases[0], asked_at="2024-05-07")
    open_dev.write(tmp_path / "out", articles, {"report": cases})
    assert read_cases(tmp_path / "out" / "report.jsonl") == cases
    again = read_corpus(tmp_path / "out" / "articles.jsonl.gz")
    assert again == articles


def test_dev_questions_in_squads_form(tmp_path: Path) -> None:
    again = row("Lund") | {"id": "again", "question": "Who paid?", "answers": []}
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(as_squad([row("Lund"), again, row("Oslo")])))
    first, second = read_squad(path)
    assert [(c.id, c.answers, c.answerable) for c in first.cases] == [
        ("q-Lund", ("4 crowns",), True),
        ("again", (), False),
    ]
    assert (second.title, second.context) == ("Bridge of Oslo", row("Oslo")["context"])
    assert second.spans == {"q-Oslo": ((33, 41),)}


def test_the_choice_that_is_shipped_is_one_of_its_own_data(data: Path) -> None:
    lines = [line.split("\t") for line in open_dev.CHOSEN.read_text("utf-8").splitlines()]
    assert len(lines) == len({(name, id_) for name, id_, _ in lines}) > 2_000
    assert {name for name, *_ in lines} <= set(open_dev.ASKED)
    taken_out = sum(fate == "taken out" for *_, fate in lines) / len(lines)
    assert 0.37 < taken_out < 0.43
    with pytest.raises(InvalidInput, match=r"lacks [\d]+ questions"):
        open_dev.chosen_cases(data)
    with pytest.raises(InvalidInput, match="cannot be read"):
        open_dev.chosen_cases(data / "nowhere")


def test_a_reworded_question_is_the_same_case_in_other_words(tmp_path: Path) -> None:
    kept, lost, other = (
        open_dev.make_case(row(place), "squad_joined", place == "Oslo")
        for place in ("Lund", "Oslo", "Riga")
    )
    path = tmp_path / "reworded.tsv"
    path.write_text("squad_joined/q-Oslo\tHow dear was it?\nsquad_joined/q-Lund\tIts price?\n")
    first, second = open_dev.reword([kept, lost, other], path)
    assert first == replace(kept, id="squad_joined/q-Lund/reworded", question="Its price?")
    assert (second.question, second.without) == ("How dear was it?", lost.without)


def test_the_reworded_questions_that_ship_are_of_the_choice() -> None:
    lines = [line.split("\t") for line in open_dev.REWORDED.read_text("utf-8").splitlines()]
    chosen = (line.split("\t") for line in open_dev.CHOSEN.read_text("utf-8").splitlines())
    assert {id_ for id_, _ in lines} <= {f"{name}/{id_}" for name, id_, _ in chosen}
    assert len(dict(lines)) == len(lines) > 800
