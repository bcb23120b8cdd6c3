"""Checkers for the exercises of the chapter on the partition function."""

from __future__ import annotations

import math
import reprlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from ..boltzmann import boltzmann_distribution
from ..ising import ising_energy, ising_ring_log_Z, ring_bonds, spin_states
from ._own_work import OwnWork
from ._verdict import Failed, Verdict, call_any, call_number, error_text, verdict

__all__ = ["check_ising_ring", "check_partition_scaling"]


def check_partition_scaling(answer: Any) -> Verdict:
    """Check a function that counts the points of grids, exactly and in logarithms.

    Args:
        answer: a callable ``(dims, points_per_axis)`` that returns a list of pairs, the exact
            count as an int and its decimal logarithm as a float, one for each dimension.

    Returns:
        The verdict, from dimensions up to 5,000. An answer that takes more than ten seconds
        or four gibibytes is stopped, where the system can.
    """

    def check() -> str:
        for dims, num in (([3, 1, 2], 100), ([256], 100), ([10, 784, 20, 5000], 7)):
            case = f"With dims = {dims} and points_per_axis = {num}"
            with _limits(case, "nobody can visit so many points; count them without a visit"):
                came = call_any(answer, f"{case} your function", list(dims), num)
                pairs = _as_pairs(came, case)
            if len(pairs) != len(dims) or any(len(pair) != 2 for pair in pairs):
                raise Failed(f"{case} one pair (count, log10) for each dimension was expected.")
            for dim, (count, logarithm) in zip(dims, pairs, strict=True):
                _require_count(dim, num, count)
                _require_logarithm(dim, num, logarithm)
        return "The counts are exact up to d = 5000, and nothing overflowed."

    return verdict(check)


def _as_pairs(came: Any, case: str) -> list[tuple[Any, ...]]:
    try:
        return [tuple(pair) for pair in came]
    except TimeoutError:
        raise
    except Exception as error:  # a generator runs the learner's code only here
        raise Failed(
            f"{case} your function returned {reprlib.repr(came)}; a list of pairs "
            f"(count, log10 of the count) was expected. Reading it raised {error_text(error)}."
        ) from None


def _require_count(dim: int, num: int, count: Any) -> None:
    if type(count) is not int:
        raise Failed(
            f"For d = {dim} the count is a {type(count).__name__}; an int was expected. Python's "
            f"integers have as many digits as they need."
        )
    if count != num**dim:
        hint = ""
        if 10**6 * abs(count - num**dim) < num**dim:
            hint = "A float keeps 16 digits and no more: stay with integers."
        elif abs(count) < 2**63 <= num**dim:
            hint = "Integers of a fixed width overflow; Python's own do not."
        raise Failed(
            f"For d = {dim} and {num} points per axis the count is {_shown(num**dim)}, not "
            f"{_shown(count)}. {hint}".rstrip()
        )


def _shown(count: int) -> str:
    if abs(count) < 10**18:
        return str(count)
    digits = math.floor(math.log10(abs(count))) + 1  # Python writes out no more than 4300
    return f"a number of {digits} digits that ends with {abs(count) % 10**6:06d}"


def _require_logarithm(dim: int, num: int, logarithm: Any) -> None:
    try:
        value = float(logarithm)
    except Exception:  # there is no end to what is not a number
        raise Failed(
            f"For d = {dim} the logarithm is {reprlib.repr(logarithm)}; a number was expected."
        ) from None
    exact = dim * math.log10(num)
    if not abs(value - exact) < 1e-6 * max(1, exact):
        bases = (dim * math.log(num), dim * math.log2(num))
        hint = " Base ten, please." if any(abs(value - b) < 1e-6 * b for b in bases) else ""
        raise Failed(
            f"For d = {dim} and {num} points per axis the logarithm is {value:.6g}; "
            f"{exact:.6g} was expected.{hint}"
        )


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
def _limits(case: str, told: str) -> Iterator[None]:
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
    with _limits(case, "no sum over 2^n configurations will do here"), OwnWork():
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
        (symmetric, from_matrix(-1 + field)[1]),
        (symmetric, from_matrix(-1 - field)[1]),
        ("This is Z; its logarithm was expected.", math.exp(truth)),
        ("This is the free energy, -T log Z.", -temperature * truth),
        ("This is log Z for each spin.", truth / num),
        ("Use the natural logarithm.", truth / math.log(2)),
        ("Use the natural logarithm.", truth / math.log(10)),
    ]
