"""What a figure is of: every byte that may change an answer changes the hash, and nothing else."""

from pathlib import Path

import pytest

from eval.build import (
    LIBRARIES,
    ROOT,
    describe,
    describe_file,
    hash_code,
    hash_files,
    hash_folders,
    versions,
)
from eval.corpus import archive_name, hash_corpus, open_corpus
from rag.engine import Engine
from rag.settings import Settings
from tests.invented import invented

FILES = {
    "index/split.py": b"LIMIT = 1\n",
    "index/models/encoder/model.onnx": b"\x00weights",
    "index/models/encoder/tokenizer.json": b"{}",
    "rag/models/reader/calibrator.json": b'{"threshold": 0.5}',
    "rag/deep/er/rank.py": b"",
}
PACKAGES = ("index", "rag")


def tree(root: Path, changed: dict[str, bytes] | None = None) -> Path:
    for name, content in (FILES | (changed or {})).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


@pytest.mark.parametrize("name", FILES)
def test_any_byte_of_code_weights_or_calibrator_counts(tmp_path: Path, name: str) -> None:
    before = hash_folders(tree(tmp_path / "a"), *PACKAGES)
    assert hash_folders(tree(tmp_path / "same"), *PACKAGES) == before
    content = FILES[name]
    for changed in (content + b" ", b"#" + content[1:]):  # also one of the same length
        assert hash_folders(tree(tmp_path / "b", {name: changed}), *PACKAGES) != before
    (tree(tmp_path / "c") / name).unlink()
    assert hash_folders(tmp_path / "c", *PACKAGES) != before
    assert len(before) == 16
    assert int(before, 16) >= 0


def test_a_file_that_is_new_counts_if_it_may_change_an_answer(tmp_path: Path) -> None:
    before = hash_folders(tree(tmp_path), *PACKAGES)
    for name in ("index/README.md", "rag/__pycache__/rank.cpython-311.pyc", "eval/data/x.json"):
        tree(tmp_path, {name: b"anything"})
        assert hash_folders(tmp_path, *PACKAGES) == before, name
    assert hash_folders(tree(tmp_path, {"index/new.py": b""}), *PACKAGES) != before


def test_only_the_packages_that_are_named_count(tmp_path: Path) -> None:
    index, rag = (hash_folders(tree(tmp_path), name) for name in PACKAGES)
    assert index != rag
    tree(tmp_path, {"rag/deep/er/rank.py": b"changed"})
    assert hash_folders(tmp_path, "index") == index
    assert hash_folders(tmp_path, "rag") != rag


def test_names_order_and_borders_of_files_count(tmp_path: Path) -> None:
    contents = {"a": b"one", "b": b"two", "c": b"onetw", "d": b"o", "e": b"one"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    a, b, c, d, like_a = (tmp_path / name for name in contents)
    (tmp_path / "x").mkdir()
    twin = tmp_path / "x" / "a"
    twin.write_bytes(b"one")
    assert hash_files(a) == hash_files(twin)  # where it lies says nothing
    several = ((a, b), (b, a), (c, d), (a,), (a, a), (), (like_a,))
    assert len({hash_files(*files) for files in several}) == len(several)


def test_the_build_is_the_hash_of_the_program(engine: Engine) -> None:
    found = describe(engine)
    assert found["build"] == hash_code("index", "rag", "eval")
    assert found["build"] == hash_folders(ROOT, "index", "rag", "eval")
    assert found["snapshot"] == engine.archive.snapshot().name
    assert found["reader"] == engine.reader.get().name
    assert found["threshold"] == engine.threshold
    assert found["encoder"].endswith(engine.archive.encoder.fingerprint)
    assert found["versions"] == versions()
    assert set(versions()) == {"python", *LIBRARIES}


def test_a_file_is_told_by_its_name_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"abc")
    of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
    assert describe_file(path) == {"file": "cases.jsonl", "sha256": of_abc}


def test_an_archive_is_of_a_corpus_an_encoder_and_the_code(tmp_path: Path) -> None:
    names = {
        archive_name(corpus, encoder, code)
        for corpus in ("c1", "c2")
        for encoder in ("e1", "e2")
        for code in ("k1", "k2")
    }
    assert len(names) == 8
    articles = [invented("one")]
    opened = open_corpus(articles, Settings(), home=tmp_path)
    expected = archive_name(hash_corpus(articles), Settings().encoder, hash_code("index"))
    assert opened.archive.folder == tmp_path / expected
