"""`verify`: no quote leaves that does not stand in the store, at its offsets, in the snapshot."""

from dataclasses import replace
from pathlib import Path

import pytest

from index.archive import Archive
from index.encode import Encoder
from index.records import Article
from index.snapshot import Snapshot
from index.sources.fields import article_from_fields
from rag.answer import REFUSAL, Answer, Citation, Sentence
from rag.verify import is_verbatim, verify

# Invented for these tests.
HARBOUR = "The harbour of Elmsey was closed. Mayor Ada Quill blamed the storm of 3 May."
BRIDGE = "The bridge at Tarn opened in June."


def article(id_: str, text: str) -> Article:
    return article_from_fields({"id": id_, "text": text}, "test")


@pytest.fixture
def archive(tmp_path: Path, encoder: Encoder) -> Archive:
    archive = Archive(tmp_path / "archive", encoder)
    list(archive.ingest([article("harbour", HARBOUR), article("bridge", BRIDGE)]))
    return archive


def quote(text: str, of: str, id_: str, answer: str | None = None) -> Citation:
    start = text.index(of)
    at = None if answer is None else text.index(answer)
    end = None if at is None or answer is None else at + len(answer)
    return Citation(id_, start, start + len(of), of, at, end)


BLAMED = quote(HARBOUR, "Mayor Ada Quill blamed the storm of 3 May.", "harbour", "Ada Quill")
OPENED = quote(BRIDGE, "The bridge at Tarn opened in June.", "bridge", "June")


def answer(*citations: Citation) -> Answer:
    sentences = (
        Sentence("Ada Quill", 0, 9, (0,)),
        *((Sentence("June", 10, 14, (1,)),) if len(citations) > 1 else ()),
    )
    return Answer(
        question="q",
        understood_as="q",
        text=" ".join(s.text for s in sentences),
        abstained=False,
        confidence=0.9,
        sentences=sentences,
        citations=citations,
    )


def test_what_stands_in_the_store_passes_unchanged(archive: Archive) -> None:
    given = answer(BLAMED, OPENED)
    assert verify(given, archive.snapshot()) == given


@pytest.mark.parametrize("by", [-1, 1])
def test_a_shifted_offset_is_dropped_and_counted(archive: Archive, by: int) -> None:
    shifted = replace(BLAMED, start=BLAMED.start + by, end=BLAMED.end + by)
    checked = verify(answer(shifted), archive.snapshot())
    assert checked.abstained
    assert checked.text == REFUSAL
    assert checked.dropped_citations == 1
    assert not checked.sentences
    assert not checked.citations


@pytest.mark.parametrize(
    "wrong",
    [
        replace(BLAMED, cited_text="Mayor Ada Quill praised the storm of 3 May."),
        replace(BLAMED, start=-5),
        replace(BLAMED, end=10_000),
        replace(BLAMED, start=BLAMED.end, cited_text=""),
        replace(BLAMED, article_id="elsewhere"),
        replace(BLAMED, answer_start=0),
        replace(BLAMED, answer_end=BLAMED.end + 1),
        replace(BLAMED, answer_end=None),
    ],
)
def test_anything_that_differs_is_not_verbatim(archive: Archive, wrong: Citation) -> None:
    assert is_verbatim(BLAMED, archive.snapshot())
    assert not is_verbatim(wrong, archive.snapshot())


def test_an_answer_inside_the_quote_must_be_the_answer_given(archive: Archive) -> None:
    at = HARBOUR.index("storm")
    elsewhere = replace(BLAMED, answer_start=at, answer_end=at + 5)
    checked = verify(answer(elsewhere), archive.snapshot())
    assert checked.abstained
    assert checked.dropped_citations == 1


def test_a_further_citation_must_say_the_same(archive: Archive) -> None:
    list(
        archive.ingest([article("other", "It was ada quill, they said."), article("third", "-Ada")])
    )
    same = quote("It was ada quill, they said.", "ada quill", "other")
    unlike = quote("-Ada", "-Ada", "third")
    given = answer(BLAMED)
    given = replace(
        given,
        citations=(BLAMED, same, unlike),
        sentences=(replace(given.sentences[0], citations=(0, 1, 2)),),
    )
    checked = verify(given, archive.snapshot())
    assert checked.citations == (BLAMED, same)
    assert checked.sentences[0].citations == (0, 1)
    assert checked.dropped_citations == 1
    again = replace(
        given,
        citations=(replace(BLAMED, start=-5), same),
        sentences=(replace(given.sentences[0], citations=(0, 1)),),
    )
    assert verify(again, archive.snapshot()).abstained  # a further one cannot stand alone
    first = replace(
        given, citations=(same,), sentences=(replace(given.sentences[0], citations=(0,)),)
    )
    assert verify(first, archive.snapshot()).abstained  # its own quote, to the letter


def test_a_sentence_without_a_quote_goes_and_the_rest_moves_up(archive: Archive) -> None:
    broken = replace(BLAMED, cited_text="x" * len(BLAMED.cited_text))
    checked = verify(answer(broken, OPENED), archive.snapshot())
    assert not checked.abstained
    assert checked.text == "June"
    assert checked.sentences == (Sentence("June", 0, 4, (0,)),)
    assert checked.citations == (OPENED,)
    assert checked.dropped_citations == 1


def test_a_surname_attests_the_full_name_only_where_its_article_has_that(
    archive: Archive,
) -> None:
    known, unknown = "Ada Quill came. Then Quill left.", "Some Quill left."
    list(archive.ingest([article("known", known), article("unknown", unknown)]))
    at = known.index("Quill left")
    left = replace(
        quote(known, "Then Quill left.", "known"), answer_start=at, answer_end=at + len("Quill")
    )
    citations = (BLAMED, left, quote(unknown, "Some Quill left.", "unknown", "Quill"))
    given = answer(BLAMED)
    sentences = (replace(given.sentences[0], citations=(0, 1, 2)),)
    checked = verify(replace(given, citations=citations, sentences=sentences), archive.snapshot())
    assert [c.article_id for c in checked.citations] == ["harbour", "known"]
    assert checked.dropped_citations == 1


def test_the_text_is_made_of_what_is_attested(archive: Archive) -> None:
    """Words that no sentence has, and a quote that no sentence cites, do not leave."""
    forged = replace(answer(BLAMED), text="Ada Quill did it.")
    assert verify(forged, archive.snapshot()).text == "Ada Quill"
    stray = replace(answer(BLAMED), citations=(BLAMED, OPENED))
    checked = verify(stray, archive.snapshot())
    assert checked.citations == (BLAMED,)
    assert checked.dropped_citations == 1
    nowhere = replace(answer(BLAMED), sentences=(Sentence("Ada Quill", 0, 9, (7,)),))
    assert verify(nowhere, archive.snapshot()).abstained
    bare = replace(answer(BLAMED), sentences=(Sentence("Ada Quill", 0, 9, ()),))
    assert verify(bare, archive.snapshot()).abstained


def test_sources_disagree_only_while_both_have_a_quote(archive: Archive) -> None:
    given = replace(answer(BLAMED, OPENED), conflicting=True)
    assert verify(given, archive.snapshot()) == given
    broken = replace(BLAMED, cited_text="x" * len(BLAMED.cited_text))
    checked = verify(replace(given, citations=(broken, OPENED)), archive.snapshot())
    assert (checked.text, checked.conflicting) == ("June", False)
    refused = verify(replace(given, citations=(broken, broken)), archive.snapshot())
    assert (refused.abstained, refused.conflicting) == (True, False)


def test_after_an_update_the_old_quote_is_dropped(archive: Archive) -> None:
    before: Snapshot = archive.snapshot()
    list(archive.ingest([article("harbour", "Nothing is known of Elmsey.")]))
    assert not verify(answer(BLAMED), before).abstained  # its own snapshot still has it
    assert verify(answer(BLAMED), archive.snapshot()).abstained


def test_after_a_removal_the_quote_is_dropped(archive: Archive) -> None:
    archive.remove(["harbour"])
    checked = verify(replace(answer(BLAMED), nearest=(OPENED, BLAMED)), archive.snapshot())
    assert checked.abstained
    assert checked.nearest == (OPENED,)
    assert checked.dropped_citations == 2
