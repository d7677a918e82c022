"""Is a sentence supported by what it cites, and is each citation needed? By ALCE's definitions.

Gao, Yen, Yu and Chen, "Enabling Large Language Models to Generate Text with Citations" (EMNLP
2023). A sentence is supported (their citation recall) when it cites something and its citations
together entail it. A citation counts (their citation precision) when its sentence is supported and
it entails the sentence alone, or the others without it do not.

Departures: a quote that does not stand in its article, and a number that names none, entail
nothing and count as citations (there, a number out of range makes the sentence unsupported and
counts nowhere); the same words of an article, cited twice, are one citation (there, two that do
without each other); all citations are looked at (there, three of a sentence). What entails is any
`rag.entailment.Checker`, not the T5 model that they use; it reads as much of the cited texts as it
has room for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.given import Quote, Said
from index.heading import join_heading
from rag.entailment import Checker, Claim

Subset = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence, what it claims, and what its citations do for that.

    `cites` are distinct indices of the answer's quotes, `counts` says of each whether it counts.
    `probability` is that of all together, rounded; 0 when nothing that is cited can be read.
    """

    text: str
    claim: str
    cites: tuple[int, ...]
    counts: tuple[bool, ...]
    supported: bool
    probability: float

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> "Judged":
        return Judged(**{**row, "cites": tuple(row["cites"]), "counts": tuple(row["counts"])})


def judge(said: Said, claim: str, quotes: Sequence[Quote], checker: Checker) -> Judged:
    """`quotes` are all of the answer. The checker is asked about no text twice."""
    cites = _distinct(said.cites, quotes)
    readable = tuple(i for i in cites if _can_be_read(i, quotes))
    known: dict[Subset, float] = {}

    def entail(subsets: Sequence[Subset]) -> list[bool]:
        new = [s for s in dict.fromkeys(subsets) if s and s not in known]
        claims = [evidence(claim, [quotes[i] for i in subset]) for subset in new]
        known.update(zip(new, checker.check(claims), strict=True))
        return [bool(s) and known[s] >= checker.threshold for s in subsets]

    supported, needed = score(readable, entail)
    return Judged(
        text=said.text,
        claim=claim,
        cites=cites,
        counts=tuple(i in needed for i in cites),
        supported=supported,
        probability=round(known.get(readable, 0.0), 4),
    )


def score(
    cites: Subset, entail: Callable[[Sequence[Subset]], list[bool]]
) -> tuple[bool, frozenset[int]]:
    """Whether all together entail, and which of them count. `entail` says it of each subset."""
    if not cites or not entail([cites])[0]:
        return False, frozenset()
    alone = dict(zip(cites, entail([(i,) for i in cites]), strict=True))
    in_doubt = [i for i in cites if not alone[i]]
    without = entail([tuple(j for j in cites if j != i) for i in in_doubt])
    superfluous = {i for i, others_do in zip(in_doubt, without, strict=True) if others_do}
    return True, frozenset(cites) - superfluous


def evidence(claim: str, quotes: Sequence[Quote]) -> Claim:
    """What the checker reads: the texts in the order cited, each article's under its heading."""
    headings = [heading_of(quote) for quote in quotes]
    texts = [
        quote.text if own in ("", before) else f"{own} | {quote.text}"
        for quote, own, before in zip(quotes, headings, [headings[0], *headings], strict=False)
    ]
    return Claim(claim, "\n".join(texts), headings[0])


def heading_of(quote: Quote) -> str:
    """As `index.heading`; a date in another system's own form is left out."""
    try:
        return join_heading(quote.title, quote.source, quote.published_at)
    except ValueError:
        return join_heading(quote.title, quote.source, None)


def _distinct(cites: Sequence[int], quotes: Sequence[Quote]) -> tuple[int, ...]:
    """The first of those that cite the same words of the same article, or name the same nothing."""
    first: dict[object, int] = {}
    for i in cites:
        first.setdefault(_words(quotes[i]) if 0 <= i < len(quotes) else i, i)
    return tuple(first.values())


def _words(quote: Quote) -> tuple[object, ...]:
    return quote.text, quote.article_id, heading_of(quote), quote.verified is False


def _can_be_read(index: int, quotes: Sequence[Quote]) -> bool:
    return 0 <= index < len(quotes) and quotes[index].verified is not False
