"""A trained reader -> one with fewer feed-forward neurons, to train on from.

    .venv/bin/python -m training.narrow --groups FILE --neurons 1280 --out OUT

A passage costs what the matrices cost. In each layer the neuron leaves without which the layer's
output changes least over the passages in FILE (`training.mine_groups`), where the neurons that stay
make good for it; then the next: after Hassibi and Stork, "Second order derivatives for network
pruning: Optimal Brain Surgeon" (1993), for the squared error of one layer. Each layer is fitted to
what the reader had before it as it was; what is still lost is for training to make good.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from training.model import Reader, load_fp16, save_fp16
from training.watched import TokenIds, passages_of

DAMPING = 1e-3  # of the mean square of the neurons, added to each: what was seen is not all


def narrow(reader: Reader, neurons: int, sequences: Sequence[TokenIds]) -> None:
    """Changes `reader`, of BERT's kind, in place, by one sequence or more of real text.

    Raises ValueError when a layer has fewer than `neurons`, or none would be left.
    """
    layers = list(reader.encoder.encoder.layer)
    squares = _squares(reader, [layer.intermediate for layer in layers], sequences)
    for layer, seen in zip(layers, squares, strict=True):
        first, second = layer.intermediate.dense, layer.output.dense
        outgoing = torch.cat([second.weight, second.bias[:, None]], dim=1).double()  # (W, N + 1)
        kept, outgoing = _fewer(outgoing.detach(), seen, neurons)
        layer.intermediate.dense = _linear(first.weight[kept], first.bias[kept])
        layer.output.dense = _linear(outgoing[:, :-1].float(), outgoing[:, -1].float())
    reader.encoder.config.intermediate_size = neurons


def _fewer(outgoing: Tensor, squares: Tensor, neurons: int) -> tuple[Tensor, Tensor]:
    """(W, N + 1), (N + 1, N + 1) -> the neurons that stay, and their (W, neurons + 1).

    The last column is the bias, a neuron that is always 1 and never leaves.
    """
    count = len(squares) - 1
    if not 1 <= neurons <= count:
        raise ValueError(f"a layer has {count} neurons; keep from 1 to {count}")
    damped = squares + torch.eye(count + 1, dtype=squares.dtype) * DAMPING * squares.diag().mean()
    inverse, outgoing = torch.linalg.inv(damped), outgoing.clone()
    stays = torch.ones(count, dtype=torch.bool)
    for _ in range(count - neurons):
        # What the output's squared error grows by when a neuron leaves and the others adapt.
        lost = outgoing[:, :-1].square().sum(0) / inverse.diag()[:-1]
        leaving = int(torch.where(stays, lost, torch.inf).argmin())
        stays[leaving] = False
        share = inverse[leaving] / inverse[leaving, leaving]
        outgoing -= torch.outer(outgoing[:, leaving], share)
        inverse -= torch.outer(inverse[:, leaving].clone(), share)
    kept = stays.nonzero().squeeze(1)
    return kept, outgoing[:, [*kept.tolist(), count]]


def _squares(
    reader: Reader, modules: Sequence[nn.Module], sequences: Sequence[TokenIds]
) -> list[Tensor]:
    """X.T @ X of each module's outputs over all tokens, with a column of ones: (N + 1, N + 1)."""
    sums: dict[nn.Module, Tensor] = {}

    def add_up(module: nn.Module, _: object, output: Tensor) -> None:
        rows = output.flatten(0, -2).double()
        rows = torch.cat([rows, torch.ones(len(rows), 1, dtype=rows.dtype)], dim=1)
        sums[module] = sums.get(module, 0) + rows.T @ rows

    reader.eval()
    hooks = [module.register_forward_hook(add_up) for module in modules]
    try:
        with torch.no_grad():
            for ids, types in sequences:
                given = torch.tensor([ids])
                reader(given, torch.tensor([types]), torch.ones_like(given))
    finally:
        for hook in hooks:
            hook.remove()
    return [sums[module] for module in modules]


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight.detach().clone(), bias.detach().clone()
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("training/checkpoints/groups"))
    parser.add_argument("--groups", type=Path, required=True, help="passages to look at")
    parser.add_argument("--neurons", type=int, required=True, help="of each layer, to keep")
    parser.add_argument("--seen", type=int, default=600, help="passages; 600 unless told")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    reader = load_fp16(given.checkpoint).eval()
    narrow(reader, given.neurons, passages_of(given.groups, given.seen))
    save_fp16(reader, given.out)


if __name__ == "__main__":
    main()
