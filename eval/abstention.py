"""What refusing buys: what is answered, and how well, when only the confident answers are given.

Pure, over one number a question. `confidence` (N,) is finite and need not be a probability;
`right` (N,) is bool; N is 1 or more, or InvalidInput is raised. No result depends on the order of
the rows: questions of one confidence are answered together or not at all.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from eval.answers import FAILED, REFUSED, RIGHT, WRONG
from eval.arrays import Numbers, numbers, same_length, truths
from index.errors import InvalidInput

_CREDIT = {RIGHT: 1, REFUSED: 0, FAILED: 0, WRONG: -1}
_TIE = 1e-12  # of all that was added: what rounding may do


def risk_coverage(confidence: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Numbers, Numbers]:
    """(M,) coverage and (M,) risk, one step for each different confidence, the highest first.

    Coverage is the share of questions that are answered, up to 1; risk (selective risk; Geifman
    and El-Yaniv 2017) the share of wrong ones among these.
    """
    steps = _steps(confidence, right)
    return steps.answered / steps.answered[-1], steps.wrong / steps.answered


def aurc(confidence: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """The area under the risk-coverage curve, in [0, 1]: the mean risk at coverages 1/N ... N/N.

    (Geifman, Uziel and El-Yaniv 2019.) Within a group of g equal confidences with v wrong answers,
    after k answers with w wrong, the risk is the expected one over all orders of the group:
    (w + j v/g) / (k + j) for the j-th, j = 1 ... g.
    """
    steps = _steps(confidence, right)
    answered = np.arange(1, steps.answered[-1] + 1)
    wrong = np.interp(answered, [0, *steps.answered], [0, *steps.wrong])
    return float(np.mean(wrong / answered))


def coverage_at(accuracy: float, confidence: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """The largest coverage at which at least `accuracy` of the answers are right; 0.0 if none."""
    steps = _steps(confidence, right)
    kept = steps.answered[(steps.answered - steps.wrong) / steps.answered >= accuracy]
    return float(kept[-1] / steps.answered[-1]) if len(kept) else 0.0


def auroc(confidence: npt.ArrayLike, right: npt.ArrayLike) -> float | None:
    """How often a right answer is more confident than a wrong one, equal ones counting half.

    The area under the ROC curve (Hanley and McNeil 1982), in [0, 1]; None when all answers are
    right, or all wrong.
    """
    steps = _steps(confidence, right)
    wrong = np.diff(steps.wrong, prepend=0)
    rights = np.diff(steps.answered - steps.wrong, prepend=0)
    pairs = int(rights.sum()) * int(wrong.sum())
    if pairs == 0:
        return None
    below = steps.wrong[-1] - steps.wrong
    return float((rights * (2 * below + wrong)).sum() / (2 * pairs))


def best_threshold(
    confidence: npt.ArrayLike, score_if_answered: npt.ArrayLike, score_if_refused: npt.ArrayLike
) -> tuple[float, float | None]:
    """(the best mean score, its threshold): a question is answered iff confidence >= threshold.

    The threshold is one of the confidences, or None to refuse all. Among equally good ones it is
    the one with the fewest answers, as in the official script of SQuAD 2.0 (`best_f1`; Rajpurkar,
    Jia and Liang 2018), with 1 - confidence as its no-answer probability. That script differs
    where confidences are equal: it goes through them one by one, in the order of the file, and may
    report a score between two of them that no threshold gives.
    """
    values = _some("confidence", confidence)
    answered = numbers("score_if_answered", score_if_answered)
    refused = numbers("score_if_refused", score_if_refused)
    same_length(
        confidence=len(values), score_if_answered=len(answered), score_if_refused=len(refused)
    )
    distinct, group = np.unique(-values, return_inverse=True)
    gains = np.cumsum([0.0, *np.bincount(group, weights=answered - refused)])
    tie = _TIE * float(np.abs(answered).sum() + np.abs(refused).sum())
    fewest = int(np.flatnonzero(gains >= gains.max() - tie)[0])
    threshold = float(-distinct[fewest - 1]) if fewest else None
    given = np.where(group < fewest, answered, refused)
    return math.fsum(given) / len(given), threshold


def crag(verdicts: Iterable[str]) -> float:
    """The mean of 1 for right, 0 for refused and -1 for wrong (CRAG; Yang et al. 2024), in [-1, 1].

    A question that failed is 0 too: there, a system error is a missing answer, not a wrong one.
    """
    credits = []
    for verdict in verdicts:
        if verdict not in _CREDIT:
            raise InvalidInput(f"verdicts: {verdict!r} is none; give {', '.join(_CREDIT)}")
        credits.append(_CREDIT[verdict])
    if not credits:
        raise InvalidInput("verdicts: are none; give one or more")
    return sum(credits) / len(credits)


class _Steps(NamedTuple):
    """(M,) int64 each: how many are answered, and how many of them wrongly, step by step."""

    answered: npt.NDArray[np.int64]
    wrong: npt.NDArray[np.int64]


def _steps(confidence: npt.ArrayLike, right: npt.ArrayLike) -> _Steps:
    values, is_right = _some("confidence", confidence), truths("right", right)
    same_length(confidence=len(values), right=len(is_right))
    distinct, group = np.unique(-values, return_inverse=True)
    wrong = np.bincount(group[~is_right], minlength=len(distinct))
    return _Steps(np.cumsum(np.bincount(group)), np.cumsum(wrong))


def _some(name: str, values: npt.ArrayLike) -> Numbers:
    array = numbers(name, values)
    if not len(array):
        raise InvalidInput(f"{name}: holds no question; give one or more")
    return array
