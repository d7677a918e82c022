"""SIGKILL at any moment loses nothing that was acknowledged, and leaves no index that disagrees.

`make test` kills 30 times, one archive throughout; `make torture` runs this very test with 300.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.archive import Archive
from index.check import check
from index.reencode import encoded_text
from tests.kills import HashEncoder, Texts, promised

ROOT = Path(__file__).parents[1]
LONGEST_SECONDS = 0.5  # from the first acknowledgement to the kill: about ten operations


def run_and_kill(folder: Path, journal: Path, seed: str) -> str:
    """Runs the worker, kills it at random after its first acknowledgement; the journal.

    The worker never ends by itself, so every kill comes before its last acknowledgement.
    """
    command = [sys.executable, "-m", "tests.kills", str(folder), str(journal), seed]
    journal.touch()
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as worker:
        while '"done"' not in journal.read_text() and worker.poll() is None:
            time.sleep(0.002)
        time.sleep(random.Random(f"{seed} moment").uniform(0, LONGEST_SECONDS))
        worker.kill()
        _, errors = worker.communicate()
    assert worker.returncode == -9, errors.decode()
    return journal.read_text()


def assert_kept(folder: Path, states: list[Texts], removed: Texts) -> Texts:
    """The archive holds one of the states, whole and findable, and nothing else; which one."""
    archive = Archive(folder, HashEncoder())
    assert check(archive) == []
    snapshot = archive.snapshot()
    articles = snapshot.articles(limit=1_000)
    texts = {article.id: article.text for article in articles}
    assert len(texts) == len(articles) == snapshot.counts()[0]  # none is there twice
    assert texts in states
    for article in articles:
        unique = article.text.split()[1]
        (first,) = snapshot.search_lexical(unique, 1)[0].tolist()
        passage, holder = snapshot.passages([first])[first]
        assert (holder.id, passage.ordinal) == (article.id, 0)
        query = archive.encoder.encode([encoded_text(article, passage.start, passage.end)])[0]
        assert snapshot.search_dense(query, 1)[0].tolist() == [first]
    for id_, text in removed.items():
        if texts.get(id_) != text:
            assert not len(snapshot.search_lexical(text.split()[1], 1)[0])
    archive.store.close()
    return texts


@pytest.mark.timeout(3_600)
def test_kills_lose_nothing(kills: int, tmp_path: Path) -> None:
    run = f"{random.SystemRandom().getrandbits(32):08x}"
    print(f"seed {run}")  # shown when the test fails
    folder = tmp_path / "archive"
    texts: Texts = {}
    for number in range(kills):
        seed = f"{run}k{number}"
        print(f"kill {number}", flush=True)
        journal = run_and_kill(folder, tmp_path / f"{number}.journal", seed)
        texts = assert_kept(folder, promised(journal, texts), texts)


def test_the_journal_promises_what_was_acknowledged() -> None:
    before = {"a": "A1.", "b": "B1."}
    doing = '{"doing": {"a": "A2.", "b": null}}\n'
    after = {"a": "A2."}
    assert promised("", before) == [before]
    assert promised('{"doing": {"a"', before) == [before]
    assert promised(doing, before) == [before, after]
    assert promised(doing + '{"done"', before) == [before, after]
    assert promised(doing + '{"done": "a"}\n', before) == [after]
    again = doing + '{"done": "a"}\n{"doing": {"c": "C1."}}\n'
    assert promised(again, before) == [after, {"a": "A2.", "c": "C1."}]
