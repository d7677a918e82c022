"""A question's answer, judged sentence by sentence: a line of `per_question.jsonl`.

Whether an answer is right stands beside whether it is supported: verbatim extraction is nearly
always supported by what it cites, whatever was asked. So does the baseline, which cites the top
passage for everything. Made by `eval.judging`; aggregates are folded by `eval.grounding_summary`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.answers import FAILED, REFUSED, RIGHT, Result
from eval.citations import Judged
from eval.given import Quote

SUPPORTED, UNSUPPORTED = "supported", "unsupported"
TOP_PASSAGE = "top-passage"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The same sentences, each citing `quote` alone, or nothing where no passage was found."""

    quote: Quote | None
    sentences: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Grounded:
    """`result` is as `eval answers` has it, without its path, and with the quotes of all sentences:
    there answers that disagree are scored by the first. A refusal says no sentence.

    `baseline` is None when none was asked for.
    """

    result: Result
    sentences: tuple[Judged, ...]
    baseline: Baseline | None = None

    @property
    def id(self) -> str:
        return self.result.id

    @property
    def question(self) -> str:
        return self.result.question

    @property
    def confidence(self) -> float | None:
        return self.result.confidence

    @property
    def cluster(self) -> str:
        return self.result.cluster

    @property
    def slices(self) -> Mapping[str, str]:
        return self.result.slices

    @property
    def failed(self) -> str:
        return self.result.failed

    @property
    def is_given(self) -> bool:
        return not self.result.failed and not self.result.refused

    @property
    def is_supported(self) -> bool:
        """Every sentence of an answer that was given; an answer without a sentence is not."""
        return self.is_given and all(s.supported for s in self.sentences) and bool(self.sentences)

    @property
    def is_right(self) -> bool:
        """Right and supported, or rightly refused."""
        return self.result.verdict == RIGHT and (self.result.refused or self.is_supported)

    @property
    def verdict(self) -> str:
        if self.result.failed:
            return FAILED
        if self.result.refused:
            return REFUSED
        return SUPPORTED if self.is_supported else UNSUPPORTED

    @property
    def unverified(self) -> int:
        """Quotes that do not stand in their article, given or held back."""
        return self.result.dropped + sum(q.verified is False for q in self.result.quotes)

    @property
    def trouble(self) -> str:
        """In words, what is wrong with its citations; "" if nothing is."""
        if self.result.failed:
            return f"no answer: {self.result.failed}"
        troubles = [f"not supported: {s.text!r}" for s in self.sentences if not s.supported]
        if self.is_given and not self.sentences:
            troubles.append("an answer without a word")
        spare = sum(not c for s in self.sentences if s.supported for c in s.counts)
        if spare:
            troubles.append(f"{spare} citations are not needed")
        if self.unverified:
            troubles.append(f"{self.unverified} quotes do not stand in their article")
        return "; ".join(troubles)

    def without_result(self) -> "Grounded":
        """The same question, had it failed."""
        baseline = Baseline(None, ()) if self.baseline else None
        return Grounded(self.result.without_result(), (), baseline)

    def as_json(self) -> dict[str, Any]:
        """A result of `eval answers`, with `sentences` and `baseline`."""
        judged = asdict(self)
        return {**judged.pop("result"), **judged}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> "Grounded":
        """The inverse of `as_json`, of JSON's own types."""
        rest = dict(row)
        sentences, baseline = rest.pop("sentences"), rest.pop("baseline")
        return Grounded(
            Result.from_json(rest), _sentences(sentences), _baseline(baseline) if baseline else None
        )


def _sentences(rows: Sequence[Mapping[str, Any]]) -> tuple[Judged, ...]:
    return tuple(Judged.from_json(row) for row in rows)


def _baseline(row: Mapping[str, Any]) -> Baseline:
    quote = Quote(**{**row["quote"], "answer": None}) if row["quote"] else None
    return Baseline(quote, _sentences(row["sentences"]))
