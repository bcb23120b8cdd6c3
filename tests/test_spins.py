"""Spins and two-layer machines: enumeration, transfer matrix, and sums over one layer."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest
import torch
from conftest import EXACT
from torch.utils._python_dispatch import TorchDispatchMode

import ebm_snippets as ebm
from ebm_snippets import restricted_boltzmann


def enumerated(bonds, num: int, temperature: float, **constants: float) -> float:
    energy = ebm.ising_energy(bonds, **constants)
    return ebm.boltzmann_distribution(energy, ebm.spin_states(num), temperature).log_Z.item()


@pytest.mark.parametrize("case", EXACT["ising_ring_log_Z"], ids=str)
def test_ring_values(case: dict) -> None:
    num, heat, field = int(case["spins"]), float(case["temperature"]), float(case["field"])
    came = ebm.ising_ring_log_Z(num, heat, field=field)
    assert came.dtype == torch.float64
    assert came.item() == pytest.approx(float(case["log_Z"]), rel=1e-13)
    if num <= 16:
        counted = enumerated(ebm.ring_bonds(num), num, heat, field=field)
        assert counted == pytest.approx(float(case["log_Z"]), rel=1e-13)


@pytest.mark.parametrize("num", [3, 4, 7, 10])
@pytest.mark.parametrize("coupling", [1.0, 0.4, -0.7, 0.0])
@pytest.mark.parametrize("field", [0.0, 0.6, -0.6])
@pytest.mark.parametrize("temperature", [0.3, 2.0])
def test_ring_meets_enumeration(num, coupling, field, temperature) -> None:
    came = ebm.ising_ring_log_Z(num, temperature, coupling=coupling, field=field).item()
    counted = enumerated(ebm.ring_bonds(num), num, temperature, coupling=coupling, field=field)
    assert came == pytest.approx(counted, rel=1e-12)


def test_ring_at_extremes() -> None:
    assert ebm.ising_ring_log_Z(10, 1e-3).item() == pytest.approx(10_000 + math.log(2), rel=1e-15)
    frustrated = ebm.ising_ring_log_Z(5, 1e-3, coupling=-1.0).item()
    assert frustrated == pytest.approx(3000 + math.log(10), rel=1e-12)
    assert ebm.ising_ring_log_Z(10, 1e9).item() == pytest.approx(10 * math.log(2), rel=1e-9)
    assert ebm.ising_ring_log_Z(10**9).item() == pytest.approx(1e9 * math.log(2 * math.cosh(1)))


def test_ring_has_the_slope_of_its_energy() -> None:
    heat = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(ebm.ising_ring_log_Z(8, heat, field=0.4), heat)
    energy = ebm.ising_energy(ebm.ring_bonds(8), field=0.4)
    counted = ebm.boltzmann_distribution(energy, ebm.spin_states(8), 0.9)
    assert slope.item() == pytest.approx(counted.mean_energy.item() / 0.9**2, rel=1e-12)


@pytest.mark.parametrize("temperature", EXACT["ising_torus_4x4_log_Z"])
def test_torus_values(temperature: str) -> None:
    came = enumerated(ebm.torus_bonds(4, 4), 16, float(temperature))
    assert came == pytest.approx(float(EXACT["ising_torus_4x4_log_Z"][temperature]), rel=1e-13)


def test_bonds() -> None:
    assert ebm.ring_bonds(3) == [(0, 1), (1, 2), (2, 0)]
    for bonds, num, neighbours in ((ebm.torus_bonds(3, 4), 12, 4), (ebm.ring_bonds(9), 9, 2)):
        assert len({frozenset(pair) for pair in bonds}) == len(bonds) == num * neighbours / 2
        ends = [end for pair in bonds for end in pair]
        assert all(ends.count(spin) == neighbours for spin in range(num))
    assert len(ebm.torus_bonds(4, 3)) == 24
    # To the right and down, spin by spin.
    assert ebm.torus_bonds(3, 4)[6:10] == [(3, 0), (3, 7), (4, 5), (4, 8)]
    assert (0, 3) in [tuple(sorted(pair)) for pair in ebm.torus_bonds(3, 4)]
    assert (0, 8) in [tuple(sorted(pair)) for pair in ebm.torus_bonds(3, 4)]


def test_states_are_all_different() -> None:
    states = ebm.spin_states(5)
    assert states.points.unique(dim=0).shape == (32, 5)
    assert set(states.points.flatten().tolist()) == {-1.0, 1.0}
    assert ebm.spin_states(2, dtype=torch.float32).log_weights.dtype == torch.float32


def test_states_count_upwards_from_all_down() -> None:
    assert ebm.spin_states(2).points.tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]


def test_an_energy_takes_any_number_of_leading_axes() -> None:
    energy = ebm.ising_energy(ebm.ring_bonds(4), coupling=2.0, field=0.5)
    spins = ebm.spin_states(4, dtype=torch.float64).points
    # Of four spins on a ring, (+ + + -) has two bonds of each kind.
    assert energy(torch.tensor([1.0, 1.0, 1.0, -1.0])).item() == -1.0
    assert torch.equal(energy(spins.reshape(2, 8, 4)), energy(spins).reshape(2, 8))
    assert torch.equal(energy(spins[3]), energy(spins)[3])


def test_bonds_may_be_a_tensor_and_are_copied() -> None:
    pairs = [(0, 1), (1, 2)]
    spins = torch.tensor([[1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
    given = (torch.tensor(pairs), iter(pairs), [list(pair) for pair in pairs], np.array(pairs))
    for bonds in given:
        assert ebm.ising_energy(bonds)(spins).tolist() == [0.0, -2.0]
    energy = ebm.ising_energy(pairs)
    pairs.append((0, 2))
    assert energy(spins).tolist() == [0.0, -2.0]


def test_bonds_are_carried_over_once(monkeypatch) -> None:
    """To make a tensor of 20,000 pairs at each call took 80 times as long as the sum."""
    energy = ebm.ising_energy(ebm.torus_bonds(3, 3))
    made = []
    tensor = torch.tensor
    monkeypatch.setattr(torch, "tensor", lambda *args, **how: made.append(args) or tensor(*args))
    spins = torch.ones(9)
    assert [energy(spins).item() for _ in range(3)] == [-18.0] * 3
    assert not made


def test_each_bond_may_have_its_own_coupling() -> None:
    """Against the sum written out, on bonds and couplings without any symmetry."""
    bonds, couplings = [(0, 1), (1, 3), (3, 0), (2, 3), (0, 1)], [0.5, -1.25, 2.0, -0.75, 0.125]
    spins = ebm.spin_states(4).points
    by_hand = [
        -sum(j * s[a] * s[b] for (a, b), j in zip(bonds, couplings, strict=True)) - 0.3 * sum(s)
        for s in spins.tolist()
    ]
    for given in (couplings, torch.tensor(couplings), torch.tensor(couplings).double()):
        energy = ebm.ising_energy(bonds, coupling=given, field=0.3)
        assert energy(spins).tolist() == pytest.approx(by_hand, rel=1e-14)
        assert energy(spins.float()).dtype == torch.float32
        assert energy(spins.reshape(4, 4, 4)).shape == (4, 4)
    equal = ebm.ising_energy(bonds, coupling=[0.4] * 5)(spins)
    torch.testing.assert_close(equal, ebm.ising_energy(bonds, coupling=0.4)(spins))
    torch.testing.assert_close(
        equal, ebm.ising_energy(bonds, coupling=torch.tensor(0.4, dtype=torch.float64))(spins)
    )


def test_signs_that_no_flip_mends_are_a_frustrated_ring() -> None:
    """Flip spin 0, and its two bonds change sign: only the sign of the product counts."""
    for signs, coupling in (((1, -1, -1, 1), 1.0), ((-1, -1, -1, 1, 1), -1.0)):
        num = len(signs)
        energy = ebm.ising_energy(ebm.ring_bonds(num), coupling=[float(sign) for sign in signs])
        came = ebm.boltzmann_distribution(energy, ebm.spin_states(num), 0.7).log_Z.item()
        exact = ebm.ising_ring_log_Z(num, 0.7, coupling=coupling).item()
        assert came == pytest.approx(exact, rel=1e-13)


def test_the_slope_of_log_z_in_a_coupling_is_its_mean_agreement() -> None:
    bonds = ebm.ring_bonds(5)
    for shape in ((), (5,)):
        coupling = torch.full(shape, 0.6, dtype=torch.float64, requires_grad=True)
        energy = ebm.ising_energy(bonds, coupling=coupling, field=0.2)
        came = ebm.boltzmann_distribution(energy, ebm.spin_states(5), 0.8)
        (slope,) = torch.autograd.grad(came.log_Z, coupling)
        agreement = came.expectation(lambda s: s[..., 0] * s[..., 1]).item() / 0.8
        expected = agreement * (5 if shape == () else 1)
        assert slope.flatten()[0].item() == pytest.approx(expected, rel=1e-12)


def test_states_take_no_more_memory_than_they_fill() -> None:
    """Nothing else of their size is made on the way."""

    class Sizes(TorchDispatchMode):
        largest: ClassVar[dict[int, int]] = {}

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            came = func(*args, **(kwargs or {}))
            if isinstance(came, torch.Tensor):
                storage = came.untyped_storage()
                self.largest[storage.data_ptr()] = storage.nbytes()
            return came

    with Sizes() as mode:
        states = ebm.spin_states(20)
    fill = states.points.untyped_storage().nbytes()
    assert fill == 8 * 20 * 2**20
    *others, largest = sorted(mode.largest.values())
    assert largest == fill
    assert others[-1] < fill / 10


def test_a_ring_takes_its_dtype_from_a_temperature_that_is_a_tensor() -> None:
    assert ebm.ising_ring_log_Z(5, torch.tensor(2.0)).dtype == torch.float32
    assert ebm.ising_ring_log_Z(5, torch.tensor(2.0), coupling=-1.0).dtype == torch.float32


def test_a_frustrated_ring_has_slopes_where_it_is_cold() -> None:
    """Of n = 5 at J = -1 the lowest energy is -3, so log Z = 3 / T + log 10."""
    heat = torch.tensor(1e-3, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(ebm.ising_ring_log_Z(5, heat, coupling=-1.0), heat)
    assert slope.item() == pytest.approx(-3e6, rel=1e-12)


def test_what_spins_refuse() -> None:
    with pytest.raises(
        ValueError, match=r"^num must be at most 24, got 25: 33,554,432 configurations"
    ):
        ebm.spin_states(25)
    with pytest.raises(ValueError, match=r"^num must be at least 1, got 0"):
        ebm.spin_states(0)
    for make in (ebm.ring_bonds, ebm.ising_ring_log_Z):
        with pytest.raises(ValueError, match=r"^num must be at least 3"):
            make(2)
    with pytest.raises(ValueError, match=r"^columns must be at least 3"):
        ebm.torus_bonds(3, 2)
    with pytest.raises(ValueError, match=r"^rows must be at least 3"):
        ebm.torus_bonds(2, 3)
    for wrong, told in (
        ([], r"got none"),
        ([(0, -1)], r"got \(0, -1\) as bonds\[0\]"),
        ([(0, 1), (1, 2, 0)], r"got \(1, 2, 0\) as bonds\[1\]"),
        (torch.tensor([0, 1]), r"got shape \(2,\); as a tensor, \(k, 2\)"),
        (torch.ones(4, 3, dtype=torch.int64), r"got shape \(4, 3\)"),
    ):
        with pytest.raises(ValueError, match=rf"^bonds must be pairs .* at least one, {told}"):
            ebm.ising_energy(wrong)
    with pytest.raises(ValueError, match=r"^bonds must join two spins, got \(2, 2\) as bonds\[1\]"):
        ebm.ising_energy([(0, 1), (2, 2)])
    for wrong in ([(0, 0.5)], torch.ones(4, 2), [3]):
        with pytest.raises(
            TypeError, match=r"^bonds must be pairs of integers, got .* as bonds\[0"
        ):
            ebm.ising_energy(wrong)
    for wrong, told in (
        ([1.0, 2.0], r"one for each of 3 bonds, got shape \(2,\)"),
        (torch.ones(3, 1), r"got shape \(3, 1\)"),
    ):
        with pytest.raises(ValueError, match=rf"^coupling must be one number, .*{told}"):
            ebm.ising_energy(ebm.ring_bonds(3), coupling=wrong)
    with pytest.raises(ValueError, match=r"^coupling and field must .* coupling inf of bond 2$"):
        ebm.ising_energy(ebm.ring_bonds(3), coupling=[1.0, 1.0, math.inf])
    for wrong in ("1", None, [1.0, "2", 3.0]):
        with pytest.raises(TypeError, match=r"^coupling.* must be one real number, got"):
            ebm.ising_energy(ebm.ring_bonds(3), coupling=wrong)
    with pytest.raises(ValueError, match=r"^coupling is on cpu but spins is on meta"):
        ebm.ising_energy([(0, 1)], coupling=torch.ones(1))(torch.ones(2, device="meta"))
    with pytest.raises(ValueError, match=r"^spins must have shape \(\.\.\., 4\)"):
        ebm.ising_energy(ebm.ring_bonds(4))(torch.ones(2, 5))
    for make in (
        lambda **c: ebm.ising_energy([(0, 1)], **c),
        lambda **c: ebm.ising_ring_log_Z(4, **c),
    ):
        for constants in ({"coupling": math.inf}, {"field": math.nan}):
            with pytest.raises(ValueError, match=r"^coupling and field must be finite"):
                make(**constants)
    with pytest.raises(ValueError, match="temperature must be positive"):
        ebm.ising_ring_log_Z(4, 0.0)


class TestRestrictedBoltzmannMachine:
    @staticmethod
    def machine(visible: int, hidden: int, scale: float = 1.0) -> tuple[torch.Tensor, ...]:
        generator = torch.Generator().manual_seed(visible + 10 * hidden)
        shapes = ((visible, hidden), (visible,), (hidden,))
        return tuple(
            scale * torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes
        )

    @pytest.mark.parametrize(("visible", "hidden"), [(6, 3), (3, 6), (1, 1), (9, 2)])
    def test_it_meets_the_sum_over_both_layers(self, visible: int, hidden: int) -> None:
        weights, a, b = self.machine(visible, hidden)
        both = (ebm.spin_states(visible + hidden).points + 1) / 2
        v, h = both[:, :visible], both[:, visible:]
        minus_energy = ((v @ weights) * h).sum(-1) + v @ a + h @ b
        came = ebm.restricted_boltzmann_log_Z(weights, a, b)
        assert came.item() == pytest.approx(torch.logsumexp(minus_energy, 0).item(), rel=1e-13)

    def test_large_weights_overflow_nothing(self) -> None:
        came = ebm.restricted_boltzmann_log_Z(*self.machine(200, 13, scale=100.0))
        assert math.isfinite(came.item())

    @pytest.mark.parametrize("together", [1, 3, 5000])
    def test_it_is_the_same_in_pieces_of_any_size(self, together, monkeypatch) -> None:
        machine = self.machine(30, 7)
        whole = ebm.restricted_boltzmann_log_Z(*machine)
        monkeypatch.setattr(
            restricted_boltzmann, "states_at_once", lambda device, numbers, on_cpu: together
        )
        came = ebm.restricted_boltzmann_log_Z(*machine)
        assert came.item() == pytest.approx(whole.item(), rel=1e-14)

    def test_either_layer_may_be_the_larger(self) -> None:
        weights, a, b = self.machine(200, 13)
        came = ebm.restricted_boltzmann_log_Z(weights.T, b, a)
        assert came.item() == pytest.approx(ebm.restricted_boltzmann_log_Z(weights, a, b).item())

    def test_its_slope_is_the_mean_of_a_unit(self) -> None:
        weights, a, b = self.machine(5, 3)
        a.requires_grad_()
        (slope,) = torch.autograd.grad(ebm.restricted_boltzmann_log_Z(weights, a, b), a)
        assert bool(((slope > 0) & (slope < 1)).all())
        off = [ebm.restricted_boltzmann_log_Z(weights[1:], a.detach()[1:], b)]
        whole = ebm.restricted_boltzmann_log_Z(weights, a.detach(), b)
        assert slope[0].item() == pytest.approx(1 - math.exp(off[0] - whole))

    def test_what_it_refuses(self) -> None:
        weights, a, b = self.machine(4, 2)
        with pytest.raises(
            ValueError, match=r"^weights, .* must have shapes .* got \(4, 2\), \(2,\) and \(4,\)"
        ):
            ebm.restricted_boltzmann_log_Z(weights, b, a)
        with pytest.raises(ValueError, match=r"got \(2, 3, 4\), \(2,\) and \(3, 4\)"):
            ebm.restricted_boltzmann_log_Z(torch.ones(2, 3, 4), torch.ones(2), torch.ones(3, 4))
        with pytest.raises(
            ValueError,
            match=r"^weights must have at most 20 .* got shape \(30, 21\): .* 2\^21 terms",
        ):
            ebm.restricted_boltzmann_log_Z(*self.machine(30, 21))
        with pytest.raises(TypeError, match=r"^weights must hold floats, got torch\.int64"):
            ebm.restricted_boltzmann_log_Z(weights.long(), a, b)
        with pytest.raises(TypeError, match=r"^visible_bias must hold floats, got torch\.int64"):
            ebm.restricted_boltzmann_log_Z(weights, a.long(), b)
        with pytest.raises(TypeError, match=r"^hidden_bias must hold floats, got torch\.int64"):
            ebm.restricted_boltzmann_log_Z(weights, a, b.long())
        with pytest.raises(
            TypeError,
            match=r"^visible_bias must hold torch.float64, .* got torch.float32; convert it with",
        ):
            ebm.restricted_boltzmann_log_Z(weights, a.float(), b)
        with pytest.raises(TypeError, match=r"^hidden_bias must hold torch.float32, as weights do"):
            ebm.restricted_boltzmann_log_Z(weights.float(), a.float(), b)
        with pytest.raises(ValueError, match=r"^visible_bias is on meta but weights is on cpu"):
            ebm.restricted_boltzmann_log_Z(weights, a.to("meta"), b)
        with pytest.raises(ValueError, match=r"^hidden_bias is on meta but weights is on cpu"):
            ebm.restricted_boltzmann_log_Z(weights, a, b.to("meta"))
