"""An answer -> its sentences with what each cites, and what a sentence claims. Knows no checker.

Who says which sentence rests on which quote is believed. Else the markers in the text say it, as
ALCE has them ("The harbour closed [1][3]."), counted from 1 over the quotes; and where there is no
marker either, each sentence rests on all quotes.
"""

import re

from eval.given import Given, Said
from index.split import split_sentences
from rag.inputs import claim_of

_NUMBERS = r"\[\d{1,3}(?:\s*,\s*\d{1,3})*\]"  # no year: four digits in brackets are text
_MARKER = re.compile(rf"\s*{_NUMBERS}")
_AFTER_STOP = re.compile(rf"([.!?\u3002\uff01\uff1f][\"'\u201d\u2019)]*)((?:\s*{_NUMBERS})+)")
_END = re.compile(r"([.!?\u2026]|[\u3002\uff01\uff1f])[\"'\u201d\u2019)\]]*$")
WORDS = 4  # of the shortest sentence: "Acme Inc." ends in a full stop too


def sentences_of(given: Given) -> tuple[Said, ...]:
    """All that is said, in its order; what holds no word is no sentence.

    A marker behind a full stop belongs to what is before it. A number that no quote has stays:
    it cites nothing.
    """
    if given.sentences:
        return given.sentences
    text = _AFTER_STOP.sub(r"\2\1", given.text)
    is_marked = _MARKER.search(text) is not None
    everything = tuple(range(len(given.quotes)))
    found = []
    for start, end in split_sentences(text):
        sentence = text[start:end]
        bare = _MARKER.sub("", sentence).strip()
        if re.search(r"\w", bare):
            found.append(Said(bare, _marked(sentence) if is_marked else everything))
    return tuple(found)


def _marked(sentence: str) -> tuple[int, ...]:
    markers = _MARKER.findall(sentence)
    return tuple(int(n) - 1 for marker in markers for n in re.findall(r"\d+", marker))


def claim_made(question: str, sentence: str) -> str:
    """What has to be supported: a sentence itself; of a short answer, that it answers the question.

    As ALCE, which puts the question before the items of a list (its QAMPARI).
    """
    return sentence if is_sentence(sentence) else claim_of(question, sentence)


def is_sentence(text: str) -> bool:
    """Whether it can stand alone: it ends as a sentence does, begins as one, and has its length.

    By the look alone. Taking a name for a sentence would make it a claim that any text with the
    name supports, so what is in doubt is a short answer.
    """
    text = text.strip()
    end = _END.search(text)
    if not end or text.lstrip("\"'\u201c\u2018([")[:1].islower():
        return False
    return end[1] in "\u3002\uff01\uff1f" or len(text.split()) >= WORDS
