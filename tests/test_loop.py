"""Training steps: a run that stops and goes on is the run that never stopped; the running mean."""

import json
import multiprocessing
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from index.errors import InvalidInput, ModelUnusable
from tests.tiny_bert import tiny_config
from training.average import average
from training.batches import Batch
from training.ema import Ema
from training.loop import Losses, Schedule, run
from training.model import Reader, load_fp16, save_fp16, set_dropout

STEPS = 6


def tiny(dropout: float = 0.0) -> Reader:
    torch.manual_seed(1)
    reader = Reader(tiny_config(50, max_position_embeddings=32))
    set_dropout(reader, dropout)
    return reader


def batches(done: int) -> Iterator[Batch]:
    def all_of_them() -> Iterator[Batch]:
        noise = torch.Generator().manual_seed(2)
        while True:
            ids = torch.randint(1, 50, (4, 8), generator=noise)
            yield {"ids": ids, "target": torch.randint(0, 8, (4,), generator=noise)}

    return islice(all_of_them(), done, None)


def losses_of(reader: Reader, batch: Batch) -> Losses:
    ids = batch["ids"]
    start, _, answerable, evidence = reader(ids, torch.zeros_like(ids), torch.ones_like(ids))
    loss = torch.nn.functional.cross_entropy(start, batch["target"])
    return {"loss": loss + answerable.square().mean() + (evidence - 1).square().mean()}


def figures_of(reader: Reader) -> dict[str, float]:
    return {"bias": round(float(reader.span.bias[0].detach()), 6)}


def train(out: Path, dropout: float = 0.0, **changes: float) -> bool:
    given = {"ema": 0.9, "log_every": 2, "evaluate_every": 4, **changes}
    schedule = Schedule(STEPS, 1e-2, **given)  # type: ignore[arg-type]
    return run(tiny(dropout), batches, losses_of, figures_of, schedule, out)


def slow(out: Path) -> None:
    def losses_after_a_while(reader: Reader, batch: Batch) -> Losses:
        time.sleep(0.2)
        return losses_of(reader, batch)

    schedule = Schedule(STEPS, 1e-2, ema=0.9, log_every=1, save_minutes=0)
    run(tiny(), batches, losses_after_a_while, None, schedule, out)


def assert_same(one: Path, other: Path) -> None:
    for name in ("final", "final-ema"):
        ours, theirs = (load_file(f / name / "model.safetensors") for f in (one, other))
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours), name


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_stopped_after_every_step_it_ends_where_it_would_have(tmp_path: Path) -> None:
    assert train(tmp_path / "straight") is True
    finished = [train(tmp_path / "stopped", limit_minutes=1e-9) for _ in range(STEPS)]
    assert finished == [False] * (STEPS - 1) + [True]
    assert_same(tmp_path / "straight", tmp_path / "stopped")
    assert [r["from_step"] for r in rows(tmp_path / "stopped") if "from_step" in r] == [
        *range(STEPS)
    ]


def test_what_is_dropped_does_not_depend_on_stops(tmp_path: Path) -> None:
    train(tmp_path / "nothing dropped")
    train(tmp_path / "straight", dropout=0.3)
    for _ in range(STEPS):
        train(tmp_path / "stopped", dropout=0.3, limit_minutes=1e-9)
    assert_same(tmp_path / "straight", tmp_path / "stopped")
    with pytest.raises(AssertionError):
        assert_same(tmp_path / "straight", tmp_path / "nothing dropped")


def test_killed_it_goes_on(tmp_path: Path) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    train(straight)
    process = multiprocessing.get_context("spawn").Process(target=slow, args=(killed,))
    process.start()
    deadline = time.monotonic() + 120
    while not (killed / "checkpoint.pt").exists() or sum("loss" in r for r in rows(killed)) < 3:
        assert process.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.join()
    assert not (killed / "final").exists()
    assert train(killed) is True
    assert max(r.get("from_step", 0) for r in rows(killed)) >= 2
    assert_same(straight, killed)


def test_the_log_has_losses_and_figures_of_both_weights(tmp_path: Path) -> None:
    train(tmp_path)
    log = rows(tmp_path)
    assert [r["step"] for r in log if "loss" in r] == [2, 4, 6]
    measured = [(r["step"], r["weights"]) for r in log if "bias" in r]
    assert measured == [(0, "raw"), (4, "raw"), (4, "ema"), (6, "raw"), (6, "ema")]
    first, *_, raw, ema = (r["bias"] for r in log if "bias" in r)
    assert len({first, raw, ema}) == 3
    half = load_fp16(tmp_path / "final-ema")
    assert half.span.bias[0].item() == pytest.approx(ema, rel=2e-3)
    assert (tmp_path / "step4-ema" / "config.json").exists()


def test_too_few_batches_are_an_error(tmp_path: Path) -> None:
    schedule = Schedule(STEPS, 1e-2)
    with pytest.raises(ValueError, match="end at step 2 of 6"):
        run(tiny(), lambda _: islice(batches(0), 2), losses_of, None, schedule, tmp_path)


def test_the_rate_climbs_and_falls_in_lines() -> None:
    schedule = Schedule(100, 0.5, warm_up=0.2)
    assert [schedule.rate(s) for s in (10, 20, 60, 100)] == pytest.approx([0.25, 0.5, 0.25, 0])


def test_the_rate_falls_with_the_clock_where_that_is_ahead() -> None:
    schedule = Schedule(100, 0.5, warm_up=0.2, minutes=10)
    assert schedule.rate(10, 6) == pytest.approx(0.25)  # as at step 60
    assert schedule.rate(60, 1) == pytest.approx(0.25)
    assert [schedule.done(step, m) for step, m in ((50, 2), (1, 10), (100, 0))] == [0.5, 1, 1]
    assert Schedule(100, 0.5, warm_up=0, minutes=10).rate(1, 5) == pytest.approx(0.25)


def test_a_run_of_minutes_ends_by_the_clock_and_is_done_when_it_is_run_again(
    tmp_path: Path,
) -> None:
    assert train(tmp_path, minutes=1e-9) is True
    assert (tmp_path / "final" / "model.safetensors").exists()
    assert train(tmp_path, minutes=1e-9) is True
    assert torch.load(tmp_path / "checkpoint.pt")["step"] == 1
    assert [r["from_step"] for r in rows(tmp_path) if "from_step" in r] == [0, 1]


def test_the_clock_goes_on_where_a_run_was_stopped(tmp_path: Path) -> None:
    assert train(tmp_path, minutes=1e6, limit_minutes=1e-9) is False
    state = torch.load(tmp_path / "checkpoint.pt")
    assert state["minutes"] > 0
    torch.save(state | {"minutes": 1e6}, tmp_path / "checkpoint.pt")
    assert train(tmp_path, minutes=1e6) is True
    assert torch.load(tmp_path / "checkpoint.pt")["step"] == 1
    assert [r["from_step"] for r in rows(tmp_path) if "from_step" in r] == [0, 1]


def test_the_running_mean_by_hand() -> None:
    weights = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(weights.weight, 8.0)
    ema = Ema(weights, decay=0.25)
    for value in (19.0, 4.0, 0.0):
        torch.nn.init.constant_(weights.weight, value)
        ema.update(weights)
    # d is 2/11, then 3/12 and 4/13, which are not below 1/4: 8 -> 17 -> 7.25 -> 1.8125.
    assert ema.model.weight.item() == pytest.approx(1.8125)
    assert not ema.model.weight.requires_grad
    again = Ema(weights, decay=0.25)
    again.load_state_dict(ema.state_dict())
    assert (again.updates, again.model.weight.item()) == (3, pytest.approx(1.8125))


def test_a_checkpoint_without_evidence_gets_a_head_that_says_nothing(tmp_path: Path) -> None:
    reader = tiny()
    del reader.evidence
    save_fp16(reader, tmp_path)
    ids = torch.arange(8)[None]
    said = load_fp16(tmp_path)(ids, torch.zeros_like(ids), torch.ones_like(ids)).evidence
    assert said.tolist() == [[0.0] * 8]
    del reader.span
    save_fp16(reader, tmp_path)
    with pytest.raises(ModelUnusable, match=r"missing: \['span.weight', 'span.bias'\]"):
        load_fp16(tmp_path)
    with pytest.raises(ModelUnusable, match=r"final: no config.json, so no model"):
        load_fp16(tmp_path / "final")


def test_the_mean_of_readers_weighs_each_of_their_weights() -> None:
    readers = [tiny(), tiny(), tiny()]
    for reader, value in zip(readers, (1.0, 2.0, 6.0), strict=True):
        for weight in reader.parameters():
            torch.nn.init.constant_(weight, value)
    mean = average(list(zip(readers, (1.0, 2.0, 2.0), strict=True)))
    assert all(torch.allclose(w, torch.tensor(17 / 5)) for w in mean.parameters())
    assert torch.equal(readers[2].span.bias, torch.tensor([6.0, 6.0]))  # the others stay


def test_readers_of_no_weight_have_no_mean() -> None:
    with pytest.raises(InvalidInput, match="one above it"):
        average([(tiny(), 0.0)])
    with pytest.raises(InvalidInput, match="none below 0"):
        average([(tiny(), 2.0), (tiny(), -1.0)])
