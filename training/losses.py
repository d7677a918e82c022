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
    member = group[None, :] == torch.arange(count)[:, None]  # (count, B)
    return values[None, :].masked_fill(~member, BLOCKED).logsumexp(1)


def marginal(
    logits: Tensor, allowed: Tensor, gold: Tensor, group: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """-log of the gold tokens' share of each group's softmax, (count,), and which groups have one.

    All of `logits`, `allowed` and `gold` are (B, T); the softmax is over the `allowed` tokens of a
    group. A group without gold has the loss 0.
    """
    of_all = group_logsumexp(logits.masked_fill(~allowed, BLOCKED).logsumexp(1), group, count)
    of_gold = group_logsumexp(logits.masked_fill(~gold, BLOCKED).logsumexp(1), group, count)
    has_gold = torch.zeros(count).index_add(0, group, gold.any(1).float()) > 0
    return (of_all - of_gold).masked_fill(~has_gold, 0.0), has_gold


def listwise(answerable: Tensor, gold: Tensor, group: Tensor, count: int) -> Tensor:
    """(count,): cross-entropy over a group's passages and "none of them", whose logit is 0.

    `gold` is (B,) bool. With it, a group without gold teaches too, and the logit keeps its zero.
    """
    none = torch.logaddexp(group_logsumexp(answerable, group, count), torch.zeros(count))
    has_gold = torch.zeros(count).index_add(0, group, gold.float()) > 0
    of_gold = group_logsumexp(answerable.masked_fill(~gold, BLOCKED), group, count)
    return none - of_gold.masked_fill(~has_gold, 0.0)


def sentence_scores(evidence: Tensor, sentence: Tensor) -> Tensor:
    """(B, T) token logits -> (B, S): the mean over each sentence's tokens, BLOCKED where none is.

    `sentence` is (B, T): the number of the sentence that a token is of, from 0, and -1 for none.
    """
    most = max(1, int(sentence.max()) + 1)
    member = (sentence[:, None, :] == torch.arange(most)[None, :, None]).float()  # (B, S, T)
    sizes = member.sum(2)
    means = (member @ evidence[:, :, None]).squeeze(2) / sizes.clamp(min=1)
    return means.masked_fill(sizes == 0, BLOCKED)


def evidence_loss(batch: Batch, evidence: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """(count,): cross-entropy over all sentences of a group to its gold ones, equal shares.

    And which groups have a gold sentence; the others' loss is 0.
    """
    group, gold = batch["group"], batch["gold_sentences"]  # (B,), (B, T) bool
    scores = sentence_scores(evidence, batch["sentence"])  # (B, S)
    right = sentence_scores(gold.float(), batch["sentence"]) == 1  # (B, S)
    norm = group_logsumexp(scores.logsumexp(1), group, count)[group]  # (B,)
    losses = ((norm[:, None] - scores) * right).sum(1)
    sums = torch.zeros(count).index_add(0, group, losses)
    sizes = torch.zeros(count).index_add(0, group, right.sum(1).float())
    return sums / sizes.clamp(min=1), sizes > 0


def group_loss(logits: Logits, batch: Batch, weights: Weights) -> dict[str, Tensor]:
    """Scalars: `loss`, and the parts that it is the weighted sum of.

    `batch` has, beside `passage` (B, T) and `group` (B,): `starts`, `ends` (B, T) bool, the gold
    places; `sentence` and `gold_sentences` (B, T); `is_gold` (B,) bool, and `marked` (B,) bool for
    a gold passage whose span is not known, which teaches none.
    """
    start, end, answerable, evidence = (t.float() for t in logits)
    group, passage = batch["group"], batch["passage"]
    count = int(group.max()) + 1
    sizes = torch.zeros(count).index_add(0, group, torch.ones(len(group)))  # (G,) passages

    def mean(losses: Tensor, which: Tensor) -> Tensor:
        """Over the passages of the questions that have this loss."""
        weight = sizes * which
        return (losses * weight).sum() / weight.sum().clamp(min=1)

    cls = torch.zeros_like(passage)
    cls[:, 0] = True
    answered = batch["is_gold"] & ~batch["marked"]
    asked_span = torch.zeros(count).index_add(0, group, answered.float()) > 0
    asked_marked = torch.zeros(count).index_add(0, group, batch["marked"].float()) > 0
    shared_null = weights.null == "shared"
    every = torch.ones(count, dtype=torch.bool)
    # A question without a span points at [CLS], if that is in the softmax.
    at_null = (cls & ~(asked_span | asked_marked)[group, None]) if shared_null else None
    allowed = passage | cls if shared_null else passage
    span = torch.zeros(())
    for scores, gold in ((start, batch["starts"]), (end, batch["ends"])):
        target = gold | at_null if at_null is not None else gold
        losses, which = marginal(scores, allowed, target, group, count)
        span = span + mean(losses, which) / 2
    parts = {
        "span": span,
        "listwise": mean(listwise(answerable, batch["is_gold"], group, count), every & (sizes > 1)),
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
    alone = torch.arange(len(passage))
    nothing = cls & ~batch["is_gold"][:, None]
    total = torch.zeros(())
    for scores, gold in ((start, batch["starts"]), (end, batch["ends"])):
        losses, _ = marginal(scores, passage | cls, gold | nothing, alone, len(alone))
        total = total + losses.sum() / (~marked).sum().clamp(min=1) / 2
    return total
