"""The last step before an answer leaves: every quote is compared with the stored article.

Reads the store again, within the answer's snapshot, and trusts nothing that came before. What
differs is dropped and counted; an answer that is left without a quote becomes a refusal.
"""

from dataclasses import replace

from index.records import Article
from index.snapshot import Snapshot
from rag.answer import REFUSAL, Answer, Citation, Sentence
from rag.same import Said, same_answer


def verify(answer: Answer, snapshot: Snapshot) -> Answer:
    """The answer with only those citations and leads whose characters stand where they say.

    A sentence's first citation must hold the sentence itself, at the offsets of the answer inside
    it, or the sentence goes; the further ones the same answer, as `same_answer` has it. The text is
    made anew of the sentences that are left.
    """
    nearest = tuple(c for c in answer.nearest if is_verbatim(c, snapshot))
    of_sentences = [(s, _attested(s, answer.citations, snapshot)) for s in answer.sentences]
    kept = sorted({i for _, indices in of_sentences for i in indices})
    dropped = len(answer.citations) - len(kept) + len(answer.nearest) - len(nearest)
    answer = replace(answer, nearest=nearest, dropped_citations=dropped)
    if answer.abstained or not kept:
        return replace(
            answer, text=REFUSAL, abstained=True, sentences=(), citations=(), conflicting=False
        )
    text = ""
    sentences: list[Sentence] = []
    for sentence, indices in of_sentences:
        if indices:
            start = len(text) + 1 if text else 0
            text = f"{text} {sentence.text}" if text else sentence.text
            places = tuple(kept.index(i) for i in indices)
            sentences.append(Sentence(sentence.text, start, len(text), places))
    return replace(
        answer,
        text=text,
        sentences=tuple(sentences),
        citations=tuple(answer.citations[i] for i in kept),
        conflicting=answer.conflicting and len(sentences) > 1,
    )


def is_verbatim(citation: Citation, snapshot: Snapshot) -> bool:
    """Whether the snapshot's article has the quote, and the answer in it, at these offsets."""
    return _stands(citation, snapshot.article(citation.article_id))


def _stands(citation: Citation, article: Article | None) -> bool:
    if article is None or not 0 <= citation.start < citation.end <= len(article.text):
        return False
    if article.text[citation.start : citation.end] != citation.cited_text:
        return False
    if citation.answer_start is None or citation.answer_end is None:
        return citation.answer_start is citation.answer_end
    return citation.start <= citation.answer_start < citation.answer_end <= citation.end


def _attested(sentence: Sentence, citations: tuple[Citation, ...], snapshot: Snapshot) -> list[int]:
    """The sentence's citations that attest it; none if the first does not, to the letter."""
    if not sentence.citations:
        return []
    first, *further = (
        _said(citations[i], snapshot) if 0 <= i < len(citations) else None
        for i in sentence.citations
    )
    if first is None or first.answer != sentence.text:
        return []
    same = (
        i
        for i, said in zip(sentence.citations[1:], further, strict=True)
        if said and same_answer(first, said)
    )
    return [sentence.citations[0], *same]


def _said(citation: Citation, snapshot: Snapshot) -> Said | None:
    """What the store's article says at the citation's offsets; None if it is not what is cited."""
    article = snapshot.article(citation.article_id)
    if article is None or not _stands(citation, article):
        return None
    start, end = citation.start, citation.end
    if citation.answer_start is not None and citation.answer_end is not None:
        start, end = citation.answer_start, citation.answer_end
    return Said(article.text[start:end], article.text)
