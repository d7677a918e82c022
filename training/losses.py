"""What a reader that sees the passages of one question side by side is trained to do.

Every tensor is of B sequences; `group` (B,) says which question each belongs to, 0 to G - 1. A
single is a group of one. Every sequence weighs the same: a question weighs as its passages do.

Span: after Clark and Gardner, "Simple and Effective Multi-Paragraph Reading Comprehension" (2018),
shared normalisation: start and end have each one softmax over the passage tokens of the whole
group, and their loss is the marginal over all gold places. Only groups with a gold span have one.

[CLS]: their no-answer option puts a null into the softmax. Here it is a flag. With "own", the
shared softmax leaves [CLS] out, and every passage has beside it the loss that the first reader was
trained with: one softmax over its own tokens and its own [CLS], whose target is its gold span, or
[CLS] where it has none. So the null is one zero for all passages, and the margin over it, which
serving ranks and refuses by, means the same in each. With "shared", the [CLS] of every passage is
in the group's softmax, and is the target where no passage answers: then nothing trains the margin
of a passage that stands beside a gold one.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from training.batches import BLOCKED, Batch
from training.model import Logits


@dataclass(frozen=True, slots=True)
class Weights:
    """`null` is "own" or "shared"; `own_null` weighs the loss that "own" adds."""

    null: str = "own"
    own_null: float = 0.5
    listwise: float = 0.5
    binary: float = 0.5
    evidence: float = 0.2


def group_logsumexp(values: Tensor, group: Tensor, count: int) -> Tensor:
    """(B,) -> (count,): log of the summed exponentials of each group's members."""
    member = group[None, :] == torch.arange(count, device=group.device)[:, None]  # (count, B)
    return values[None, :].masked_fill(~member, BLOCKED).logsumexp(1)


def group_sum(values: Tensor, group: Tensor, count: int) -> Tensor:
    """(B,) -> (count,): the sum of each group's members, 0 for a group of none."""
    return torch.zeros(count, device=values.device).index_add(0, group, values)


def marginal(
    logits: Tensor, allowed: Tensor, gold: Tensor, group: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """-log of the gold tokens' share of each group's softmax, (count,), and which groups have one.

    All of `logits`, `allowed` and `gold` are (B, T); the softmax is over the `allowed` tokens of a
    group. A group without gold has the loss 0.
    """
    of_all = group_logsumexp(logits.masked_fill(~allowed, BLOCKED).logsumexp(1), group, count)
    of_gold = group_logsumexp(logits.masked_fill(~gold, BLOCKED).logsumexp(1), group, count)
    has_gold = group_sum(gold.any(1).float(), group, count) > 0
    return (of_all - of_gold).masked_fill(~has_gold, 0.0), has_gold


def listwise(answerable: Tensor, gold: Tensor, group: Tensor, count: int) -> Tensor:
    """(count,): cross-entropy over a group's passages and "none of them", whose logit is 0.

    `gold` is (B,) bool. With it, a group without gold teaches too, and the logit keeps its zero.
    """
    none = torch.nn.functional.softplus(group_logsumexp(answerable, group, count))
    has_gold = group_sum(gold.float(), group, count) > 0
    of_gold = group_logsumexp(answerable.masked_fill(~gold, BLOCKED), group, count)
    return none - of_gold.masked_fill(~has_gold, 0.0)


def sentence_scores(evidence: Tensor, sentence: Tensor) -> Tensor:
    """(B, T) token logits -> (B, T): the mean over each sentence's tokens, BLOCKED where none is.

    `sentence` is (B, T): the number of the sentence that a token is of, from 0, and -1 for none; a
    passage has no more sentences than tokens, and so they have their place without being counted,
    which a GPU would have to be waited for.
    """
    known = sentence >= 0
    place = sentence.clamp(min=0)
    sums = torch.zeros_like(evidence).scatter_add(1, place, evidence * known)
    sizes = torch.zeros_like(evidence).scatter_add(1, place, known.float())
    return (sums / sizes.clamp(min=1)).masked_fill(sizes == 0, BLOCKED)


def evidence_loss(batch: Batch, evidence: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """(count,): cross-entropy over all sentences of a group to its gold ones, equal shares.

    And which groups have a gold sentence; the others' loss is 0.
    """
    group, gold = batch["group"], batch["gold_sentences"]  # (B,), (B, T) bool
    scores = sentence_scores(evidence, batch["sentence"])  # (B, T), of sentences
    right = sentence_scores(gold.float(), batch["sentence"]) == 1  # likewise
    norm = group_logsumexp(scores.logsumexp(1), group, count)[group]  # (B,)
    losses = ((norm[:, None] - scores) * right).sum(1)
    sums = group_sum(losses, group, count)
    sizes = group_sum(right.sum(1).float(), group, count)
    return sums / sizes.clamp(min=1), sizes > 0


def group_loss(logits: Logits, batch: Batch, weights: Weights) -> dict[str, Tensor]:
    """Scalars: `loss`, and the parts that it is the weighted sum of.

    `batch` has, beside `passage` (B, T) and `group` (B,): `starts`, `ends` (B, T) bool, the gold
    places; `sentence` and `gold_sentences` (B, T); `is_gold` (B,) bool, and `marked` (B,) bool for
    a gold passage whose span is not known, which teaches none.
    """
    start, end, answerable, evidence = (t.float() for t in logits)
    group, passage = batch["group"], batch["passage"]
    count = len(group)  # at most; a group without passages weighs nothing
    sizes = group_sum(torch.ones_like(answerable), group, count)  # (G,) passages

    def mean(losses: Tensor, which: Tensor) -> Tensor:
        """Over the passages of the questions that have this loss."""
        weight = sizes * which
        return (losses * weight).sum() / weight.sum().clamp(min=1)

    cls = torch.zeros_like(passage)
    cls[:, 0] = True
    answered = batch["is_gold"] & ~batch["marked"]
    asked_span = group_sum(answered.float(), group, count) > 0
    asked_marked = group_sum(batch["marked"].float(), group, count) > 0
    shared_null = weights.null == "shared"
    # A question without a span points at [CLS], if that is in the softmax.
    at_null = (cls & ~(asked_span | asked_marked)[group, None]) if shared_null else None
    allowed = passage | cls if shared_null else passage
    span = torch.zeros((), device=group.device)
    for scores, gold in ((start, batch["starts"]), (end, batch["ends"])):
        target = gold | at_null if at_null is not None else gold
        losses, which = marginal(scores, allowed, target, group, count)
        span = span + mean(losses, which) / 2
    parts = {
        "span": span,
        "listwise": mean(listwise(answerable, batch["is_gold"], group, count), sizes > 1),
        "binary": binary_cross_entropy_with_logits(answerable, batch["is_gold"].float()),
        "evidence": mean(*evidence_loss(batch, evidence, count)),
    }
    loss = span + weights.listwise * parts["listwise"] + weights.binary * parts["binary"]
    loss = loss + weights.evidence * parts["evidence"]
    if not shared_null:
        parts["own_null"] = own_null(start, end, batch)
        loss = loss + weights.own_null * parts["own_null"]
    return {"loss": loss, **parts}


def own_null(start: Tensor, end: Tensor, batch: Batch) -> Tensor:
    """The first reader's loss, of each passage alone: its span against its own [CLS]."""
    passage, marked = batch["passage"], batch["marked"]
    cls = torch.zeros_like(passage)
    cls[:, 0] = True
    alone = torch.arange(len(passage), device=passage.device)
    nothing = cls & ~batch["is_gold"][:, None]
    total = torch.zeros((), device=passage.device)
    for scores, gold in ((start, batch["starts"]), (end, batch["ends"])):
        losses, _ = marginal(scores, passage | cls, gold | nothing, alone, len(alone))
        total = total + losses.sum() / (~marked).sum().clamp(min=1) / 2
    return total
