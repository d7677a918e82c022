"""What each figure is, for somebody who has not seen it before. Knows no page.

A figure that is not named here is shown under its own name: nothing that was measured is hidden.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PERCENT, POINTS, PLAIN, MS = "percent", "points", "plain", "ms"


@dataclass(frozen=True, slots=True)
class Wording:
    """`words` can stand before a number; `means` is a whole sentence. `unit` says how it reads."""

    words: str
    means: str
    unit: str = PERCENT


FIGURES: Mapping[str, Wording] = {
    # Answers, and the reader alone.
    "right": Wording(
        "Right, of those that can be answered",
        "An answer was given, and it holds a known one or is held by it.",
    ),
    "rightly_refused": Wording(
        "Refused, of those that cannot be answered",
        "It said nothing where there was nothing to know.",
    ),
    "right_among_answered": Wording(
        "Right, among the answers given",
        "What a reader who is shown an answer may expect of it.",
    ),
    "wrong": Wording(
        "Wrong, of all questions",
        "A wrong answer was given, or none came at all. Lower is better.",
    ),
    "wrongly_refused": Wording(
        "Refused, of those that can be answered",
        "It said nothing though the answer was there. Lower is better.",
    ),
    "answered": Wording("Answered, of all questions", "How often an answer was given at all."),
    "right_but_refused": Wording(
        "Held back, of the right answers",
        "The best answer found was right, and was refused all the same. Lower is better.",
    ),
    "first_right": Wording(
        "Right before refusing, of those that can be answered",
        "The best answer found, whether it was then given or not.",
    ),
    "evidence_cited": Wording(
        "Cites the evidence, of right answers",
        "The quote is of the very place that shows the answer to be right.",
    ),
    "f1": Wording(
        "F1, all questions",
        "The words shared with the nearest known answer; a refusal counts 100 where there is "
        "nothing to know, else 0. As SQuAD 2.0 has it.",
    ),
    "em": Wording(
        "Exact match, all questions",
        "The very words of a known answer, or a refusal where there is nothing to know.",
    ),
    "has_answer_f1": Wording("F1, of those that can be answered", "A refusal counts 0."),
    "has_answer_em": Wording("Exact match, of those that can be answered", "A refusal counts 0."),
    "no_answer_f1": Wording(
        "F1, of those that cannot be answered", "100 for a refusal, else 0, as SQuAD 2.0 has it."
    ),
    "first_f1": Wording(
        "F1 before refusing, of those that can be answered",
        "Of the best answer found, whether it was then given or not.",
    ),
    "first_em": Wording(
        "Exact match before refusing, of those that can be answered",
        "Of the best answer found, whether it was then given or not.",
    ),
    "gold_passage_f1": Wording(
        "F1 on the right passage",
        "What is read from the passage that answers, had it been found and put first.",
    ),
    "best_f1": Wording(
        "F1 at the best threshold",
        "Had the threshold been chosen on these very questions: a bound, not a result.",
    ),
    "best_f1_threshold": Wording("The threshold of the best F1", "A confidence.", PLAIN),
    "best_em": Wording("Exact match at the best threshold", "A bound, not a result."),
    "best_em_threshold": Wording("The threshold of the best exact match", "A confidence.", PLAIN),
    "coverage_at_80": Wording(
        "Could be answered with 80 % right",
        "The largest share of all questions, the surest first, of which so many are right.",
    ),
    "coverage_at_90": Wording(
        "Could be answered with 90 % right",
        "The largest share of all questions, the surest first, of which so many are right.",
    ),
    "aurc": Wording(
        "Area under the risk-coverage curve",
        "The mean share of wrong answers over all thresholds, from 0 to 1. Lower is better.",
        PLAIN,
    ),
    "auroc": Wording(
        "Area under the ROC curve",
        "How often a right answer is surer than a wrong one, from 0 to 1; 0.5 is chance.",
        PLAIN,
    ),
    "calibration_error": Wording(
        "Error of calibration",
        "How far the stated confidence is from what came true, from 0 to 1. Lower is better.",
        PLAIN,
    ),
    "crag": Wording(
        "CRAG score",
        "The mean of 100 for right, 0 for refused and \u2212100 for wrong.",
        POINTS,
    ),
    "quotes_verified": Wording(
        "Quotes verified", "Their characters stand in the article, at the place that they name."
    ),
    # Grounding.
    "answered_answerable": Wording(
        "Answered, of those that can be answered", "An answer was given at all, right or wrong."
    ),
    "answered_unanswerable": Wording(
        "Answered, of those that cannot be answered",
        "An answer was given where there was nothing to know. Lower is better.",
    ),
    "right_and_supported": Wording(
        "Right and supported, of those that can be answered",
        "The right answer was given, and what it cites supports every sentence of it.",
    ),
    "supported_among_right": Wording(
        "Supported, of the right answers given",
        "A reader who checks the citations is convinced by them alone.",
    ),
    "unsupported": Wording(
        "Given without full support, of all questions",
        "A sentence is not supported by what it cites, or none came at all. Lower is better.",
    ),
    "citation_recall": Wording(
        "Citation recall",
        "The share of an answer's sentences that their citations together support, as ALCE has "
        "it. Of what was answered.",
    ),
    "citation_precision": Wording(
        "Citation precision",
        "The share of an answer's citations that support their sentence alone, or without which "
        "the others do not, as ALCE has it. Of what was answered.",
    ),
    "citation_f1": Wording(
        "Citation F1", "The harmonic mean of an answer's citation recall and precision."
    ),
    "cited_characters": Wording(
        "Characters cited by a sentence", "How much there is to read for who checks it.", POINTS
    ),
    "baseline_recall": Wording(
        "Citation recall, citing the top passage",
        "Of the same sentences, had each cited the whole passage that the search puts first.",
    ),
    "baseline_precision": Wording(
        "Citation precision, citing the top passage",
        "The same sentences, each citing one passage: it counts where it supports the sentence.",
    ),
    "baseline_f1": Wording(
        "Citation F1, citing the top passage", "Of the same sentences, citing that passage."
    ),
    "baseline_characters": Wording(
        "Characters of the top passage", "How much the baseline cites for each sentence.", POINTS
    ),
    "recall_over_baseline": Wording(
        "Citation recall over the top passage's", "The difference, question by question.", POINTS
    ),
    "precision_over_baseline": Wording(
        "Citation precision over the top passage's", "The difference, question by question.", POINTS
    ),
    # Robustness.
    "obeyed": Wording(
        "Hidden orders obeyed",
        "An answer was given, and it holds what an order hidden in an article demands. Must be 0.",
    ),
    "first_obeys": Wording(
        "Hidden orders followed, given or not",
        "The best answer found holds what the order demands, whether it was then given or not.",
    ),
    "swapped_refused": Wording(
        "Refused, where a detail was swapped",
        "A name or a number of the question was made one that the articles do not hold with it.",
    ),
    # Searches; by passage, of both searches together.
    "first": Wording(
        "Answered by the passage that stands first", "Of both searches together, before reading."
    ),
    "recall_10": Wording(
        "Found among the first ten", "The share of the passages that answer, as R@10 counts it."
    ),
    "recall_100": Wording(
        "Found among the first hundred",
        "The share of the passages that answer, as R@100 counts it.",
    ),
    "ndcg_10": Wording(
        "nDCG, first ten", "How near the passages that answer stand to the top; 100 is perfect."
    ),
    "mrr_10": Wording(
        "Reciprocal rank, first ten",
        "The mean of 100 / rank of the first passage that answers, 0 beyond the tenth.",
    ),
    "map": Wording(
        "Average precision", "The mean precision at each passage that answers; 100 is perfect."
    ),
    # Speed.
    "p50_ms": Wording("Half of the questions took at most", "The median.", MS),
    "p95_ms": Wording("95 of 100 took at most", "The 95th percentile.", MS),
    "p99_ms": Wording("99 of 100 took at most", "The 99th percentile.", MS),
    "mean_ms": Wording("The mean question took", "From the question to the answer.", MS),
    "passes_ms": Wording(
        "Its model passes alone took", "The same passes of the same models, run bare.", MS
    ),
    "ratio": Wording(
        "Times the bare model passes",
        "What everything but the models costs: 1 is nothing. It holds on a busy machine too.",
        PLAIN,
    ),
}

# The searches' measures, in the names of ir-measures. What answers is a passage or an article.
MEASURES: Mapping[str, str] = {
    "nDCG@10": "How near what answers stands to the top of ten; 100 is perfect.",
    "RR@10": "100 / the place of the first that answers, 0 beyond the tenth.",
    "AP": "The mean precision at each place of one that answers.",
    "R@5": "The share of what answers that is among the first 5.",
    "R@10": "The share of what answers that is among the first 10.",
    "R@20": "The share of what answers that is among the first 20.",
    "R@100": "The share of what answers that is among the first 100.",
    "Success@1": "Questions for which the first answers.",
    "Success@10": "Questions for which one of the first 10 answers.",
}

# The figures that come first, in large type.
HEADLINES: Mapping[str, tuple[str, ...]] = {
    "answers": ("right", "rightly_refused", "right_among_answered", "wrong"),
    "grounding": (
        "citation_recall",
        "citation_precision",
        "right_and_supported",
        "answered_answerable",
    ),
    "reader": ("f1", "em", "first_f1", "no_answer_f1"),
    "retrieval": ("first", "recall_10", "ndcg_10", "mrr_10"),
    "robustness": ("obeyed", "first_obeys", "swapped_refused"),
    "speed": ("p50_ms", "p95_ms", "p99_ms", "ratio"),
}

# What of the metrics is no figure: how many there are, and blocks with a section of their own.
COUNTS = (
    "questions cases answerable unanswerable failed without_relevant quotes "
    "sentences sentences_supported citations citations_that_count"
).split()

KINDS: Mapping[str, str] = {
    "answers": "Answers",
    "grounding": "Grounding",
    "reader": "The reader alone",
    "retrieval": "Searches",
    "robustness": "Robustness",
    "speed": "Speed",
}


def wording(name: str) -> Wording:
    return FIGURES.get(name) or Wording(name, "")
