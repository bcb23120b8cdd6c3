"""The chapter on learning an energy, with its settings, from five seeds on one core.

And the same training written in plain torch, without a check: what the steps must cost.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import torch
from torch import Tensor

import ebm_snippets as ebm

from .measuring import show_seconds, table

SECONDS = 10.0
DIVERGENCE = 0.01
RATIO = 1.15
AGREEMENT = 1e-7


@dataclass(frozen=True)
class Trained:
    """What one seed came to.

    Attributes:
        seconds: of training alone, by the clock.
        busy: seconds of them in which it had the core; the others used it meanwhile.
        divergence: of the truth from the model, in nats.
        loss: the negative log-likelihood of the training data at the end.
        fresh: the same of data that training never saw.
        best: that of the truth on the fresh data.
    """

    seconds: float
    busy: float
    divergence: float
    loss: float
    fresh: float
    best: float

    @property
    def within(self) -> bool:
        """Whether both targets are met."""
        return self.seconds < SECONDS and self.divergence < DIVERGENCE


def train(seed: int, num_steps: int = 600) -> Trained:
    """Train as chapter neural_energy does, in float64."""
    generator = torch.Generator().manual_seed(seed)
    network = ebm.EnergyNetwork(hidden=64, generator=generator, dtype=torch.float64)
    data = ebm.sample_mixture(4000, generator=generator)
    fresh = ebm.sample_mixture(20_000, generator=generator)
    line = ebm.linear_grid(-4, 4, 401, bounded=True)
    began, busy = time.perf_counter(), time.process_time()
    history = ebm.train_on_grid(
        network, data, line, num_steps=num_steps, learning_rate=0.01, report=None
    )
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    with torch.no_grad():
        truth = ebm.boltzmann_distribution(ebm.mixture_energy, line)
        divergence = ebm.kl_divergence(truth, ebm.boltzmann_distribution(network, line))
        on_fresh = ebm.grid_negative_log_likelihood(network, fresh, line)
    return Trained(
        seconds,
        busy,
        divergence.item(),
        history.losses[-1].item(),
        on_fresh.item(),
        ebm.mixture_energy(fresh).mean().item(),
    )


def compare(seeds: int = 5, num_steps: int = 600) -> str:
    head = ["seed", "seconds", "on its core", "KL", "final NLL", "fresh NLL", "truth's", "target"]
    rows = []
    for seed in range(seeds):
        found = train(seed, num_steps)
        numbers = (found.divergence, found.loss, found.fresh, found.best)
        verdict = "met" if found.within else "MISSED"
        times = [f"{found.seconds:.1f}", f"{found.busy:.1f}"]
        rows.append([str(seed), *times, *(f"{x:.4f}" for x in numbers), verdict])
    title = f"Training on one core: target under {SECONDS:g} s and KL < {DIVERGENCE:g} nats"
    return table(title, head, rows)


def plain_loop(
    energy: torch.nn.Module, data: Tensor, grid: ebm.Grid, num_steps: int, learning_rate: float
) -> Tensor:
    """Return the losses of the same descent, as one writes it in torch and nothing else.

    One pass through the network for data and grid together, and no check anywhere.
    """
    optimiser = torch.optim.Adam(energy.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, num_steps)
    states, num = torch.cat([data, grid.points]), len(data)
    losses = []
    for step in range(num_steps + 1):
        energies = energy(states)
        loss = energies[:num].mean() + torch.logsumexp(grid.log_weights - energies[num:], 0)
        losses.append(loss.detach())
        if step < num_steps:
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return torch.stack(losses)


def both_ways(seed: int, num_steps: int = 600) -> tuple[float, float, float]:
    """Return the seconds of ``train_on_grid`` and of the plain loop, and how far losses differ.

    Of seconds, those in which this process had the core: others use it meanwhile. Which way goes
    first alternates from seed to seed.
    """
    losses, seconds = {}, {}
    for way in ("package", "plain") if seed % 2 else ("plain", "package"):
        generator = torch.Generator().manual_seed(seed)
        network = ebm.EnergyNetwork(hidden=64, generator=generator)
        data = ebm.sample_mixture(4000, generator=generator)
        line = ebm.linear_grid(-4, 4, 401, bounded=True)
        began = time.process_time()
        if way == "plain":
            losses[way] = plain_loop(network, data, line, num_steps, 0.01)
        else:
            losses[way] = ebm.train_on_grid(
                network, data, line, num_steps=num_steps, learning_rate=0.01, report=None
            ).losses
        seconds[way] = time.process_time() - began
    apart = (losses["package"] - losses["plain"]).abs().max().item()
    return seconds["package"], seconds["plain"], apart


def beside_plain(pairs: int = 7, num_steps: int = 600) -> str:
    """Measure both ways in pairs, because a busy machine slows both of a pair alike."""
    both_ways(0, 20)  # to warm up
    found = [both_ways(seed, num_steps) for seed in range(pairs)]
    ratio = statistics.median(package / plain for package, plain, _ in found)
    apart = max(difference for *_, difference in found)
    met = ratio < RATIO and apart < AGREEMENT
    row = [
        str(pairs),
        *(show_seconds(statistics.median(pair[way] for pair in found)) for way in (0, 1)),
        f"{ratio:.2f}",
        f"{apart:.0e}",
        "met" if met else "MISSED",
    ]
    head = ["pairs", "train_on_grid", "plain torch", "ratio", "losses differ by", "target"]
    title = f"{num_steps} steps on one core: target at most {RATIO} times a plain loop in torch"
    return table(title, head, [row])
