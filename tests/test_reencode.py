"""Another encoder is refused, named, and can be changed to; a change that fails changes nothing."""

from pathlib import Path

import pytest

from index.archive import Archive
from index.errors import EncoderMismatch
from index.reencode import re_encode
from tests.invented import CountingEncoder, found, invented

OLD = "The ferry to Invented Island is cancelled."


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def archive(tmp_path: Path, encoder: CountingEncoder) -> Archive:
    return Archive(tmp_path / "data", encoder, wait_seconds=0.1)


def test_another_encoder_is_refused_and_re_encoding_cures_it(
    archive: Archive, encoder: CountingEncoder
) -> None:
    assert list(archive.ingest(invented(str(i), f"{OLD} Berth {i}.") for i in range(100)))
    archive.remove(["7"])
    other = CountingEncoder("another", dimension=8)
    with pytest.raises(EncoderMismatch) as caught:
        Archive(archive.folder, other)
    for part in ("counting", "another", encoder.fingerprint, other.fingerprint, "--re-encode"):
        assert part in str(caught.value)
    told: list[tuple[int, int]] = []
    # With the removed one: it is not purged yet.
    assert re_encode(archive.folder, other, lambda *at: told.append(at)) == 100
    assert told == [(64, 100), (100, 100)]
    assert other.encoded == 100
    mended = Archive(archive.folder, other)
    assert other.encoded == 100
    assert mended.snapshot().counts() == (99, 99)
    exact = f"{OLD} Berth 42."
    text = f"Invented report | Invented Wire | 15 January 2024\n{exact}"
    assert found(mended.snapshot(), other, text, k=1)[0] == [exact]
    with pytest.raises(EncoderMismatch):
        archive.snapshot()


def test_re_encoding_that_fails_leaves_the_old_encoder(
    archive: Archive, encoder: CountingEncoder
) -> None:
    assert list(archive.ingest([invented("a", OLD)]))

    def stop(done: int, total: int) -> None:
        raise ZeroDivisionError(f"after {done} of {total}")

    with pytest.raises(ZeroDivisionError, match="after 1 of 1"):
        re_encode(archive.folder, CountingEncoder("another"), stop)
    assert found(Archive(archive.folder, encoder).snapshot(), encoder, OLD)[0] == [OLD]
