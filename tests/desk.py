"""A folder as a person has who runs `dateline eval`, and the commands run in it."""

import json
import re
from pathlib import Path
from typing import Any

from tests.program import ROOT, run

ARTICLES = [
    {
        "id": "lund",
        "title": "Invented bridge",
        "source": "Invented Wire",
        "published_at": "2019-05-04",
        "text": "Ana Ruiz opened the invented bridge of Lund on Friday. It cost 4 million crowns.",
    },
    {
        "id": "oslo",
        "title": "Invented ferry",
        "published_at": "2019-06-01",
        "text": "The invented ferry of Oslo was sold to Tomas Berg. Its crew of nine will stay.",
    },
]
CASES: list[dict[str, Any]] = [
    {
        "id": "bridge",
        "question": "Who opened the bridge of Lund?",
        "answers": ["Ana Ruiz"],
        "article_ids": ["lund"],
        "evidence": [{"article_id": "lund", "start": 0, "end": 53}],
        "slices": {"kind": "who"},
    },
    {
        "id": "ferry",
        "question": "Who bought the ferry of Oslo?",
        "answers": ["Tomas Berg"],
        "article_ids": ["oslo"],
        "slices": {"kind": "who"},
    },
    {"id": "none", "question": "Who sank the tanker of Riga?", "slices": {"kind": "who"}},
]
THEIRS = [
    {"user_input": "Who opened the bridge of Lund?", "response": "It was Ana Ruiz."},
    {"user_input": "Who sank the tanker of Riga?", "response": "Tomas Berg"},
    {"user_input": "Who bought the ferry of Oslo?", "response": ""},
]
ASKED = [
    {"question": CASES[0]["question"], "answer": "Ana Ruiz", "abstained": False, "citations": []},
    *({"question": c["question"], "answer": "", "abstained": True, "citations": []}
      for c in CASES[1:]),
]  # fmt: skip
PARTS = {
    "cases": CASES,
    "articles": ARTICLES,
    "theirs": THEIRS,
    "partial": THEIRS[:2],
    "asked": ASKED,
}


def furnished(folder: Path) -> Path:
    """The folder, with the files that the examples of the help name, and a cache of its own."""
    (folder / "eval").symlink_to(ROOT / "eval")
    for name, rows in PARTS.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    qas = [
        {
            "id": case["id"],
            "question": case["question"],
            "answers": [{"text": a, "answer_start": 0} for a in case.get("answers", [])],
        }
        for case in CASES
    ]
    paragraphs = [{"context": ARTICLES[0]["text"], "qas": qas[:1]}, {"context": "", "qas": []}]
    paragraphs[1] = {"context": ARTICLES[1]["text"], "qas": qas[1:]}
    for name, kept in (("dev-v1.1", paragraphs[:1]), ("dev-v2.0", paragraphs)):
        data = {"version": "invented", "data": [{"title": "Invented", "paragraphs": kept}]}
        (folder / f"{name}.json").write_text(json.dumps(data))
    seeded = ask(folder, "ingest", str(ROOT / "seeds"))
    assert seeded.returncode == 0
    (folder / "qrels.trec").write_text("q1 0 lund 1\nq2 0 oslo 1\n")
    (folder / "theirs.trec").write_text(
        "q1 Q0 lund 1 2.5 them\nq1 Q0 oslo 2 1.5 them\nq2 Q0 lund 1 1 t\n"
    )
    for name in ("before", "after"):
        done = ask(folder, *answers("--out", f"runs/{name}"))
        assert (done.returncode, done.stderr) == (0, b"")
    return folder


def answers(*more: str) -> list[str]:
    return ["eval", "answers", "--cases", "cases.jsonl", "--corpus", "articles.jsonl", *more]


def ask(folder: Path, *arguments: str, **more: str) -> Any:
    cache = str(folder / "cache")
    variables: dict[str, Any] = {"XDG_CACHE_HOME": cache, **more}
    return run(folder / "archive", *arguments, cwd=folder, **variables)


def complaints(done: Any) -> bytes:
    """What stderr has beside how far the command has come, which a slow machine is told."""
    return re.sub(rb"(?m)^\d+ (?:of \d+ )?(?:articles|questions), .*\n", b"", done.stderr)


def as_json(folder: Path, *arguments: str) -> dict[str, Any]:
    done = ask(folder, *arguments, "--json")
    assert complaints(done) == b""
    found: dict[str, Any] = json.loads(done.stdout)
    return found
