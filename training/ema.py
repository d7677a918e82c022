"""A running mean of the weights, which a long run ends nearer to its optimum with."""

import copy
from typing import Any

import torch
from torch import nn


class Ema:
    """`model` has the mean: after the update t = 1, 2, ... it is d model + (1 - d) weights.

    d is `decay`, and (1 + t) / (10 + t) while that is less, so that a head which begins at nothing
    is not held there.
    """

    def __init__(self, weights: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(weights).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    def update(self, weights: nn.Module) -> None:
        self.updates += 1
        kept = min(self.decay, (1 + self.updates) / (10 + self.updates))
        means = list(self.model.parameters())
        torch._foreach_lerp_(means, [p.detach() for p in weights.parameters()], 1 - kept)

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.updates = state["updates"]
