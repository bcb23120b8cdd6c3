"""Langevin dynamics against its exact law, and downhill at zero temperature."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import ebm_snippets as ebm


def run(energy, initial, *, temperature, step_size=0.01, num_steps=100, seed=0):
    return ebm.langevin_dynamics(
        energy,
        initial,
        temperature=temperature,
        step_size=step_size,
        num_steps=num_steps,
        generator=torch.Generator().manual_seed(seed),
    )


def test_the_first_state_is_the_initial_one() -> None:
    initial = torch.tensor([[0.5, -0.5], [1.0, 2.0]])
    path = run(ebm.quadratic_energy, initial, temperature=1.0, num_steps=7)
    assert path.shape == (8, 2, 2)
    assert path.dtype == torch.float32
    assert torch.equal(path[0], initial)
    assert not initial.requires_grad
    assert not path.requires_grad


def test_one_step_by_hand() -> None:
    # x <- x - 0.1 * 2 x + sqrt(2 * 0.5 * 0.1) * noise
    initial = torch.tensor([3.0, -1.0], dtype=torch.float64)
    path = run(ebm.quadratic_energy, initial, temperature=0.5, step_size=0.1, num_steps=2)
    generator = torch.Generator().manual_seed(0)
    state = initial
    for step in (1, 2):
        noise = torch.randn(2, generator=generator, dtype=torch.float64)
        state = 0.8 * state + math.sqrt(0.1) * noise
        torch.testing.assert_close(path[step], state, rtol=1e-14, atol=0)


def test_one_step_is_a_path_of_two_states() -> None:
    start = torch.tensor([2.0], dtype=torch.float64)
    path = run(ebm.quadratic_energy, start, temperature=0.0, step_size=0.25, num_steps=1)
    assert path.tolist() == [[2.0], [1.0]]


def test_zero_temperature_rolls_to_a_local_minimum() -> None:
    initial = torch.tensor([-2.0, 0.42, 0.45, 3.0], dtype=torch.float64)
    path = run(ebm.asymmetric_energy, initial, temperature=0.0, num_steps=6000)
    left, right = -0.965484483344688, 2.0322836238452523
    assert path[-1].tolist() == pytest.approx([left, left, right, right], abs=1e-9)
    energies = ebm.asymmetric_energy(path)
    assert (energies.diff(dim=0) <= 1e-12).all()


def test_the_stationary_variance_is_exact() -> None:
    # Of x <- (1 - 2 h) x + sqrt(2 T h) noise the stationary variance is T / (2 (1 - h)).
    # 20,000 independent balls: the variance has a standard error of 1 %, the tolerance is
    # 4.5 of them (false failure below 1e-5), and a noise of sqrt(h) for sqrt(2 h) is found.
    temperature, step = 0.7, 0.1
    path = run(
        ebm.quadratic_energy,
        torch.zeros(20_000, dtype=torch.float64),
        temperature=temperature,
        step_size=step,
        num_steps=60,
    )
    exact = temperature / (2 * (1 - step))
    assert path[-1].var().item() == pytest.approx(exact, rel=0.045)
    assert path[-1].mean().item() == pytest.approx(0, abs=4.5 * math.sqrt(exact / 20_000))


def test_shares_of_the_asymmetric_wells() -> None:
    # 4,000 balls started at the left end, read once at time 60, when they have long forgotten
    # it: independent, so the share's standard error is 0.0073. 4.5 of them is 0.033.
    path = run(
        ebm.asymmetric_energy,
        torch.full((4000,), -1.0, dtype=torch.float64),
        temperature=1.0,
        step_size=0.01,
        num_steps=6000,
    )
    share = (path[-1] > 0.433201).double().mean().item()
    assert share == pytest.approx(0.692692, abs=0.033)


@pytest.mark.parametrize(("temperature", "share"), [(0.2, 0.964), (0.6, 0.868), (1.0, 0.809)])
def test_kramers_estimate_falls_short_by_what_the_text_says(temperature, share) -> None:
    """The exact mean time from one well to the other is a double integral (Gardiner, 5.5.23)."""
    found = ebm.stationary_points(ebm.asymmetric_energy, ebm.linear_grid(-6, 6, 6001))
    (left, right), (barrier,) = found.minima, found.maxima
    x = torch.linspace(-5, right.item(), 70_001, dtype=torch.float64)
    energies = ebm.asymmetric_energy(x) / temperature
    behind = torch.cumulative_trapezoid((-energies).exp(), x)
    rates = energies[1:].exp() * behind / temperature
    inside = x[1:] >= left
    exact = torch.trapezoid(rates[inside], x[1:][inside]).item()
    curvature = torch.func.grad(torch.func.grad(ebm.asymmetric_energy))
    pace = 2 * math.pi / (curvature(left) * curvature(barrier).abs()).sqrt()
    climb = ebm.asymmetric_energy(barrier) - ebm.asymmetric_energy(left)
    kramers = pace * (climb / temperature).exp()
    assert (kramers / exact).item() == pytest.approx(share, abs=0.002)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_temperatures_together_are_the_runs_one_by_one(dtype) -> None:
    """Kicks are drawn in the shape of the starts, so each row has those of a run of its own."""
    temperatures = torch.tensor([[0.0], [0.2], [0.6], [1.0]], dtype=torch.float64)
    starts = torch.tensor([-1.0, 0.3], dtype=dtype)
    together = run(ebm.asymmetric_energy, starts, temperature=temperatures, num_steps=2000)
    assert together.shape == (2001, 4, 2)
    assert together.dtype == dtype
    assert torch.equal(together[0], starts.expand(4, 2))
    for row, temperature in enumerate(temperatures.flatten().tolist()):
        alone = run(ebm.asymmetric_energy, starts, temperature=temperature, num_steps=2000)
        assert torch.equal(together[:, row], alone)
    assert not torch.equal(together[:, 2], together[:, 3])


def test_one_start_at_many_temperatures_has_the_same_kicks_scaled() -> None:
    """On a flat energy a path is its kicks: sqrt(T) apart and nothing else."""
    heat = torch.tensor([[0.5], [2.0]], dtype=torch.float64)
    start = torch.zeros(1, dtype=torch.float64)
    path = run(lambda x: 0 * x, start, temperature=heat, num_steps=50)
    assert path.shape == (51, 2, 1)
    assert path[1:].abs().min() > 0
    torch.testing.assert_close(path[:, 1], 2 * path[:, 0], rtol=1e-12, atol=0)
    own = run(lambda x: 0 * x, start.expand(2, 1), temperature=heat, num_steps=50)
    assert (own[-1, 1] - 2 * own[-1, 0]).abs() > 0.1


def test_each_ball_has_the_variance_of_its_temperature() -> None:
    """As `test_the_stationary_variance_is_exact`, each row with a tolerance of 4.5 standard errors.

    With one temperature for all, or T for sqrt(T), the rows differ by factors of 4 and 16.
    """
    heat = torch.tensor([0.2, 0.8, 3.2], dtype=torch.float64)
    path = run(
        ebm.quadratic_energy,
        torch.zeros(20_000, 3, dtype=torch.float64),
        temperature=heat,
        step_size=0.1,
        num_steps=60,
    )
    assert path.shape == (61, 20_000, 3)
    assert path[-1].var(dim=0).tolist() == pytest.approx((heat / 1.8).tolist(), rel=0.045)


def test_temperatures_of_vector_states() -> None:
    heat = torch.tensor([0.0, 1.0], dtype=torch.float64).reshape(2, 1, 1)
    starts = torch.ones(5, 2, dtype=torch.float64)
    path = run(ebm.bowl_energy, starts, temperature=heat, num_steps=3)
    assert path.shape == (4, 2, 5, 2)
    for row, temperature in enumerate((0.0, 1.0)):
        alone = run(ebm.bowl_energy, starts, temperature=temperature, num_steps=3)
        assert torch.equal(path[:, row], alone)


def test_no_gradient_flows_through_a_temperature() -> None:
    heat = torch.tensor([1.0], requires_grad=True)
    assert not run(ebm.quadratic_energy, torch.ones(1), temperature=heat).requires_grad


def test_temperatures_that_fit_no_ball() -> None:
    with pytest.raises(
        ValueError,
        match=r"^temperature must have a shape that broadcasts with that of initial, \(3,\), got "
        r"\(2,\); for one temperature in each row give it the shape \(num, 1\)$",
    ):
        run(ebm.quadratic_energy, torch.zeros(3), temperature=torch.ones(2))
    with pytest.raises(ValueError, match=r"^temperature is on meta but initial is on cpu"):
        run(ebm.quadratic_energy, torch.zeros(3), temperature=torch.ones(3, device="meta"))


def test_an_energy_of_several_states_together_is_refused() -> None:
    """Of n balls, a mean would divide each slope by n: another temperature, in silence."""
    told = r"^energy must return one number for each state, of shape \(3,\) or, .* got \(\); do not"
    for together in (lambda x: (x**2).mean(), lambda x: (x**2).sum(), lambda x: x[0] + x[1]):
        with pytest.raises(ValueError, match=told):
            run(together, torch.ones(3), temperature=1.0)
    for wrong in (lambda x: (x**2).mean(), lambda x: (x**2).sum(-1, keepdim=True)):
        with pytest.raises(ValueError, match=r"\(4, 2\) or, for vector states, \(4,\), got"):
            run(wrong, torch.ones(4, 2), temperature=1.0)
    with pytest.raises(ValueError, match=r"got \(4, 4\)"):
        run(lambda x: (x - x.unsqueeze(-1)) ** 2, torch.ones(4), temperature=1.0)


def test_one_vector_has_one_energy() -> None:
    one = run(ebm.bowl_energy, torch.tensor([1.0, 2.0]), temperature=0.0, step_size=0.25)
    row = run(ebm.bowl_energy, torch.tensor([[1.0, 2.0]]), temperature=0.0, step_size=0.25)
    assert torch.equal(one, row.squeeze(1))
    assert one[1].tolist() == [0.5, 1.0]
    alone = run(lambda x: (x**2).mean(), torch.tensor([2.0]), temperature=0.0, step_size=0.25)
    assert alone[1].tolist() == [1.0]


def test_a_quartic_well_is_left_in_the_end() -> None:
    """What the docstring says: the larger step is overshot by some ball, the smaller by none.

    Of 1,000 balls about 9 % are gone at time 120 with a step of 0.12, so that none is has a
    probability of 1e-41.
    """
    starts = torch.ones(1000, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"the path ran off to infinity"):
        run(ebm.asymmetric_energy, starts, temperature=1.0, step_size=0.12, num_steps=1000)
    path = run(ebm.asymmetric_energy, starts, temperature=1.0, step_size=0.04, num_steps=3000)
    assert path.abs().max() < 6


def test_the_same_seed_gives_the_same_path() -> None:
    start = torch.zeros(3)
    first, second = (run(ebm.double_well_energy, start, temperature=1.0) for _ in range(2))
    assert torch.equal(first, second)
    other = run(ebm.double_well_energy, start, temperature=1.0, seed=1)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperature": -1.0}, "temperature must be finite and at least 0, got -1.0"),
        ({"temperature": math.nan}, "temperature must be finite and at least 0, got nan"),
        (
            {"temperature": torch.tensor([[0.1], [-1.0]])},
            r"temperature must be finite and at least 0, got -1\.0 at index \(1, 0\); 0 is grad",
        ),
        ({"temperature": torch.tensor(math.inf)}, r"temperature must be .* got inf; 0 is gradient"),
        ({"temperature": 1.0, "step_size": 0.0}, "step_size must be positive and finite, got 0.0"),
        ({"temperature": 1.0, "step_size": math.inf}, "step_size must be positive and finite"),
        ({"temperature": 1.0, "num_steps": 0}, "num_steps must be at least 1, got 0"),
        (
            {"temperature": 1.0, "step_size": 5.0},
            "no slope, with step_size=5.0; take a smaller step",
        ),
    ],
)
def test_refusals(changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        run(ebm.double_well_energy, torch.tensor([3.0]), **changes)


def test_the_step_is_not_blamed_for_what_it_cannot_cure() -> None:
    with pytest.raises(ValueError, match=r"^initial contains nan at index \(1,\); start each ball"):
        run(ebm.double_well_energy, torch.tensor([1.0, math.nan]), temperature=1.0)
    with pytest.raises(ValueError, match=r"^initial contains inf at index \(0,\)"):
        run(ebm.double_well_energy, torch.tensor([math.inf]), temperature=1.0)
    with pytest.raises(
        ValueError, match=r"^the energy's slope at initial is nan at index \(1, 0\)"
    ):
        run(torch.sqrt, torch.tensor([[1.0], [-1.0]]), temperature=0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperature": "1"}, r"^temperature must be one real number, got '1'$"),
        ({"temperature": torch.tensor([1])}, r"^temperature must hold floats, got torch\.int64"),
        ({"temperature": True}, r"^temperature must be one real number, got True$"),
        ({"temperature": 1.0, "step_size": None}, r"^step_size must be one real number, got None$"),
        ({"temperature": 1.0, "num_steps": 5.0}, r"^num_steps must be an integer of at least 1"),
    ],
)
def test_numbers_of_other_types_are_refused(changes, message) -> None:
    with pytest.raises(TypeError, match=message):
        run(ebm.double_well_energy, torch.tensor([3.0]), **changes)


def test_refusals_of_types() -> None:
    with pytest.raises(TypeError, match=r"initial must hold floats, got torch\.int64"):
        run(ebm.double_well_energy, torch.tensor([1]), temperature=1.0)
    with pytest.raises(TypeError, match=r"generator must be a torch\.Generator, got NoneType"):
        ebm.langevin_dynamics(
            ebm.double_well_energy,
            torch.ones(1),
            temperature=1.0,
            step_size=0.1,
            num_steps=1,
            generator=None,
        )


def test_an_energy_that_leaves_torch_is_told_so() -> None:
    with pytest.raises(
        TypeError, match=r"^energy must be built from torch .* NumPy; write torch.sin for np.sin$"
    ):
        run(lambda x: torch.from_numpy(np.sin(x.numpy())), torch.zeros(3), temperature=1.0)

    weight = torch.ones((), requires_grad=True)
    for without in (
        torch.zeros_like,
        lambda x: x.detach() ** 2,
        lambda x: weight.expand(x.shape),
        lambda x: 1.0,
        lambda x: None,
    ):
        with pytest.raises(TypeError, match=r"^energy must return a tensor that depends on its"):
            run(without, torch.zeros(3), temperature=1.0)

    def broken(x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("of another kind")

    with pytest.raises(RuntimeError, match="of another kind"):
        run(broken, torch.zeros(3), temperature=1.0)
