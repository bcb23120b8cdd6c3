"""Checkers for the exercises of the chapter on the partition function."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..ising import ising_energy, ising_ring_log_Z, ring_bonds, spin_states
from ..monte_carlo import importance_estimate
from ._compare import of_tensors
from ._own_work import OwnWork
from ._verdict import Failed, Verdict, call_number, verdict

__all__ = ["check_ising_ring", "check_proposal", "limits"]


_NUM_DRAWS = 20_000
_SIDES = (0.5, 0.7, 1.0, 1.4, 2.0)


def _uneven_bowl(x: Tensor) -> Tensor:
    return ((x / x.new_tensor(_SIDES)) ** 2).sum(dim=-1) / 2


# Each with its number of coordinates and the scale at which a draw is worth most, or None where
# that must be searched for.
_TARGETS: tuple[tuple[str, Callable[[Tensor], Tensor], int, float | None], ...] = (
    ("|x|^2 / 2 in 3 dimensions", lambda x: (x**2).sum(dim=-1) / 2, 3, 1.0),
    ("200 |x|^2 in 10 dimensions", lambda x: 200 * (x**2).sum(dim=-1), 10, 0.05),
    ("|x|^2 / 100 + 1000 in 10 dimensions", lambda x: (x**2).sum(dim=-1) / 100 + 1000, 10, 50**0.5),
    ("a bowl of uneven sides in 5 dimensions", _uneven_bowl, 5, None),
    ("the sum of x_i^4 in 8 dimensions", lambda x: (x**4).sum(dim=-1), 8, None),
)


def check_proposal(answer: Any) -> Verdict:
    """Check a function that chooses the scale of a normal proposal for importance sampling.

    Args:
        answer: a callable ``(energy, dim) -> scale``; the energy maps states ``(..., dim)`` to
            energies, at T = 1, and the proposal is normal about 0 with that standard deviation in
            each coordinate.

    Returns:
        The verdict. With 20,000 draws of the checker's own, the effective sample size at the scale
        must be at least half of the largest that any scale gives.
    """

    def check() -> str:
        found = []
        for described, energy, dim, known in _TARGETS:
            case = f"For {described}"
            generator = torch.Generator().manual_seed(dim)
            normal = torch.randn(_NUM_DRAWS, dim, generator=generator, dtype=torch.float64)
            scale = call_number(answer, f"{case} your function", of_tensors(energy), dim)
            if not (math.isfinite(scale) and scale > 0):
                raise Failed(f"{case} the scale is {scale:g}; a positive number was expected.")
            best = known or max(
                torch.logspace(-1, 1, 41).tolist(), key=lambda s: _worth(s, energy, normal)
            )
            share, most = (_worth(s, energy, normal) for s in (scale, best))
            if share < most / 2:
                hint = _recognise_scale(scale, best)
                raise Failed(
                    f"{case}, with your scale {scale:.3g}, {_NUM_DRAWS:,} draws are worth "
                    f"{share * _NUM_DRAWS:,.0f}; {most * _NUM_DRAWS:,.0f} can be had, and at least "
                    f"half of them was expected. {hint}".rstrip()
                )
            found.append(f"{share:.0%}")
        return f"Of the draws from your proposals {', '.join(found[:-1])} and {found[-1]} count."

    return verdict(check)


def _worth(scale: float, energy: Callable[[Tensor], Tensor], normal: Tensor) -> float:
    """The share of draws that count, from normal ones that are stretched by the scale."""
    # The density of the proposal at scale * normal, up to a constant, which is the same for all.
    log_weights = (normal**2).sum(dim=-1) / 2 - energy(scale * normal)
    return float(importance_estimate(log_weights).effective_sample_size) / len(normal)


def _recognise_scale(scale: float, best: float) -> str:
    """Recognise the common errors by the scale that they give."""
    if math.isclose(scale, best**2, rel_tol=0.1) and not math.isclose(best, 1, rel_tol=0.2):
        return "Is it a variance? A standard deviation was asked for, its root."
    if math.isclose(scale, 1) and not 0.5 < best < 2:  # else a search may well have found it
        return "Which scale suits depends on the energy: try several, and compare their worth."
    if not 0.011 < scale < 90:
        return (
            "That is the end of the range: log weights are -E(x) - log q(x), and the effective "
            "sample size is to be large. Subtract the largest of them before exp, or all weights "
            "may be 0."
        )
    if scale < best:
        return (
            "Too narrow: where the proposal is rare and the target is not, few draws have huge "
            "weights. Is log q(x) = -|x|^2 / (2 s^2) - d log s subtracted? And are scales compared "
            "by a few thousand draws? Fewer may miss those weights."
        )
    return "Too wide: nearly all draws land where the target has next to nothing. Try finer steps."


@contextmanager
def _time_limit(seconds: int, told: str) -> Iterator[None]:
    """Raise in the learner's code when time is up, where the system can."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(told)

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _memory_limit(more: int) -> Iterator[None]:
    """Let the learner's code take so many bytes and no more, where the system can.

    A time limit does not stop a single call that fills the memory, such as list(product(...)).
    """
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    limits = [limit for limit in before if limit != resource.RLIM_INFINITY]
    lowest = min([pages * resource.getpagesize() + more, *limits])
    resource.setrlimit(resource.RLIMIT_AS, (lowest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def limits(case: str, told: str) -> Iterator[None]:
    """Stop the learner's code after ten seconds, or when it has taken four gibibytes.

    Args:
        case: what is tried.
        told: what to say when time is up.
    """
    try:
        with _memory_limit(2**32), _time_limit(10, f"it took too long; {told}"):
            yield
    except TimeoutError as error:  # the alarm waits for the end of a single call, such as list
        raise Failed(f"{case} {error}.") from None


def check_ising_ring(answer: Any) -> Verdict:
    """Check a function that returns log Z of a ring of Ising spins with coupling 1.

    Args:
        answer: a callable ``(num, temperature, field) -> log Z``.

    Returns:
        The verdict. Small rings are compared with a sum over all configurations, rings of 100
        and 10,000 spins with the transfer matrix. An answer that takes more than ten
        seconds or four gibibytes for one ring is stopped, where the system can. One that calls
        a function of this package that returns log Z does not pass.
    """

    def check() -> str:
        for num, temperature, field in (
            (5, 1.0, 0.0),
            (6, 2.0, 0.0),
            (4, 3.0, 0.7),
            (9, 0.8, -0.3),
        ):
            energy = ising_energy(ring_bonds(num), field=field)
            truth = boltzmann_distribution(energy, spin_states(num), temperature).log_Z.item()
            hint = _diagnose(num, temperature, field)
            _require_log_Z(answer, num, temperature, field, truth, hint)
        for num, temperature, field in ((100, 1.0, 0.0), (10_000, 0.5, 0.2)):
            truth = ising_ring_log_Z(num, temperature, field=field).item()
            _require_log_Z(answer, num, temperature, field, truth, [])
        return "It agrees with all 2^n configurations, and with rings of 100 and 10,000 spins."

    return verdict(check)


def _require_log_Z(
    answer: Any,
    num: int,
    temperature: float,
    field: float,
    truth: float,
    hints: list[tuple[str, float]],
) -> None:
    case = f"For {num} spins at T = {temperature:g} in a field of {field:g}"
    with limits(case, "no sum over 2^n configurations will do here"), OwnWork():
        value = call_number(answer, f"{case} your function", num, temperature, field)
    if abs(value - truth) <= 1e-6 * abs(truth):
        return
    hint = next((text for text, wrong in hints if math.isclose(value, wrong, rel_tol=1e-6)), "")
    if math.isnan(value) and num < 100:
        hint = "Is it the logarithm of a negative eigenvalue? Neighbours that agree are likely."
    elif math.isnan(value):
        hint = "Is it inf / inf? Divide the eigenvalues first, then raise their ratio to the power."
    if math.isinf(value):
        hint = (
            "An eigenvalue to the power of n overflows, and so does a ratio with the larger one "
            "on top: take the larger one out, as its logarithm times n."
        )
    raise Failed(f"{case} log Z is {value:.8g}; {truth:.8g} was expected. {hint}".rstrip())


def _diagnose(num: int, temperature: float, field: float) -> list[tuple[str, float]]:
    """The numbers that common errors give."""

    def counted(
        bonds: list[tuple[int, int]], heat: float = temperature, **constants: float
    ) -> float:
        energy = ising_energy(bonds, **({"field": field} | constants))
        return boltzmann_distribution(energy, spin_states(num), heat).log_Z.item()

    def without_exp(unlike: float = -1.0) -> float:
        """What the matrix of minus energies, not exponentiated, gives for log Z."""
        pairs = torch.tensor([[1 - field, unlike], [unlike, 1 + field]], dtype=torch.float64)
        values = torch.linalg.eigvalsh(pairs / temperature)
        return float((values**num).sum().log())

    def from_matrix(unlike: float = -1.0, power: int = num) -> tuple[float, float]:
        """The largest term of Z and both together, in logarithms."""
        pairs = torch.tensor([[1 - field, unlike], [unlike, 1 + field]], dtype=torch.float64)
        logs = power * torch.linalg.eigvalsh((pairs / temperature).exp()).log()
        return float(logs[-1]), float(torch.logsumexp(logs, 0))

    ring = ring_bonds(num)
    truth = counted(ring)
    symmetric = "eigvalsh wants a symmetric matrix: give each spin of a bond half of its field."
    return [
        ("A ring closes: the last spin is a neighbour of the first.", counted(ring[:-1])),
        ("Where does the temperature enter?", counted(ring, heat=1.0)),
        ("Divide by T; do not multiply.", counted(ring, heat=1 / temperature)),
        ("Neighbours that agree have the *lower* energy.", counted(ring, coupling=-1.0)),
        ("Where does the field enter?", counted(ring, field=0.0)),
        ("A spin is in two bonds: each holds half of its field.", counted(ring, field=2 * field)),
        ("Divide the field by T as well.", counted(ring, field=field * temperature)),
        ("Both eigenvalues count: Z is the sum of their powers.", from_matrix()[0]),
        ("A ring of n spins has n bonds.", from_matrix(power=num - 1)[1]),
        ("A weight is exp(-E / T): is the exponential missing?", without_exp()),
        (symmetric, from_matrix(-1 + field)[1]),
        (symmetric, from_matrix(-1 - field)[1]),
        ("This is Z; its logarithm was expected.", math.exp(truth)),
        ("This is the free energy, -T log Z.", -temperature * truth),
        ("This is log Z for each spin.", truth / num),
        ("Use the natural logarithm.", truth / math.log(2)),
        ("Use the natural logarithm.", truth / math.log(10)),
    ]
