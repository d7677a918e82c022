"""SIGKILL at any moment loses nothing that was acknowledged, and leaves no index that disagrees.

`make test` kills 30 times, one archive throughout; `make torture` runs this very test with 300.
After each kill the shipped reader is asked about what was changed last.
"""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from index.archive import Archive
from index.check import check
from index.reencode import encoded_text
from rag.engine import Engine
from rag.settings import Settings
from tests.kills import KINDS, Texts, encoder_of, post, promised, struck, surname, touched

ROOT = Path(__file__).parents[1]
LONGEST_SECONDS = 0.5  # from the first acknowledgement to the kill: about ten operations
AIMED = 0.3  # of the kills: at one kind of moment, for some are short; the others, at any
NEAR_SECONDS = 0.002  # of a kind of moment: the longest wait from its beginning
COMMIT_SECONDS = 0.03  # the same of tantivy's commit, which is longer
PATIENCE_SECONDS = 2.0  # until that kind of moment comes
THRESHOLD = 0.3  # below all that was seen for a post in the archive (0.56 of 176): no false alarm
ENOUGH_FOR_ALL = 300  # kills, in which every kind of moment is struck


def run_and_kill(folder: Path, journal: Path, seed: str) -> str:
    """Runs the worker, kills it at random after its first acknowledgement; the journal.

    The worker never ends by itself, so every kill comes before its last acknowledgement.
    """
    command = [sys.executable, "-m", "tests.kills", str(folder), str(journal), seed]
    chance = random.Random(f"{seed} moment")
    aim = chance.choice(KINDS) if chance.random() < AIMED else None
    journal.touch()
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as worker:
        try:
            while '"done"' not in journal.read_text() and worker.poll() is None:
                time.sleep(0.002)
            end = time.monotonic() + PATIENCE_SECONDS
            while aim and not is_under_way(aim, folder, journal) and time.monotonic() < end:
                time.sleep(0.0002)
            longest = {None: LONGEST_SECONDS, "tantivy's commit": COMMIT_SECONDS}
            time.sleep(chance.uniform(0, longest.get(aim, NEAR_SECONDS)))
        finally:
            worker.kill()
        _, errors = worker.communicate()
    assert worker.returncode == -9, errors.decode()
    return journal.read_text()


def is_under_way(kind: str, folder: Path, journal: Path) -> bool:
    if kind == "the FAISS file":
        return (folder / "dense.faiss.new").exists()
    last = journal.read_text().split("\n")[-2]
    # Tantivy commits when the store has, of which an ingest tells.
    return last.startswith('{"done"' if kind == "tantivy's commit" else f'{{"doing": "{kind}"')


def assert_kept(archive: Archive, states: list[Texts], removed: Texts) -> Texts:
    """The archive holds one of the states, whole and findable, and nothing else; which one."""
    assert (check(archive), archive.notes) == ([], [])
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
    return texts


def assert_answered(engine: Engine, id_: str, texts: Texts) -> None:
    """Who holds the post that article `id_` is about: as its version of now says, or nobody known.

    All that is quoted stands in a version of now, and each has a name that no other ever had.
    """
    answer = engine.ask(f"Who is {post(int(id_.split('/')[1]))}?")
    for citation in (*answer.citations, *answer.nearest):
        text = texts[citation.article_id]
        assert text[citation.start : citation.end] == citation.cited_text
    if id_ in texts:
        assert texts[id_].split()[1] in answer.text
        assert answer.citations[0].article_id == id_
    elif not answer.abstained:
        # The reader may take another's post for this one: that is not what is tested here.
        for sentence in answer.sentences:
            assert sentence.text in texts[answer.citations[sentence.citations[0]].article_id]


@pytest.mark.timeout(3_600)
def test_kills_lose_nothing(kills: int, tmp_path: Path, engine: Engine) -> None:
    run = f"{random.SystemRandom().getrandbits(32):08x}"
    print(f"seed {run}")  # shown when the test fails
    folder = tmp_path / "archive"
    settings = Settings(data=folder, threshold=THRESHOLD)
    texts: Texts = {}
    tally: Counter[str] = Counter()
    asked = 0
    for number in range(kills):
        seed = f"{run}k{number}"
        journal = run_and_kill(folder, tmp_path / f"{number}.journal", seed)
        kind = struck(journal, folder)
        tally[kind] += 1
        print(f"kill {number}: {kind}", flush=True)
        archive = Archive(folder, encoder_of(folder))
        texts = assert_kept(archive, promised(journal, texts), texts)
        asking = Engine(archive, engine.reader, engine.calibrator, settings)
        for id_ in touched(journal):
            assert_answered(asking, id_, texts)
            asked += 1
        archive.store.close()
    print(f"{asked} questions; struck: {dict(tally.most_common())}")
    if kills >= ENOUGH_FOR_ALL:
        assert set(KINDS) <= set(tally)


def test_the_journal_promises_what_was_acknowledged() -> None:
    before = {"a": "A1.", "b": "B1."}
    doing = '{"doing": "update", "texts": {"a": "A2.", "b": null}}\n'
    after = {"a": "A2."}
    assert promised("", before) == [before]
    assert promised('{"doing": "upd', before) == [before]
    assert promised(doing, before) == [before, after]
    assert promised(doing + '{"done"', before) == [before, after]
    assert promised(doing + '{"done": "a"}\n', before) == [after]
    purge = '{"doing": "purge", "texts": {}}\n'
    assert promised(doing + '{"done": "a"}\n' + purge, before) == [after, after]
    assert touched(doing + '{"done": "a"}\n' + purge) == ["a", "b"]
    again = doing + '{"done": "a"}\n{"doing": "new", "texts": {"c": "C1."}}\n'
    assert promised(again, before) == [after, {"a": "A2.", "c": "C1."}]


def test_no_two_versions_have_a_word_in_common() -> None:
    versions = [surname(a, f"seedk{k}n{n}") for a in range(8) for k in range(50) for n in range(20)]
    assert len(set(versions)) == len(versions)
