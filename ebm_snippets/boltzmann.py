"""The Boltzmann distribution p(x) = exp(-E(x) / T) / Z, in log space until the last line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ._diagnostics import warn_if_inexact
from ._validation import (
    any_true,
    as_temperature,
    require_count,
    require_energies,
    require_floating,
    require_generator,
    require_same_device,
)
from .grids import Grid, require_grid

__all__ = [
    "BoltzmannDistribution",
    "boltzmann_distribution",
    "boltzmann_probabilities",
    "kl_divergence",
    "temperature_sweep",
]

_MOST_CATEGORIES = 2**24
"""How many torch.multinomial takes at most."""


def boltzmann_probabilities(energies: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
    """Return the probabilities of discrete states, exp(-E_i / T) / sum_j exp(-E_j / T).

    Args:
        energies: ``(..., n)``, floats; ``+inf`` is a state that cannot occur.
        temperature: positive, in units of energy (k_B = 1).

    Returns:
        Probabilities ``(..., n)`` that sum to 1 along the last axis. Adding a constant
        to all energies changes nothing, and no energy is too large for it.

    Raises:
        TypeError: ``energies`` are not floats, or ``temperature`` is not a number.
        ValueError: ``temperature`` is not positive and finite, or the energies have no
            axis, contain NaN or -inf, or are all +inf along the last axis.

    Example:
        >>> boltzmann_probabilities(torch.tensor([3.0, 1.0, 2.0]))
        tensor([0.0900, 0.6652, 0.2447])
    """
    require_energies(energies)
    if energies.ndim == 0:
        raise ValueError("energies must have shape (..., n), got a scalar; put the states in a row")
    temperature = as_temperature(temperature, like=energies)
    lowest = energies.detach().amin(dim=-1, keepdim=True)
    if any_true(torch.isposinf(lowest)):
        raise ValueError(
            "energies are all +inf along the last axis, so that no state can occur; "
            "make one of them finite"
        )
    possible = torch.isfinite(energies)
    scaled = (torch.where(possible, energies, lowest) - lowest) / temperature
    return torch.softmax(torch.where(possible, -scaled, -torch.inf), dim=-1)


@dataclass(frozen=True, eq=False, repr=False)
class BoltzmannDistribution:
    """A Boltzmann distribution on a grid; make one with :func:`boltzmann_distribution`.

    Every quantity below is a tensor through which gradients flow, but for the constant
    ``lowest``. Angle brackets are means under the distribution, S is in nats, and k_B = 1.

    Attributes:
        grid: points and log weights w_i.
        energies: E_i at the points, in the grid's shape.
        temperature: T, a scalar.
        lowest: E_0, the lowest energy of a point that has weight. Taken out of every
            exponent, it leaves none of them above zero.
        log_sum: log sum_i w_i exp(-(E_i - E_0) / T), a scalar.
    """

    grid: Grid
    energies: Tensor
    temperature: Tensor
    lowest: Tensor
    log_sum: Tensor

    def __repr__(self) -> str:
        shape = tuple(self.energies.shape)
        return (
            f"BoltzmannDistribution(shape={shape}, temperature={float(self.temperature):g}, "
            f"log_Z={float(self.log_Z):g})"
        )

    @property
    def _possible(self) -> Tensor:
        return self.energies < torch.inf  # isfinite takes four times as long

    @property
    def _excess(self) -> Tensor:
        """E - E_0, and 0 at states that cannot occur."""
        return torch.where(self._possible, self.energies, self.lowest) - self.lowest

    @property
    def log_Z(self) -> Tensor:
        """The log of the partition function Z = sum_i w_i exp(-E_i / T)."""
        return self.log_sum - self.lowest / self.temperature

    @property
    def Z(self) -> Tensor:
        """The partition function.

        Raises:
            OverflowError: it is too large or too small for the dtype; ``log_Z`` is not.
        """
        value = torch.exp(self.log_Z)
        if any_true((value < torch.finfo(value.dtype).tiny) | torch.isinf(value)):
            raise OverflowError(
                f"Z = exp({float(self.log_Z):.6g}) does not fit in {value.dtype}; use log_Z"
            )
        return value

    @property
    def log_density(self) -> Tensor:
        """The log of the density, -E / T - log Z at the points, in the grid's shape.

        For discrete states, the log of their probabilities.
        """
        log_density = -self._excess / self.temperature - self.log_sum
        return torch.where(self._possible, log_density, -torch.inf)

    @property
    def density(self) -> Tensor:
        """The density p at the points, in the grid's shape. On a line it may exceed 1."""
        return torch.exp(self.log_density)

    @property
    def probabilities(self) -> Tensor:
        """The probability that each point stands for, density times weight; they sum to 1."""
        return torch.exp(self.grid.log_weights + self.log_density)

    @property
    def mean_energy(self) -> Tensor:
        """U = <E>, a scalar."""
        return self.lowest + self._mean_excess

    @property
    def _mean_excess(self) -> Tensor:
        return (self.probabilities * self._excess).sum()

    @property
    def entropy(self) -> Tensor:
        """S = -<log p> = (U - F) / T, in nats.

        Of a density it depends on the unit of length, and may be negative. On a line, double x,
        and it rises by log 2.
        """
        return self._mean_excess / self.temperature + self.log_sum

    @property
    def free_energy(self) -> Tensor:
        """F = -T log Z = U - T S, a scalar."""
        return self.lowest - self.temperature * self.log_sum

    @property
    def heat_capacity(self) -> Tensor:
        """C = dU/dT = (<E^2> - <E>^2) / T^2, a scalar."""
        deviation = (self._excess - self._mean_excess) / self.temperature
        return (self.probabilities * deviation**2).sum()

    def expectation(self, f: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the mean of f under the distribution.

        Args:
            f: a callable from the grid's points to floats of shape ``(*shape, ...)``.

        Returns:
            A tensor of the trailing shape, a scalar where f gives one number per point.
            Points that cannot occur do not count, whatever f is there.

        Raises:
            TypeError: f does not return a tensor of floats.
            ValueError: what it returns does not begin with the grid's shape.
        """
        values = require_floating("f(points)", f(self.grid.points))
        shape = self.energies.shape
        if values.shape[: len(shape)] != shape:
            raise ValueError(
                f"f(points) must have shape ({', '.join(map(str, shape))}, ...), one value for "
                f"each point, got {tuple(values.shape)}"
            )
        require_same_device(points=self.grid.points, **{"f(points)": values})
        trailing = (1,) * (values.ndim - len(shape))
        possible = self._possible.reshape(*shape, *trailing)
        weights = self.probabilities.reshape(*shape, *trailing)
        axes = tuple(range(len(shape)))
        return (weights * torch.where(possible, values, 0)).sum(dim=axes)

    def probability(self, region: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the probability of a region.

        Args:
            region: a callable from the grid's points to booleans in the grid's shape,
                such as ``lambda x: x > 0``. A point counts with its whole cell, so on
                a line let the region's boundary fall midway between two points.

        Returns:
            A scalar between 0 and 1.

        Raises:
            TypeError: the region does not return booleans.
            ValueError: they do not have the grid's shape.
        """
        inside = region(self.grid.points)
        if not isinstance(inside, Tensor) or inside.dtype != torch.bool:
            came = inside.dtype if isinstance(inside, Tensor) else type(inside).__name__
            raise TypeError(
                f"region(points) must be a tensor of booleans, got {came}; "
                f"compare, as in lambda x: x > 0"
            )
        if inside.shape != self.energies.shape:
            raise ValueError(
                f"region(points) must have the grid's shape {tuple(self.energies.shape)}, one "
                f"boolean for each point, got {tuple(inside.shape)}"
            )
        require_same_device(points=self.grid.points, **{"region(points)": inside})
        return torch.where(inside, self.probabilities, 0).sum()

    def marginal(self, axis: int) -> BoltzmannDistribution:
        """Return the distribution of one coordinate, whatever the others are.

        It is a Boltzmann distribution again. Its energy is the free energy of the others
        at a fixed value of this one, A(x_axis) = -T log sum_others w exp(-E / T), so
        that log Z is unchanged.

        Args:
            axis: which coordinate, counted from 0.

        Returns:
            A distribution on that factor of the grid, at the same temperature.

        Raises:
            TypeError: ``axis`` is not an integer.
            ValueError: the grid is no product, or it has no such axis.
        """
        factors = self.grid.factors
        if not factors:
            raise ValueError(
                f"the grid, of shape {tuple(self.energies.shape)}, is no product of lines, so it "
                f"has no marginals; make it with product_grid"
            )
        axis = require_count("axis", axis, at_least=0)
        if axis >= len(factors):
            raise ValueError(
                f"axis must be less than {len(factors)}, the number of coordinates, got {axis}"
            )
        others = tuple(i for i in range(len(factors)) if i != axis)
        shape = tuple(-1 if i == axis else 1 for i in range(len(factors)))
        excess = torch.where(self._possible, self._excess / self.temperature, torch.inf)
        terms = self.grid.log_weights - factors[axis].log_weights.reshape(shape) - excess
        log_terms = terms if not others else torch.logsumexp(terms, dim=others)
        energies = self.lowest - self.temperature * log_terms
        return _distribution(energies, factors[axis], self.temperature)

    def sample(self, num: int, *, generator: torch.Generator) -> Tensor:
        """Draw points of the grid, independently, each with its probability.

        Args:
            num: how many, at least 1.
            generator: the source of randomness, on the grid's device.

        Returns:
            States ``(num, *state)``. On a line they are points of the grid: nothing is
            drawn between them.

        Raises:
            TypeError: ``num`` is not an integer or ``generator`` not a ``torch.Generator``.
            ValueError: ``num`` is less than 1, or the generator is on another device.
        """
        num = require_count("num", num)
        require_generator(generator, self.energies.device)
        flat = self.probabilities.detach().flatten()
        if len(flat) <= _MOST_CATEGORIES:
            index = torch.multinomial(flat, num, replacement=True, generator=generator)
        else:
            # Where a uniform number falls among the cumulative probabilities. A state of
            # probability zero has no room there.
            steps = torch.cumsum(flat, dim=0, dtype=torch.float64)
            uniform = torch.rand(num, generator=generator, dtype=steps.dtype, device=steps.device)
            index = torch.searchsorted(steps, uniform * steps[-1], right=True)
        states = self.grid.points.flatten(end_dim=self.energies.ndim - 1)
        return states.index_select(0, index)


def boltzmann_distribution(
    energy: Callable[[Tensor], Tensor], grid: Grid, temperature: float | Tensor = 1.0
) -> BoltzmannDistribution:
    """Return the Boltzmann distribution of an energy on a grid.

    Args:
        energy: a callable from states to energies: scalar states ``(...,) -> (...,)``,
            vector states ``(..., d) -> (...)``.
        grid: the points on which sums stand for sums or integrals.
        temperature: positive, in units of energy (k_B = 1); a number or a scalar tensor.

    Returns:
        The distribution, with log Z and everything that follows from it.

    Raises:
        TypeError: ``grid`` is not a grid, the energies are not floats, or the temperature is
            not a number.
        ValueError: the temperature is not positive and finite; the energies are not in the
            grid's shape, contain NaN or -inf, or are +inf wherever the grid has weight;
            or the inputs are on different devices.

    Warns:
        CoarseGridWarning: the energies at neighbouring points differ by too much for this
            temperature. A well that lies between two points is not seen.
        TruncationWarning: the energies near an end of a line, continued as a parabola, leave mass
            beyond it. Another well further out is not seen.

    Example:
        >>> from ebm_snippets import linear_grid, quadratic_energy
        >>> boltzmann_distribution(quadratic_energy, linear_grid(-8, 8, 801)).Z ** 2
        tensor(3.1416, dtype=torch.float64)
    """
    energies = _energies_on(energy, grid)
    return _checked(energies, grid, as_temperature(temperature, like=energies), stacklevel=2)


def temperature_sweep(
    energy: Callable[[Tensor], Tensor],
    grid: Grid,
    temperatures: Iterable[float | Tensor] | Tensor,
) -> list[BoltzmannDistribution]:
    """Return the Boltzmann distributions of one energy on a grid at many temperatures.

    Each is what :func:`boltzmann_distribution` returns, but the energy is evaluated once for all.

    Args:
        energy: a callable from states to energies: scalar states ``(...,) -> (...,)``,
            vector states ``(..., d) -> (...)``.
        grid: the points on which sums stand for sums or integrals.
        temperatures: ``(k,)``, each positive, in units of energy (k_B = 1): a tensor of floats
            on the grid's device, or numbers and scalar tensors in a row.

    Returns:
        One distribution for each temperature, in their order. Gradients flow through the
        energies, which all share, and through the temperatures. Add up what you differentiate,
        or call ``backward(retain_graph=True)``.

    Raises:
        TypeError: a temperature is not a number, or as :func:`boltzmann_distribution` does.
        ValueError: ``temperatures`` is empty or has another shape, or as
            :func:`boltzmann_distribution` does.

    Warns:
        CoarseGridWarning: as :func:`boltzmann_distribution`, once for each temperature that is
            too low for the points.
        TruncationWarning: as :func:`boltzmann_distribution`, once for each temperature that is
            too high for the ends.

    Example:
        >>> line = linear_grid(-9.0, 9.0, 901)
        >>> cold, warm = temperature_sweep(quadratic_energy, line, [0.5, 1.0])
        >>> (warm.Z / cold.Z) ** 2
        tensor(2.0000, dtype=torch.float64)
    """
    if isinstance(temperatures, Tensor):
        if temperatures.ndim != 1:
            raise ValueError(
                f"temperatures must have shape (k,), one for each distribution, got "
                f"{tuple(temperatures.shape)}; flatten them"
            )
        each: list[float | Tensor] = list(require_floating("temperatures", temperatures).unbind())
    elif isinstance(temperatures, Iterable):
        each = list(temperatures)
    else:
        raise TypeError(f"temperatures must be numbers in a row, got {temperatures!r}; use a list")
    if not each:
        raise ValueError("temperatures is empty; give at least one")
    energies = _energies_on(energy, grid)
    heats = [as_temperature(heat, energies, f"temperatures[{i}]") for i, heat in enumerate(each)]
    # By map, which adds no frame of Python's between a warning and the caller's line.
    return list(map(partial(_checked, energies, grid, stacklevel=2), heats))


def _energies_on(energy: Callable[[Tensor], Tensor], grid: Grid) -> Tensor:
    """Return the energies at the grid's points, one for each, none of them NaN or -inf."""
    energies = require_floating("energy(points)", energy(require_grid("grid", grid).points))
    shape = grid.log_weights.shape
    if energies.shape != shape:
        raise ValueError(
            f"energy(points) must have shape {tuple(shape)}, one energy for each state, got "
            f"{tuple(energies.shape)} from points of shape {tuple(grid.points.shape)}; "
            f"sum over the last axis of vector states, or squeeze the one too many"
        )
    require_same_device(**{"energy(points)": energies, "grid": grid.log_weights})
    require_energies(energies, "energy(points)")
    return energies


def _checked(
    energies: Tensor, grid: Grid, temperature: Tensor, stacklevel: int
) -> BoltzmannDistribution:
    """Return the distribution, and warn where the grid does not do for its temperature."""
    distribution = _distribution(energies, grid, temperature)
    if any(kind != "states" for kind in grid.kinds):  # a sum over separate states is exact
        with torch.no_grad():
            excess = distribution._excess / temperature
            scaled = torch.where(distribution._possible, excess, torch.inf)
            probabilities = torch.exp(grid.log_weights + (-scaled - distribution.log_sum))
            warn_if_inexact(grid, scaled, probabilities, temperature, stacklevel=stacklevel + 1)
    return distribution


def _distribution(energies: Tensor, grid: Grid, temperature: Tensor) -> BoltzmannDistribution:
    possible = energies < torch.inf
    weighted = possible & (grid.log_weights > -torch.inf)
    if any_true(weighted.any().logical_not()):
        raise ValueError(
            "energy(points) is +inf wherever the grid has weight, so that no state can occur; "
            "make it finite somewhere or move the grid"
        )
    lowest = torch.where(weighted, energies.detach(), torch.inf).amin()
    excess = torch.where(possible, energies, lowest) - lowest
    log_terms = torch.where(weighted, grid.log_weights - excess / temperature, -torch.inf)
    log_sum = _log_sum_exp(log_terms.flatten())
    return BoltzmannDistribution(grid, energies, temperature, lowest, log_sum)


def kl_divergence(distribution: BoltzmannDistribution, other: BoltzmannDistribution) -> Tensor:
    """Return the Kullback-Leibler divergence of p from q, KL(p, q), in nats.

    It is sum_i w_i p_i log(p_i / q_i), the mean under p of how much more q is surprised by a
    state than p is. It is 0 only if the two are the same, and in general it is not the
    divergence of q from p.

    Args:
        distribution: p, from which the states come.
        other: q, on the same points with the same weights.

    Returns:
        A scalar of at least 0 up to rounding; ``+inf`` where q excludes a state of p.

    Raises:
        ValueError: the two are on different points, weights or devices.

    Source:
        Kullback and Leibler (1951), On information and sufficiency, Annals of
        Mathematical Statistics 22 (1).

    Example:
        >>> line = linear_grid(-9.0, 9.0, 901)
        >>> warm, hot = temperature_sweep(quadratic_energy, line, [1.0, 2.0])
        >>> kl_divergence(warm, hot)
        tensor(0.0966, dtype=torch.float64)
    """
    points, others = distribution.grid.points, other.grid.points
    require_same_device(distribution=points, other=others)
    if points.shape != others.shape or any_true(points != others):
        raise ValueError(
            f"distribution and other must be on the same points, got grids of shape "
            f"{tuple(points.shape)} and {tuple(others.shape)}; make both with one grid"
        )
    weights, others = distribution.grid.log_weights, other.grid.log_weights
    if weights.shape != others.shape or any_true(weights != others):
        raise ValueError(
            "distribution and other must give the same weight to each point, or their densities "
            "are of different measures; make both with one grid"
        )
    probabilities = distribution.probabilities
    occurs = probabilities > 0
    surprise = torch.where(occurs, distribution.log_density - other.log_density, 0)
    return torch.where(occurs, probabilities * surprise, 0).sum()


def _log_sum_exp(terms: Tensor) -> Tensor:
    """Log sum exp of a vector, to full relative accuracy where the largest term is 0.

    ``torch.logsumexp`` computes log(1 + small) and loses the digits of a small sum,
    which are all that the entropy has at low temperature. Leaving the largest term
    out and using log1p keeps them.
    """
    largest = terms.detach().argmax().unsqueeze(0)
    peak = terms.gather(0, largest)
    rest = torch.exp(terms - peak).scatter(0, largest, 0)
    return (peak + torch.log1p(rest.sum())).squeeze(0)
