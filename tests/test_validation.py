"""Refusals: each names the argument first, then the value that came and what would be right."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import _validation as check

ONE = torch.ones(1, dtype=torch.float64)
LINE = ebm.linear_grid(-1, 1, 5)
META = torch.ones(2, device="meta")

REFUSED = [
    (
        lambda: check.require_floating("x", [1.0]),
        TypeError,
        ("x must be a torch.Tensor of floats", "got list", "write torch.tensor(..., dtype"),
    ),
    (
        lambda: check.require_floating("x", torch.ones(2, dtype=torch.complex64)),
        TypeError,
        ("x must hold floats", "got torch.complex64", "convert it with .to(torch.float64)"),
    ),
    (
        lambda: check.require_vectors("x", [[1.0, 2.0]], 2),
        TypeError,
        ("x must be a torch.Tensor of floats", "got list"),
    ),
    (
        lambda: check.require_vectors("x", torch.zeros(2, 5, 3), 2),
        ValueError,
        ("x must have shape (..., 2)", "got (2, 5, 3)", "torch.stack(..., dim=-1)"),
    ),
    (
        lambda: check.require_count("num", True),
        TypeError,
        ("num must be an integer of at least 1", "got a bool"),
    ),
    (
        lambda: check.require_count("num", 2.0, at_least=2),
        TypeError,
        ("num must be an integer of at least 2", "got 2.0", "round it with int(...)"),
    ),
    (
        lambda: check.require_count("num", 0),
        ValueError,
        ("num must be at least 1", "got 0"),
    ),
    (
        lambda: check.require_same_device(a=ONE, b=ONE, c=META),
        ValueError,
        ("c is on meta but a is on cpu", "move one with .to(device='cpu')"),
    ),
    (
        lambda: check.require_generator(3),
        TypeError,
        ("generator must be a torch.Generator", "got int", "torch.Generator(device='cpu')"),
    ),
    (
        lambda: check.require_generator(None, torch.device("cuda", 1)),
        TypeError,
        ("generator must be a torch.Generator", "got NoneType", "Generator(device='cuda:1')"),
    ),
    (
        lambda: check.require_generator(torch.Generator(), torch.device("cuda", 1)),
        ValueError,
        ("generator is on cpu but the states are on cuda:1", "Generator(device='cuda:1')"),
    ),
    (
        lambda: check.as_temperature(torch.tensor(1), ONE),
        TypeError,
        ("temperature must hold floats", "got torch.int64"),
    ),
    (
        lambda: check.as_temperature(torch.ones(3), ONE),
        ValueError,
        ("temperature must be one number", "got shape (3,)", "once for each temperature"),
    ),
    (
        lambda: check.as_temperature(torch.tensor(1.0, device="meta"), ONE),
        ValueError,
        ("temperature is on meta but energies is on cpu",),
    ),
    (
        lambda: check.as_temperature(torch.tensor(-0.5), ONE),
        ValueError,
        ("temperature must be positive and finite", "got -0.5", "such as 1e-3"),
    ),
    (
        lambda: check.as_temperature(torch.tensor(math.inf), ONE),
        ValueError,
        ("temperature must be positive and finite", "got inf"),
    ),
    (
        lambda: check.as_temperature(True, ONE),
        TypeError,
        ("temperature must be a positive number", "got a bool", "write 1.0 for T = 1"),
    ),
    (
        lambda: check.as_temperature("hot", ONE),
        TypeError,
        ("temperature must be a positive number", "got 'hot'", "write 1.0 for T = 1"),
    ),
    (
        lambda: check.as_temperature(-2.0, ONE),
        ValueError,
        ("temperature must be positive and finite", "got -2.0"),
    ),
    (
        lambda: check.require_energies(torch.ones(2, 0)),
        ValueError,
        ("energies is empty", "shape (2, 0)", "at least one state"),
    ),
    (
        lambda: check.require_energies(torch.tensor([0.0, math.nan]), "E"),
        ValueError,
        ("E contains NaN", "use +inf for a state that cannot occur"),
    ),
    (
        lambda: check.require_energies(torch.tensor([0.0, -math.inf]), "E"),
        ValueError,
        ("E contains -inf", "use a finite energy"),
    ),
]


@pytest.mark.parametrize(("call", "error", "said"), REFUSED)
def test_a_refusal_says(
    call: Callable[[], object], error: type[Exception], said: tuple[str, ...]
) -> None:
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert message.startswith(said[0])
    for words in said:
        assert words in message


def test_what_is_right_comes_back_as_it_was() -> None:
    x = torch.zeros(3, 2)
    assert check.require_floating("x", x) is x
    assert check.require_vectors("x", x, 2) is x
    assert check.require_count("num", 1) == 1
    assert check.require_count("num", torch.tensor(7), at_least=7) == 7
    generator = torch.Generator()
    assert check.require_generator(generator) is generator
    assert check.require_generator(generator, torch.device("cpu")) is generator
    assert check.require_generator(generator, torch.device("meta")) is generator


def test_a_temperature_takes_dtype_and_device_from_what_it_divides() -> None:
    for given in (0.5, torch.tensor(0.5, dtype=torch.float32)):
        came = check.as_temperature(given, ONE)
        assert came.dtype == torch.float64
        assert came.shape == ()
        assert came == 0.5
    assert check.as_temperature(2, META).device.type == "meta"
