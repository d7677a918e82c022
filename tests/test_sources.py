"""Paths, folders, standard input and ids claimed twice. All articles are invented."""

import io
import json
import os
from pathlib import Path

from index.errors import InvalidRecord
from index.records import Article
from index.sources import read_paths

WORDS = "The harbour closed. Ships waited."
REMEDY = "give .txt, .jsonl or .jsonl.gz files, a folder of them, or - for JSON lines on stdin"


def _line(**fields: object) -> bytes:
    return json.dumps({"text": WORDS} | fields).encode()


def _errors(records: list[Article | InvalidRecord]) -> list[str]:
    return [str(record) for record in records if isinstance(record, InvalidRecord)]


def _articles(records: list[Article | InvalidRecord]) -> list[Article]:
    return [record for record in records if isinstance(record, Article)]


def test_a_folder_is_walked_in_order(tmp_path: Path) -> None:
    for name in ["b.txt", "a.TXT", "sub/z.txt", "sub/deep/y.txt", "other/x.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"Invented words of {name}.")
    for ignored in ["README.md", ".hidden.txt", ".git/c.txt", "picture.png", "d.json"]:
        (tmp_path / ignored).parent.mkdir(exist_ok=True)
        (tmp_path / ignored).write_text("x")
    (tmp_path / "c.jsonl").write_bytes(_line(id="from a line"))
    (tmp_path / "named.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    records = list(read_paths([tmp_path]))
    assert [record.id for record in _articles(records)] == [
        "a.TXT",
        "b.txt",
        "from a line",
        "other/x.txt",
        "sub/z.txt",
        "sub/deep/y.txt",
    ]
    assert _errors(records) == []


def test_a_place_is_the_path_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jsonl").write_bytes(b"\n{}")
    given_path = f"{tmp_path}/../{tmp_path.name}/"
    (error,) = _errors(list(read_paths([given_path])))
    assert error == f"{given_path}sub/a.jsonl:2: text: is missing; give the article's text"


def test_paths_that_give_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").write_text("x")
    (tmp_path / "news.csv").write_text("x")
    (tmp_path / "a.txt").write_text(WORDS)
    wrong = [tmp_path / "empty", tmp_path / "news.csv", tmp_path / "none", tmp_path / "a.txt" / "b"]
    records = list(read_paths([*wrong, "a\0b.txt", "\ud800.txt", tmp_path / "a.txt"]))
    assert _errors(records) == [
        f"{wrong[0]}: path: holds no article file; {REMEDY}",
        f"{wrong[1]}: path: is of no format that can be read; {REMEDY}",
        f"{wrong[2]}: path: there is no such file or folder; {REMEDY}",
        f"{wrong[3]}: path: there is no such file or folder; {REMEDY}",
        f"a\0b.txt: path: there is no such file or folder; {REMEDY}",
        f"\\ud800.txt: path: there is no such file or folder; {REMEDY}",
    ]
    assert [article.id for article in _articles(records)] == ["a.txt"]


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    # Permissions would not stop a test that runs as the superuser; links to nowhere stop anyone.
    for name in ["a.txt", "b.jsonl", "c.jsonl.gz", "d.txt"]:
        (tmp_path / name).symlink_to(tmp_path / ("d.txt" if name == "d.txt" else "nowhere"))
    errors = _errors(list(read_paths([tmp_path, tmp_path / "d.txt"])))
    remedy = "make it readable or leave it out"
    gone, loop = "No such file or directory", "Too many levels of symbolic links"
    assert errors == [
        f"{tmp_path}/a.txt: path: cannot be read ({gone}); {remedy}",
        f"{tmp_path}/b.jsonl: path: cannot be read ({gone}); {remedy}",
        f"{tmp_path}/c.jsonl.gz: path: cannot be read ({gone}); {remedy}",
        f"{tmp_path}/d.txt: path: cannot be read ({loop}); {remedy}",
        f"{tmp_path}/d.txt: path: cannot be read ({loop}); {remedy}",
    ]


def test_a_subfolder_that_vanishes_during_the_walk(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text(WORDS)
    records = read_paths([tmp_path])
    assert isinstance(next(records), Article)
    (tmp_path / "sub").rmdir()
    (error,) = _errors(list(records))
    assert error.startswith(f"{tmp_path}/sub: path: cannot be read (No such file or directory)")


def test_a_file_name_that_cannot_be_an_id(tmp_path: Path) -> None:
    (tmp_path / "a\nb.txt").write_text(WORDS)
    (error,) = _errors(list(read_paths([tmp_path])))
    assert error.endswith("id: holds U+000A at character 1, which no id may hold; rename the file")


def test_standard_input_is_json_lines() -> None:
    records = list(read_paths(["-"], stdin=io.BytesIO(_line(id="a") + b"\nnews\n")))
    assert [article.id for article in _articles(records)] == ["a"]
    assert _errors(records)[0].startswith("<stdin>:2: line: is not JSON: Expecting value")


def test_reading_is_lazy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WORDS)
    records = read_paths([tmp_path / "a.txt", tmp_path / "late.txt"])
    assert isinstance(next(records), Article)
    (tmp_path / "late.txt").write_text("Written after the reading began.")
    assert isinstance(next(records), Article)


def test_an_id_claimed_twice_in_one_run_is_an_error(tmp_path: Path) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    first.write_bytes(_line(id="a") + b"\n" + _line(id='"b"'))
    second.write_bytes(
        _line(id="a", title="Another") + b"\n" + _line(id="a") + b"\n" + _line(id='"b"', url="x")
    )
    records = list(read_paths([first, second]))
    assert [article.id for article in _articles(records)] == ["a", '"b"', "a"]
    remedy = "give each its own id or file name"
    assert _errors(records) == [
        f'{second}:1: id: "a" is already claimed by {first}:1 in this run; {remedy}',
        f'{second}:3: id: ""b"" is already claimed by {first}:2 in this run; {remedy}',
    ]


def test_two_files_of_one_name_given_directly_claim_one_id(tmp_path: Path) -> None:
    for folder in ["one", "two", "same"]:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("Two." if folder == "two" else "One.")
    files = [tmp_path / folder / "a.txt" for folder in ["one", "two", "same"]]
    records = list(read_paths(files))
    assert [article.text for article in _articles(records)] == ["One.", "One."]
    assert _errors(records)[0].startswith(
        f'{files[1]}: id: "a.txt" is already claimed by {files[0]}'
    )
    below = _articles(list(read_paths([tmp_path])))
    assert [article.id for article in below] == ["one/a.txt", "same/a.txt", "two/a.txt"]
