"""The chapter on learning an energy, with its settings, from five seeds on one core."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

import ebm_snippets as ebm

from .measuring import table

SECONDS = 10.0
DIVERGENCE = 0.01


@dataclass(frozen=True)
class Trained:
    """What one seed came to.

    Attributes:
        seconds: of training alone, by the clock.
        busy: seconds of them in which it had the core; the others used it meanwhile.
        divergence: KL(truth, model) in nats.
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
