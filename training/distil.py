"""What a reader learns from another: to be as sure as that one is of each place and passage.

After Hinton et al., "Distilling the Knowledge in a Neural Network" (2015). What to learn is
`training.taught`'s. The distributions are those of `training.losses`: start and end over a passage
and its [CLS], start and end over all passages of a group, whether a passage answers, and which of a
group does.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from training.batches import BLOCKED, Batch
from training.losses import group_logsumexp, group_sum
from training.model import Logits


class Soft(NamedTuple):
    """Logarithms of probabilities, of B sequences of T tokens."""

    own: Tensor  # (2, B, T) start and end over the passage's tokens and its own [CLS]
    shared: Tensor  # (2, B, T) over the passage tokens of all of the group
    answers: Tensor  # (B,) that the passage answers
    chosen: Tensor  # (B,) that it is the one of its group which answers
    none: Tensor  # (B,) that none of its group answers


def soft(logits: Logits, batch: Batch) -> Soft:
    """What logits say, as distributions."""
    group, passage = batch["group"], batch["passage"]
    count = len(group)
    cls = torch.zeros_like(passage)
    cls[:, 0] = True
    ends = torch.stack([logits.start.float(), logits.end.float()])  # (2, B, T)
    own = ends.masked_fill(~(passage | cls), BLOCKED)
    shared = ends.masked_fill(~passage, BLOCKED)
    norms = torch.stack([group_logsumexp(s.logsumexp(1), group, count)[group] for s in shared])
    answerable = logits.answerable.float()
    of_group = softplus(group_logsumexp(answerable, group, count))[group]  # "none" has the logit 0
    return Soft(
        own.log_softmax(2),
        shared - norms[:, :, None],
        logsigmoid(answerable),
        answerable - of_group,
        -of_group,
    )


def soft_loss(logits: Logits, batch: Batch, taught: Soft) -> dict[str, Tensor]:
    """Cross-entropies with what was taught, weighed as `training.losses` weighs its own.

    The spans of a group whose question has none teach nothing; every sequence weighs the same.
    """
    said = soft(logits, batch)
    group = batch["group"]
    count = len(group)
    sizes = group_sum(torch.ones_like(said.answers), group, count)[group]  # (B,)
    asked = group_sum((batch["is_gold"] & ~batch["marked"]).float(), group, count)[group] > 0

    def cross(ours: Tensor, theirs: Tensor) -> Tensor:
        """(2, B, T) -> (B,): the mean of start and end."""
        return -(theirs.exp() * ours).sum(2).mean(0)

    # A row's part of its group's loss, times the passages that weigh with it.
    shared = (cross(said.shared, taught.shared) * sizes * asked).sum() / asked.sum().clamp(min=1)
    choice = -(taught.chosen.exp() * said.chosen + taught.none.exp() * said.none / sizes)
    together = sizes > 1
    listwise = (choice * sizes * together).sum() / together.sum().clamp(min=1)
    binary = binary_cross_entropy_with_logits(logits.answerable.float(), taught.answers.exp())
    own = cross(said.own, taught.own).mean()
    loss = shared + 0.5 * own + 0.5 * listwise + 0.5 * binary
    return {"soft": loss, "soft_own": own.detach(), "soft_shared": shared.detach()}
