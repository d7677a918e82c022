"""The last step before an answer leaves: every quote is compared with the stored article.

Reads the store again, within the answer's snapshot, and trusts nothing that came before. What
differs is dropped and counted; an answer that is left without a quote becomes a refusal.
"""

from collections.abc import Sequence
from dataclasses import replace

from index.snapshot import Snapshot
from rag.answer import REFUSAL, Answer, Citation, Sentence
from rag.candidate import normalise_answer


def verify(answer: Answer, snapshot: Snapshot) -> Answer:
    """The answer with only those citations and leads whose characters stand where they say.

    A sentence's first citation must hold the sentence itself, at the offsets of the answer inside
    it; the further ones the same answer, as `normalise_answer` has it.
    """
    said = {i: s.text for s in answer.sentences for i in s.citations}
    first = {s.citations[0] for s in answer.sentences if s.citations}
    kept = [
        c
        for i, c in enumerate(answer.citations)
        if is_verbatim(c, snapshot) and _says(c, said.get(i, ""), i in first)
    ]
    nearest = tuple(c for c in answer.nearest if is_verbatim(c, snapshot))
    dropped = len(answer.citations) - len(kept) + len(answer.nearest) - len(nearest)
    answer = replace(answer, nearest=nearest, dropped_citations=dropped)
    if answer.abstained:
        return replace(answer, text=REFUSAL, sentences=(), citations=())
    if len(kept) == len(answer.citations):
        return answer
    text, sentences = _keep_attested(answer, kept)
    if not sentences:
        return replace(answer, text=REFUSAL, abstained=True, sentences=(), citations=())
    return replace(answer, text=text, sentences=tuple(sentences), citations=tuple(kept))


def is_verbatim(citation: Citation, snapshot: Snapshot) -> bool:
    """Whether the snapshot's article has the quote, and the answer in it, at these offsets."""
    article = snapshot.article(citation.article_id)
    if article is None or not 0 <= citation.start < citation.end <= len(article.text):
        return False
    if article.text[citation.start : citation.end] != citation.cited_text:
        return False
    if citation.answer_start is None or citation.answer_end is None:
        return citation.answer_start is citation.answer_end
    return citation.start <= citation.answer_start < citation.answer_end <= citation.end


def _says(citation: Citation, sentence: str, to_the_letter: bool) -> bool:
    if citation.answer_start is None or citation.answer_end is None:
        inside = citation.cited_text
    else:
        first, last = citation.answer_start - citation.start, citation.answer_end - citation.start
        inside = citation.cited_text[first:last]
    if to_the_letter:
        return inside == sentence
    return normalise_answer(inside) == normalise_answer(sentence) != ""


def _keep_attested(answer: Answer, kept: Sequence[Citation]) -> tuple[str, list[Sentence]]:
    """The sentences that still have a citation, joined, with all offsets and indices anew."""
    place = {id(citation): i for i, citation in enumerate(kept)}
    text = ""
    sentences = []
    for sentence in answer.sentences:
        old = (id(answer.citations[i]) for i in sentence.citations)
        citations = tuple(place[key] for key in old if key in place)
        if citations:
            start = len(text) + 1 if text else 0
            text = f"{text} {sentence.text}" if text else sentence.text
            sentences.append(Sentence(sentence.text, start, len(text), citations))
    return text, sentences
