"""Steps of an optimiser with checkpoints, a log and dev figures. Knows no model, data or loss.

A run that was killed goes on from its last checkpoint as if nothing had been: its batches come in
the same order, and on a CPU its dropout is drawn as it would have been.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from training.ema import Ema
from training.model import save_fp16

M = TypeVar("M", bound=nn.Module)
B = TypeVar("B")  # what a step learns from
Losses = dict[str, Tensor]  # scalars by name; `loss` is what is made less


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rate climbs over `warm_up` of the steps and falls to 0 over the rest, both in a line.

    `ema` is the decay of the mean of the weights, 0 for none. With `limit_minutes`, a run stops
    after as many with a checkpoint, unless it is done before. With `minutes`, it is done after as
    many, the rate falling with the clock where that is ahead of the steps; a checkpoint keeps what
    has gone by.
    """

    steps: int
    learning_rate: float
    warm_up: float = 0.06
    ema: float = 0.0
    log_every: int = 20
    evaluate_every: int = 500
    save_minutes: float = 3.0
    limit_minutes: float | None = None
    minutes: float | None = None

    def rate(self, step: int, minutes: float = 0.0) -> float:
        """The learning rate of a step, counted from 1, which begins after `minutes`."""
        done = self.done(step, minutes)
        warm = done / self.warm_up if self.warm_up else 1.0
        return self.learning_rate * max(0.0, min(warm, (1 - done) / (1 - self.warm_up)))

    def done(self, step: int, minutes: float) -> float:
        """The share of the run that is over, 1 or more at its end."""
        by_clock = minutes / self.minutes if self.minutes else 0.0
        return max(step / self.steps if self.steps else 1.0, by_clock)


def run(
    model: M,
    batches: Callable[[int], Iterator[B]],
    losses_of: Callable[[M, B], Losses],
    evaluate: Callable[[M], dict[str, float]] | None,
    schedule: Schedule,
    out: Path,
) -> bool:
    """Trains the model in place; whether the run is done. It has an `encoder` of transformers.

    `batches(n)` gives the batches from the one after the n-th on. Writes into `out`: `log.jsonl`;
    `checkpoint.pt`; at each evaluation `stepN` and at the end `final`, in half precision, with
    `-ema` beside each where there is one.
    """
    out.mkdir(parents=True, exist_ok=True)
    trainer = _Trainer(model, schedule, out)
    began = time.monotonic()
    done, before = trainer.resume()
    ended = schedule.done(done, before) >= 1
    with (out / "log.jsonl").open("a") as log:

        def note(**row: Any) -> None:
            print(json.dumps(row), file=log, flush=True)

        def measure(step: int) -> None:
            for name, weights in trainer.models().items():
                figures = evaluate(weights) if evaluate else {}
                note(step=step, weights=name, **figures)
                save_fp16(weights, out / (f"step{step}" if name == "raw" else f"step{step}-{name}"))

        note(schedule=asdict(schedule), from_step=done)
        if not done and evaluate:
            note(step=0, weights="raw", **evaluate(model))
        meter = _Meter()
        saved = time.monotonic()
        for step, batch in enumerate(batches(done), done + 1):
            if ended:
                break
            rate = schedule.rate(step, before + _minutes_since(began))
            meter.add(trainer.step(rate, losses_of(model, batch)))
            if step % schedule.log_every == 0:
                note(step=step, rate=rate, **meter.take())
            minutes = _minutes_since(began)
            over = minutes >= (schedule.limit_minutes or float("inf"))
            ended = schedule.done(step, before + minutes) >= 1
            if over or ended or _minutes_since(saved) >= schedule.save_minutes:
                trainer.save(step, before + minutes)
                saved = time.monotonic()
            if over and not ended:
                note(step=step, stopped_after_minutes=round(_minutes_since(began), 1))
                return False
            if step % schedule.evaluate_every == 0 and not ended:
                measure(step)
                meter.restart()
            done = step
        if not ended:
            raise ValueError(f"the batches end at step {done} of {schedule.steps}; give more")
        measure(done)
        for name, weights in trainer.models().items():
            save_fp16(weights, out / ("final" if name == "raw" else f"final-{name}"))
    return True


class _Trainer(Generic[M]):
    """Optimiser, running mean and checkpoint of one run."""

    def __init__(self, model: M, schedule: Schedule, out: Path) -> None:
        self._model, self._schedule = model, schedule
        self._optimiser = torch.optim.AdamW(
            [p for p in model.parameters() if p.requires_grad],
            lr=schedule.learning_rate,
            weight_decay=0.01,
            fused=True,
        )
        self._ema = Ema(model, schedule.ema) if schedule.ema else None
        self._file = out / "checkpoint.pt"

    def models(self) -> dict[str, M]:
        return {"raw": self._model} | ({"ema": self._ema.model} if self._ema else {})

    def step(self, rate: float, losses: Losses) -> Losses:
        for part in self._optimiser.param_groups:
            part["lr"] = rate
        self._model.train()
        self._optimiser.zero_grad()
        losses["loss"].backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimiser.step()
        if self._ema:
            self._ema.update(self._model)
        return losses

    def save(self, step: int, minutes: float) -> None:
        state = {
            "step": step,
            "minutes": minutes,
            "model": self._model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "ema": self._ema.state_dict() if self._ema else None,
            "chance": torch.get_rng_state(),
        }
        # A kill in the middle must leave the one before whole.
        part = self._file.with_suffix(".part")
        torch.save(state, part)
        part.replace(self._file)

    def resume(self) -> tuple[int, float]:
        """How many steps the checkpoint has behind it, and minutes; 0 without one."""
        if not self._file.exists():
            return 0, 0.0
        state = torch.load(self._file, map_location=next(self._model.parameters()).device)
        self._model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        if self._ema:
            self._ema.load_state_dict(state["ema"])
        torch.set_rng_state(state["chance"].cpu())
        return int(state["step"]), float(state["minutes"])


class _Meter:
    """Means of the losses and seconds a step since it was last taken."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._sums: dict[str, Tensor | float] = {}
        self._count, self._began = 0, time.monotonic()

    def add(self, losses: Losses) -> None:
        self._count += 1
        for name, value in losses.items():
            # As a number, each step would wait for what a GPU has still to do.
            self._sums[name] = self._sums.get(name, 0.0) + value.detach()

    def take(self) -> dict[str, float]:
        row = {name: round(float(total) / self._count, 4) for name, total in self._sums.items()}
        row["seconds_per_step"] = round((time.monotonic() - self._began) / self._count, 3)
        self.restart()
        return row


def _minutes_since(moment: float) -> float:
    return (time.monotonic() - moment) / 60
