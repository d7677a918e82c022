"""Claims labelled by hand: how they are drawn, what the file holds, how a checker is compared."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score

from eval.claims import CLAIMS, compare, read_judged
from eval.draw_claims import OWN, SHARED, draw
from eval.run import RESULTS
from index.errors import InvalidInput, InvalidRecord
from rag.deadline import NEVER, Deadline
from rag.entailment import Claim
from rag.inputs import claim_of


class ByLength:
    """Says that what is long is supported."""

    name = "by length"
    threshold = 0.3

    def check(self, claims: Sequence[Claim], deadline: Deadline = NEVER) -> list[float]:
        deadline.check()
        return [min(1.0, len(claim.evidence) / 1000) for claim in claims]


def test_the_shipped_claims_hold_together() -> None:
    judged = read_judged(CLAIMS)
    assert len(judged) == len({one.claim for one in judged}) == 200
    assert 80 <= sum(one.label for one in judged) <= 120
    for line, one in zip(CLAIMS.read_text("utf-8").splitlines(), judged, strict=True):
        row = json.loads(line)
        assert one.claim.text == claim_of(row["question"], row["answer"])
        assert row["licence"] in (OWN, SHARED)
        assert " ".join(row["answer"].split()) in " ".join(row["evidence"].split())
        assert one.label in (one.first, one.second)


def test_a_checker_is_compared_as_scikit_learn_would() -> None:
    judged = read_judged(CLAIMS)
    found = compare(ByLength(), judged)
    truth = [one.label for one in judged]
    said = [len(one.claim.evidence) >= 300 for one in judged]
    assert found["balanced_accuracy"] == round(balanced_accuracy_score(truth, said), 4)
    assert found["kappa"] == round(cohen_kappa_score(truth, said), 4)
    readings = cohen_kappa_score([o.first for o in judged], [o.second for o in judged])
    assert found["kappa_of_the_two_readings"] == round(readings, 4)
    share = found["right_of_supported"]
    both = sum(a and b for a, b in zip(truth, said, strict=True))
    assert share["share"] == round(both / sum(truth), 4)
    assert share["low"] < share["share"] < share["high"]
    assert found["balanced_accuracy_there"] >= found["balanced_accuracy"]


def result(number: int, right: bool, title: str | None = "Race") -> dict[str, object]:
    quote = {"text": f"Ada ran {number} times.", "title": title, "source": None}
    return {
        "id": str(number),
        "question": "How often did Ada run?",
        "answer": str(number),
        "right": right,
        "quotes": [quote | {"published_at": "2020-03-05"}],
        "slices": {"set": "invented"} if number % 2 else {},
    }


def write_run(folder: Path, results: list[dict[str, object]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / RESULTS).write_text("".join(json.dumps(r) + "\n" for r in results))
    return folder


def test_half_of_what_is_drawn_is_right_and_none_a_review(tmp_path: Path) -> None:
    results = [result(i, right=i < 10) for i in range(20)]
    results += [result(i, i % 2 == 0, "Amazon Reviews 3") for i in range(20, 40)]
    results.append(result(40, True) | {"quotes": []})
    lines = list(draw(write_run(tmp_path / "run", results), 12, random.Random(1)))
    assert Counter(int(line["id"]) < 10 for line in lines) == {True: 6, False: 6}
    assert all(int(line["id"]) < 20 for line in lines)
    first = lines[0]
    assert first["claim"] == f"How often did Ada run? -> {first['id']}"
    assert first["evidence"] == f"Ada ran {first['id']} times."
    assert first["heading"] == "Race | 5 March 2020"
    assert {line["licence"] for line in lines} == {OWN, SHARED}
    assert not any("right" in line for line in lines)


def test_what_cannot_be_drawn_or_read_is_told(tmp_path: Path) -> None:
    few = write_run(tmp_path / "few", [result(1, right=True)])
    with pytest.raises(InvalidInput, match="has 0 wrong answers with a quote, not 1"):
        list(draw(few, 2, random.Random(1)))
    with pytest.raises(InvalidInput, match="no run can be read"):
        list(draw(tmp_path / "nowhere", 2, random.Random(1)))
    bad = tmp_path / "claims.jsonl"
    bad.write_text(CLAIMS.read_text("utf-8").splitlines()[0].replace('"first": ', '"1st": '))
    with pytest.raises(InvalidRecord, match="first"):
        read_judged(bad)
