"""Files of JSON, as people really save them: every value or an error that names its place."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.adapters.files import read_text, write_text
from eval.adapters.nodes import Node, read_json, read_rows
from index.errors import InvalidInput, InvalidRecord

ROWS = [{"id": "a", "text": "one\u2028line"}, {"id": "b", "text": ""}, {"id": "c", "n": [1, {}]}]


def _written(folder: Path, data: str | bytes, name: str = "rows.json") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


# Without a time in it: a test's name holds it, and two processes name their tests a second apart.
PACKED = gzip.compress(b"{}" * 99, mtime=0)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
        "\r\n\r\n".join(json.dumps(row) for row in ROWS) + "\r\n",
        "\ufeff" + "\n".join(json.dumps(row, indent=2) for row in ROWS),
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2, ensure_ascii=False),
    ],
    ids=["lines", "crlf", "indented with a mark", "list", "indented list"],
)
def test_one_reading_of_every_form(tmp_path: Path, text: str) -> None:
    assert [row.value for row in read_rows(_written(tmp_path, text), "rows")] == ROWS
    packed = _written(tmp_path, gzip.compress(text.encode()), "rows.jsonl.gz")
    assert [row.value for row in read_rows(packed, "rows")] == ROWS


def test_places_are_lines_and_paths(tmp_path: Path) -> None:
    path = _written(
        tmp_path, '{"a": 1}\n\n{"a":\n 2}\n[{"a": 3},\n {"a": [4, {"b": 5}]}]\n{"a": 6}'
    )
    rows = read_rows(path, "rows")
    lines = [row.place.removeprefix(f"{path}:") for row in rows]
    assert lines == ["1", "3", "5: [0]", "5: [1]", "7"]
    assert rows[3].need("a").items()[1].need("b").path == "[1].a[1].b"
    assert rows[4].need("a").path == "a"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}\n{"a" 2}', r"rows\.json:2: line: is not JSON: .* at character 6; mend it"),
        ('{"a": 1\n{"a": 2}', r":2: line: .*, in the value that begins in line 1; mend it"),
        ('{"a": 1}\n7', r":2: top level: is a number; give a JSON object"),
        ('\n[{"a": 1}, "b"]', r":2: \[1\]: is a string; give a JSON object"),
        ('{"a": NaN}', r":1: line: is not JSON: NaN is no number of JSON"),
        ('{"a": -Infinity}', r":1: line: is not JSON: -Infinity is no number"),
        ('{"a": ' + "7" * 5000 + "}", r":1: line: is not JSON"),
        ('{"a": 1}\n' + "[" * 100_000, r":2: line: is nested too deeply"),
        (" \r\n", r"holds no row of rows; give one JSON object a line"),
        ("[]", r"holds no row of rows"),
    ],
)
def test_what_is_no_row_is_named_by_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_rows(_written(tmp_path, text), "rows")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b'{"a": "\xff"}', "a.json", r"byte 7 \(0xff\) is not UTF-8; save it as UTF-8"),
        (b'{"a": 1}', "a.json.gz", r"not gzip, or damaged or cut short; give a whole copy"),
        (PACKED[:-9], "a.json.gz", "not gzip, or damaged or cut short"),
        (PACKED[:12] + b"\xff" * 30, "a.json.gz", "not gzip, or damaged"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, data: bytes, name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=rf"{name}: the questions cannot be read: .*{words}"):
        read_json(_written(tmp_path, data, name), "questions")


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be read: No such file .*; give a file"):
        read_text(tmp_path / "none", "rows")
    with pytest.raises(InvalidInput, match="the run cannot be written: No such file"):
        write_text(tmp_path / "none" / "run", "", "run")
    with pytest.raises(InvalidInput, match=r"'\\ud800' is half of a surrogate pair"):
        write_text(tmp_path / "run", "\ud800", "run")


def test_one_value_and_no_more(tmp_path: Path) -> None:
    assert read_json(_written(tmp_path, ' {"a": 1} \n'), "rows").value == {"a": 1}
    with pytest.raises(InvalidInput, match="holds 2 JSON values; give one object"):
        read_json(_written(tmp_path, "{} {}"), "rows")
    with pytest.raises(InvalidInput, match="holds 0 JSON values"):
        read_json(_written(tmp_path, ""), "rows")


_NODE = Node(
    {
        "n": 3,
        "x": 0.5,
        "t": True,
        "s": "text",
        "blank": " \n",
        "half": "a\ud800",
        "o": {},
        "none": None,
        "big": 10**400,
    },
    "f.json:4",
    "data[0]",
)


def test_values_of_the_right_type() -> None:
    assert _NODE.need("n").whole() == 3
    assert _NODE.need("n").number() == 3.0
    assert _NODE.need("x").number() == 0.5
    assert _NODE.need("t").truth() is True
    assert _NODE.need("s").words() == "text"
    assert _NODE.need("blank").text() == " \n"
    assert _NODE.get("none") is _NODE.get("absent") is None
    assert _NODE.has("none")
    assert not _NODE.has("absent")


@pytest.mark.parametrize(
    ("field", "method", "words"),
    [
        ("x", "whole", "is a number; give a whole number"),
        ("t", "whole", "is true or false; give a whole number"),
        ("t", "number", "is true or false; give a number"),
        ("n", "truth", "is a number; give true or false"),
        ("o", "text", "is an object; give a string"),
        ("s", "items", "is a string; give a list"),
        ("blank", "words", "is blank; give a text"),
        ("half", "text", "holds half of a surrogate pair at character 1"),
        ("big", "number", "is too large a number"),
    ],
)
def test_values_of_another_type(field: str, method: str, words: str) -> None:
    with pytest.raises(InvalidRecord, match=rf"f\.json:4: data\[0\]\.{field}: {words}"):
        getattr(_NODE.need(field), method)()


def test_what_is_missing() -> None:
    for name in ("none", "absent"):
        with pytest.raises(InvalidRecord, match=rf"data\[0\]\.{name}: is missing; add it"):
            _NODE.need(name, "add it")
    with pytest.raises(InvalidRecord, match="top level: is a list; give an object"):
        Node([], "f.json").need("data")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), _JSON), min_size=1), st.booleans(), st.data())
def test_rows_come_back_whatever_they_hold(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, object]],
    is_list: bool,
    data: st.DataObject,
) -> None:
    indent = data.draw(st.sampled_from([None, 0, 2]))
    values = [rows] if is_list else rows
    text = "\n".join(json.dumps(value, ensure_ascii=False, indent=indent) for value in values)
    path = _written(tmp_path_factory.getbasetemp(), text)
    assert [row.value for row in read_rows(path, "rows")] == rows
