"""Spins that prefer to agree with their neighbours: Z by counting, and without it."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from ._validation import (
    any_true,
    as_number,
    as_temperature,
    require_count,
    require_floating,
    require_same_device,
    require_vectors,
)
from .grids import Grid, discrete_states

__all__ = ["ising_energy", "ising_ring_log_Z", "ring_bonds", "spin_states", "torus_bonds"]


def spin_states(
    num: int, *, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None
) -> Grid:
    """Return all configurations of spins, each -1 or +1, as discrete states.

    Args:
        num: how many spins, from 1 to 24.
        dtype: of the spins.
        device: where they live.

    Returns:
        A grid of shape ``(2^num,)`` with states ``(2^num, num)``.

    Raises:
        TypeError: ``num`` is not an integer.
        ValueError: it is below 1 or above 24. The states of 24 spins fill 3.2 GB, and making
            them takes little more.

    Example:
        >>> spin_states(2).points
        tensor([[-1., -1.],
                [-1.,  1.],
                [ 1., -1.],
                [ 1.,  1.]], dtype=torch.float64)
    """
    num = require_count("num", num)
    if num > 24:
        raise ValueError(
            f"num must be at most 24, got {num}: {2**num:,} configurations do not fit in "
            f"memory; for a ring there is ising_ring_log_Z"
        )
    states = torch.full((2**num, num), -1, dtype=dtype, device=device)
    shifts = torch.arange(num - 1, -1, -1, device=states.device)
    together = 2**16  # the bits are integers of eight bytes, so of all states at once they are many
    for start in range(0, 2**num, together):
        part = states.narrow(0, start, min(together, 2**num - start))
        index = torch.arange(start, start + len(part), device=states.device)
        part.masked_fill_(((index.unsqueeze(-1) >> shifts) & 1).bool(), 1)
    return discrete_states(states)


def ring_bonds(num: int) -> list[tuple[int, int]]:
    """Return the pairs of neighbours on a ring: each spin with the next, the last with the first.

    Args:
        num: how many spins, at least 3.

    Returns:
        ``num`` pairs.

    Raises:
        TypeError: ``num`` is not an integer.
        ValueError: it is less than 3.

    Example:
        >>> ring_bonds(4)
        [(0, 1), (1, 2), (2, 3), (3, 0)]
    """
    num = require_count("num", num, at_least=3)
    return [(i, (i + 1) % num) for i in range(num)]


def torus_bonds(rows: int, columns: int) -> list[tuple[int, int]]:
    """Return the pairs of neighbours on a square lattice whose edges are glued together.

    Args:
        rows: at least 3.
        columns: at least 3.

    Returns:
        Two pairs for each spin, to the right and down. Spin (i, j) has the number
        i * columns + j.

    Raises:
        TypeError: ``rows`` or ``columns`` is not an integer.
        ValueError: one of them is less than 3.

    Example:
        >>> len(torus_bonds(4, 4))
        32
    """
    rows = require_count("rows", rows, at_least=3)
    columns = require_count("columns", columns, at_least=3)
    pairs = []
    for i in range(rows):
        for j in range(columns):
            here = i * columns + j
            pairs.append((here, i * columns + (j + 1) % columns))
            pairs.append((here, (i + 1) % rows * columns + j))
    return pairs


def ising_energy(
    bonds: Iterable[Sequence[int]] | Tensor,
    *,
    coupling: float | Sequence[float] | Tensor = 1.0,
    field: float = 0.0,
) -> Callable[[Tensor], Tensor]:
    """Return the Ising energy, E(s) = -sum_bonds J_ij s_i s_j - B sum_i s_i.

    Args:
        bonds: the pairs of neighbours, ``(k, 2)`` as a tensor of integers or as pairs in a row;
            every spin from 0 to the largest number is meant. A pair that occurs twice counts
            twice. They are copied.
        coupling: J, one for all bonds or ``(k,)``, one for each; where it is positive, neighbours
            prefer to agree. Random couplings of both signs make a spin glass. Gradients
            flow through a tensor.
        field: B; where it is positive, spins prefer +1.

    Returns:
        A callable from spins ``(..., n)``, floats of -1 and +1, to energies ``(...)``.

    Raises:
        TypeError: a bond is no pair of integers, or J or B is not a number.
        ValueError: there is no bond, one is no pair of numbers of at least 0, one joins a spin
            with itself, the couplings are not one for each bond, or J or B is not finite.

    Source:
        Ising (1925), Beitrag zur Theorie des Ferromagnetismus, Zeitschrift fuer Physik 31;
        with a coupling of its own for each bond, Edwards and Anderson (1975), Theory of spin
        glasses, Journal of Physics F 5.

    Example:
        >>> energy = ising_energy(ring_bonds(3), field=0.5)
        >>> energy(torch.tensor([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]]))
        tensor([-4.5000,  0.5000])
    """
    pairs = _as_pairs(bonds)
    strength = _as_coupling(coupling, len(pairs))
    field = as_number("field", field)
    if not math.isfinite(field):
        raise ValueError(f"coupling and field must be finite, got the field {field}")
    num = 1 + max(max(pair) for pair in pairs)
    ends = torch.tensor(pairs, device="cpu").T.contiguous()
    on = functools.cache(ends.to)  # carried to a device once

    def energy(spins: Tensor) -> Tensor:
        require_vectors("spins", spins, num)
        left, right = on(spins.device).unbind()
        agreement = spins.index_select(-1, left) * spins.index_select(-1, right)
        if isinstance(strength, float):
            return -strength * agreement.sum(dim=-1) - field * spins.sum(dim=-1)
        if isinstance(coupling, Tensor):
            require_same_device(spins=spins, coupling=coupling)
        return -(agreement @ strength.to(spins)) - field * spins.sum(dim=-1)

    return energy


def _as_pairs(bonds: Iterable[Sequence[int]] | Tensor) -> list[tuple[int, int]]:
    """Return bonds as pairs of Python's integers, a copy."""
    told = "bonds must be pairs of numbers of at least 0, and at least one"
    if isinstance(bonds, Tensor):
        if bonds.ndim != 2 or bonds.shape[1] != 2:
            raise ValueError(f"{told}, got shape {tuple(bonds.shape)}; as a tensor, (k, 2)")
        bonds = bonds.tolist()
    pairs = []
    for place, bond in enumerate(bonds):
        try:
            pair = tuple(operator.index(end) for end in bond)
        except TypeError:
            raise TypeError(
                f"bonds must be pairs of integers, got {bond!r} as bonds[{place}]; see ring_bonds"
            ) from None
        if len(pair) != 2 or min(pair) < 0:
            raise ValueError(f"{told}, got {bond!r} as bonds[{place}]; see ring_bonds")
        if pair[0] == pair[1]:
            raise ValueError(
                f"bonds must join two spins, got {bond!r} as bonds[{place}]; a spin always agrees "
                f"with itself, so that such a bond would only add a constant"
            )
        pairs.append(pair)
    if not pairs:
        raise ValueError(f"{told}, got none; see ring_bonds")
    return pairs


def _as_coupling(coupling: float | Sequence[float] | Tensor, num: int) -> float | Tensor:
    """Return one number, or ``(num,)`` floats."""
    if isinstance(coupling, Tensor) and coupling.ndim:
        strength = require_floating("coupling", coupling)
    elif isinstance(coupling, Iterable) and not isinstance(coupling, (str, Tensor)):
        each = [as_number(f"coupling[{i}]", one) for i, one in enumerate(coupling)]
        strength = torch.tensor(each, dtype=torch.float64, device="cpu")
    elif isinstance(coupling, Tensor) and coupling.requires_grad:
        strength = require_floating("coupling", coupling).expand(num)
    else:
        value = as_number("coupling", coupling)
        if not math.isfinite(value):
            raise ValueError(f"coupling and field must be finite, got the coupling {value}")
        return value
    if strength.shape != (num,):
        raise ValueError(
            f"coupling must be one number, or one for each of {num} bonds, got shape "
            f"{tuple(strength.shape)}"
        )
    if any_true(bad := torch.isfinite(strength).logical_not()):
        place = int(bad.nonzero()[0])
        raise ValueError(
            f"coupling and field must be finite, got the coupling {float(strength[place])} of bond "
            f"{place}"
        )
    return strength


def ising_ring_log_Z(
    num: int,
    temperature: float | Tensor = 1.0,
    *,
    coupling: float = 1.0,
    field: float = 0.0,
) -> Tensor:
    """Return log Z of a ring of Ising spins by the transfer matrix, for any number of spins.

    Z = l1^n + l2^n, with the eigenvalues of the 2 x 2 matrix of the weights of one bond,
    exp((J s s' + B (s + s') / 2) / T).

    Args:
        num: how many spins, at least 3.
        temperature: positive, in units of energy; as a tensor it passes on dtype, device
            and gradients.
        coupling: J.
        field: B.

    Returns:
        A scalar, in float64 where the temperature is a plain number.

    Raises:
        TypeError: ``num`` is not an integer, or ``temperature`` is not a number.
        ValueError: ``num`` is less than 3, the temperature is not positive and finite, or
            J or B is not finite.

    Source:
        Kramers and Wannier (1941), Statistics of the two-dimensional ferromagnet, part I,
        Physical Review 60, 252.

    Example:
        >>> ising_ring_log_Z(1000)
        tensor(1126.9280, dtype=torch.float64)
    """
    num = require_count("num", num, at_least=3)
    if not (math.isfinite(coupling) and math.isfinite(field)):
        raise ValueError(f"coupling and field must be finite, got {coupling} and {field}")
    like = temperature if isinstance(temperature, Tensor) else torch.zeros((), dtype=torch.float64)
    heat = as_temperature(temperature, like=like)
    spins = torch.tensor([-1.0, 1.0], dtype=heat.dtype).to(heat.device)
    left, right = spins.unsqueeze(-1), spins.unsqueeze(0)
    exponents = (coupling * left * right + field * (left + right) / 2) / heat
    shift = exponents.detach().amax()
    small, large = torch.linalg.eigvalsh(torch.exp(exponents - shift)).unbind()
    leading = num * (shift + torch.log(large))
    if coupling < 0 and num % 2:
        return leading + _log_remainder(num, abs(coupling) / heat, abs(field) / heat)
    return leading + torch.log1p((small / large) ** num)


def _log_remainder(num: int, bond: Tensor, push: Tensor) -> Tensor:
    """Log(1 - |l2 / l1|^n) of a frustrated ring, J < 0 and n odd, where the two nearly cancel.

    With x = (l1 + l2) / (l1 - l2) = cosh(push) / sqrt(cosh(push)^2 + exp(4 bond) - 1), the log
    of |l2 / l1| is -2 artanh(x), and x itself is known to all its digits.
    """
    log_cosh = torch.logaddexp(push, -push) - math.log(2)
    log_rest = 4 * bond + torch.log(-torch.expm1(-4 * bond))
    log_x = log_cosh - torch.logaddexp(2 * log_cosh, log_rest) / 2
    log_small = math.log(2 * num) + log_x  # where n x is small, 1 - |l2 / l1|^n is 2 n x
    tiny = log_small < math.log(1e-13)
    x = torch.exp(torch.where(tiny, -1, log_x))
    return torch.where(tiny, log_small, torch.log(-torch.expm1(-2 * num * torch.atanh(x))))
