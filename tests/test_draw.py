"""The landscape that the reader draws: its numbers are the package's, whoever turns it, and how."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from browser import PHONE, serve
from conftest import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from rooms.common import new_context
from rooms.play import draw

import ebm_snippets as ebm
from ebm_snippets import BoltzmannDistribution

CLOSE = {"rel": 1e-6, "abs": 1e-6}
PLACES = torch.linspace(-4, 4, 9, dtype=torch.float64)
MINUS = "\N{MINUS SIGN}"
LOWEST, HIGHEST, COLD, HOT = -2.0, 10.0, 0.05, 20.0
LINE = ebm.linear_grid(-4.0, 4.0, 10_001, bounded=True)

heights = st.lists(
    st.floats(LOWEST, HIGHEST) | st.sampled_from([LOWEST, 0.0, 0.05, HIGHEST]),
    min_size=9,
    max_size=9,
)
temperatures = st.floats(math.log(COLD), math.log(HOT)).map(
    lambda one: min(max(math.exp(one), COLD), HOT)
)


def hard() -> Iterator[tuple[list[float], float]]:
    """Landscapes that are level, steep or lopsided, at both ends of the dial and between."""
    deep, tall = LOWEST, HIGHEST
    for given_heights in (
        [0.0] * 9,
        [tall] * 9,
        [tall] * 4 + [deep] + [tall] * 4,  # one deep well
        [deep] + [tall] * 8,  # at a wall
        [deep] + [tall] * 7 + [deep],  # at both, where the package is nearest to a warning
        [deep, tall, deep, tall, deep, tall, deep, tall, deep],
        [tall, deep, deep, tall, tall, deep, tall, deep, deep],  # level stretches
        [tall, 8, 6, 4, 2, 1, 0, -1, deep],  # downhill all the way
    ):
        for temperature in (COLD, 1.0, HOT):
            yield list(map(float, given_heights)), temperature


def by_package(given_heights: list[float], temperature: float) -> BoltzmannDistribution:
    """What the package has of a landscape. A warning of it would be an error here."""
    energy = ebm.interpolated_energy(PLACES, torch.tensor(given_heights, dtype=torch.float64))
    return ebm.boltzmann_distribution(energy, LINE, temperature)


def barriers(given_heights: list[float]) -> list[float]:
    """Where the barriers are: the middles of what lies higher than both of its sides."""
    found = []
    k = 1
    while k < 8:
        end = k
        while end < 8 and given_heights[end + 1] == given_heights[k]:
            end += 1
        lower_before = given_heights[k - 1] < given_heights[k]
        if end < 8 and lower_before and given_heights[end + 1] < given_heights[k]:
            found.append((PLACES[k] + PLACES[end]).item() / 2)
        k = end + 1
    return found


def shares_by_package(given_heights: list[float], temperature: float) -> list[float]:
    """The share of each well: the Z of the well alone, over the whole."""
    energy = ebm.interpolated_energy(PLACES, torch.tensor(given_heights, dtype=torch.float64))
    ends = [-4.0, *barriers(given_heights), 4.0]
    wells = [
        ebm.boltzmann_distribution(
            energy,
            ebm.linear_grid(low, high, round(1250 * (high - low)) + 1, bounded=True),
            temperature,
        )
        for low, high in pairwise(ends)
    ]
    whole = by_package(given_heights, temperature).log_Z
    return [torch.exp(well.log_Z - whole).item() for well in wells]


def assert_is_the_packages(
    measured: dict[str, Any], given_heights: list[float], temperature: float
) -> None:
    exact = by_package(given_heights, temperature)
    for name, value in (
        ("logZ", exact.log_Z),
        ("U", exact.mean_energy),
        ("S", exact.entropy),
        ("F", exact.free_energy),
    ):
        assert measured[name] == pytest.approx(value.item(), **CLOSE), name
    assert measured["Z"] == pytest.approx(exact.Z.item(), rel=1e-6)
    assert measured["F"] == pytest.approx(
        measured["U"] - temperature * measured["S"], rel=1e-9, abs=1e-9
    )
    density = torch.tensor(measured["weights"], dtype=torch.float64) / measured["integral"]
    assert (density * LINE.log_weights.exp()).sum().item() == pytest.approx(1, rel=1e-12)
    torch.testing.assert_close(density, exact.density, rtol=1e-6, atol=1e-12)
    shares = [well["share"] for well in measured["wells"]]
    assert sum(shares) == pytest.approx(1, rel=1e-12)
    assert shares == pytest.approx(shares_by_package(given_heights, temperature), **CLOSE)


# Without a page: the mathematics alone, in the engine that draws the first picture.


@pytest.fixture(scope="module")
def mathematics():
    context = new_context()
    context.eval((ROOT / "book" / "rooms" / "play" / "landscape.js").read_text())

    def evaluate(expression: str) -> Any:
        return json.loads(context.eval(f"JSON.stringify({expression})"))

    return evaluate


def measure(mathematics: Any, given_heights: list[float], temperature: float) -> dict[str, Any]:
    call = f"measure({json.dumps(given_heights)}, {temperature!r})"
    return mathematics(
        f"(({{ weights, ...rest }}) => ({{ ...rest, weights: [...weights] }}))({call})"
    )


def test_its_limits_are_those_of_these_tests(mathematics) -> None:
    limits = mathematics("[PLACES, HEIGHTS, TEMPERATURES, POINTS_PER_UNIT]")
    assert limits == [
        PLACES.tolist(),
        {"min": LOWEST, "max": HIGHEST, "step": 0.05},
        {"min": COLD, "max": HOT},
        (len(LINE.points) - 1) / 8,
    ]


@pytest.mark.parametrize(("given_heights", "temperature"), list(hard()))
def test_numbers_of_hard_landscapes_are_the_packages(mathematics, given_heights, temperature):
    measured = measure(mathematics, given_heights, temperature)
    assert_is_the_packages(measured, given_heights, temperature)


@settings(max_examples=20)  # the engine of the build has no compiler, and takes half a second
@given(heights, temperatures)
def test_numbers_are_the_packages(mathematics, given_heights, temperature) -> None:
    measured = measure(mathematics, given_heights, temperature)
    assert_is_the_packages(measured, given_heights, temperature)


@given(heights)
@example([0.0] * 9)
@example([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 2.0, 2.0, 2.0])
def test_wells_lie_between_barriers(mathematics, given_heights) -> None:
    wells = mathematics(f"wellsOf({json.dumps(given_heights)})")
    ends = [-4, *barriers(given_heights), 4]
    assert [well["low"] for well in wells] == ends[:-1]
    assert [well["high"] for well in wells] == ends[1:]
    for well in wells:
        assert well["low"] <= well["bottom"] <= well["high"]
        k = int(well["bottom"] + 4)  # the middle of a level bottom may lie between two places
        inside = [
            E
            for x, E in zip(PLACES, given_heights, strict=True)
            if well["low"] <= x <= well["high"]
        ]
        assert given_heights[k] == min(inside)


@given(heights)
def test_wells_are_the_packages(mathematics, given_heights) -> None:
    rises = [b - a for a, b in pairwise(given_heights)]
    if min(map(abs, rises)) < 1e-3:  # of a level stretch the package returns an end
        return
    energy = ebm.interpolated_energy(PLACES, torch.tensor(given_heights, dtype=torch.float64))
    found = ebm.stationary_points(energy, ebm.linear_grid(-3.999, 3.999, 400))
    wells = mathematics(f"wellsOf({json.dumps(given_heights)})")
    assert [well["low"] for well in wells[1:]] == pytest.approx(found.maxima.tolist(), abs=1e-6)
    bottoms = [well["bottom"] for well in wells if abs(well["bottom"]) < 4]
    assert bottoms == pytest.approx(found.minima.tolist(), abs=1e-6)


def test_the_line_that_is_drawn_is_the_energy(mathematics) -> None:
    given_heights = [10, 4.48, 0.3, 1.5, 2.38, 1.05, -0.6, 3.13, 10]
    path = mathematics(f"picture(measure({given_heights}, 1)).energy")
    numbers = torch.tensor([float(n) for n in re.findall(r"-?[\d.]+", path)], dtype=torch.float64)
    start, *curves = numbers[:2], *numbers[2:].reshape(8, 3, 2)
    energy = ebm.interpolated_energy(PLACES, torch.tensor(given_heights, dtype=torch.float64))
    for curve in curves:
        t = torch.linspace(0, 1, 11, dtype=torch.float64)[:, None]
        one, two, end = curve
        drawn = (
            (1 - t) ** 3 * start
            + 3 * (1 - t) ** 2 * t * one
            + 3 * (1 - t) * t**2 * two
            + t**3 * end
        )
        torch.testing.assert_close(
            -drawn[:, 1], energy(drawn[:, 0].clamp(-4, 4)), rtol=0, atol=2e-3
        )
        start = end


def test_what_is_written(mathematics) -> None:
    assert mathematics("[0.8, 1, 1.1, 15.2, 0.124, 0.5].map(roundedUp)") == [1, 1, 2, 20, 0.2, 0.5]
    assert mathematics("[-1.23456, -0.0001, 2].map(threeDecimals)") == [
        f"{MINUS}1.235",
        "0.000",
        "2.000",
    ]
    assert mathematics("[2.81366, 9999, 1.9e18, 1.23456e-87].map(fourDigits)") == [
        "2.814",
        "9999",
        "1.900 · 10¹⁸",
        "1.235 · 10⁻⁸⁷",
    ]
    words = mathematics("picture(measure([10, 0, 10, 10, 10, 10, 10, -1, 10], 1)).words")
    assert words["energy"] == (
        f"Energy of the landscape at x from {MINUS}4 to 4: 10, 0, 10, 10, 10, 10, 10, {MINUS}1, 10."
    )
    assert f"in the well at {MINUS}3, 72.1% in the well at 3." in words["density"]


# What the page says.


@pytest.fixture(scope="module")
def presets() -> dict[str, list[float]]:
    return {one["title"]: one["heights"] for one in json.loads(draw._landscapes())["presets"]}


WIDE = ebm.linear_grid(-8.0, 8.0, 32_001)
CUTS = {"asymmetric_energy": ebm.stationary_points(ebm.asymmetric_energy, LINE).maxima.item()}


@pytest.mark.parametrize("preset", draw.BOOK, ids=lambda one: one.energy)
def test_presets_are_close_to_the_books_energies(presets, preset) -> None:
    energy = getattr(ebm, preset.energy)
    given_heights = presets[preset.title]
    for x, height in zip(PLACES, given_heights, strict=True):
        exact = min(energy(preset.centre + x / preset.stretch).item(), HIGHEST)
        assert height == pytest.approx(exact, abs=0.005 + 1e-9)
    # What the page says of the difference, at T = 1.
    book, drawn = ebm.boltzmann_distribution(energy, WIDE), by_package(given_heights, 1.0)
    assert abs(drawn.mean_energy - book.mean_energy) < 0.1
    assert abs(drawn.entropy - book.entropy - math.log(preset.stretch)) < 0.1
    shares = shares_by_package(given_heights, 1.0)
    if len(shares) == 2:
        cut = CUTS.get(preset.energy, 0.0)
        left = book.probabilities[WIDE.points < cut].sum().item()
        assert abs(shares[0] - left) < 0.01
    else:
        assert preset.energy == "quadratic_energy"


def test_a_stretched_energy_is_as_the_page_says() -> None:
    plain = ebm.boltzmann_distribution(ebm.asymmetric_energy, WIDE, 0.7)
    far = ebm.linear_grid(-16.0, 16.0, 32_001)
    wide = ebm.boltzmann_distribution(lambda x: ebm.asymmetric_energy(x / 2), far, 0.7)
    assert wide.Z.item() == pytest.approx(2 * plain.Z.item(), rel=1e-9)
    assert wide.entropy.item() == pytest.approx(plain.entropy.item() + math.log(2), rel=1e-9)
    assert wide.mean_energy.item() == pytest.approx(plain.mean_energy.item(), rel=1e-9)


def test_what_you_should_have_seen(presets) -> None:
    narrow = [
        shares_by_package(presets["Narrow and wide"], T)[0] for T in (COLD, 0.2, 1.0, 5.0, HOT)
    ]
    assert narrow == sorted(narrow)
    assert narrow[0] < 0.05 < narrow[2] < narrow[-1] < 0.5

    mild = presets["Asymmetric"]
    raised = [height + 1 for height in mild]
    before, after = by_package(mild, 0.5), by_package(raised, 0.5)
    torch.testing.assert_close(after.density, before.density)
    assert (after.mean_energy - before.mean_energy).item() == pytest.approx(1)
    assert (after.free_energy - before.free_energy).item() == pytest.approx(1)
    assert (after.log_Z - before.log_Z).item() == pytest.approx(-2)

    walled = [*mild[:4], HIGHEST, *mild[5:]]
    moved = shares_by_package(walled, 1.0)[0] - shares_by_package(mild, 1.0)[0]
    assert abs(moved) < 0.02

    cold = by_package(mild, COLD)
    for value in (cold.mean_energy, cold.free_energy):
        assert abs(value.item() - min(mild)) < 0.1
    assert cold.entropy < by_package(mild, 0.1).entropy < 0

    for temperature in (COLD, 1.0, HOT):
        assert by_package([0.0] * 9, temperature).entropy.item() == pytest.approx(math.log(8))
    well = [HIGHEST] * 4 + [0.0] + [HIGHEST] * 4
    dial = [0.1 * 1.1**k for k in range(50)]
    entropies = [by_package(well, T).entropy.item() for T in dial]
    free = [by_package(well, T).free_energy.item() for T in dial]
    assert entropies == sorted(entropies)
    highest = free.index(max(free))
    assert entropies[highest - 1] < 0 < entropies[highest + 1]


# In a browser, on a small site of two pages.

CONF = """\
project = "Small"
extensions = ["myst_parser", "sphinx_book_theme", "sphinx_copybutton", "sphinx_design",
              "sphinx_togglebutton", "sphinx_thebe", "rooms.play", "rooms.finish"]
html_theme = "sphinx_book_theme"
html_theme_options = {"repository_url": "https://github.com/owner/name",
                      "use_repository_button": True, "navbar_persistent": []}
html_static_path = [STATIC]
html_css_files = ["book.css"]
"""
PAGE = """\
# Draw

{fas}`rocket` First a line of text.

```{draw}
```

## Below

TEXT
```{toctree}
other
```
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a small site with a landscape is served."""
    root = tmp_path_factory.mktemp("draw")
    source = root / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONF.replace("STATIC", repr(str(ROOT / "book" / "_static"))))
    (source / "index.md").write_text(PAGE.replace("TEXT", "A line of text.\n\n" * 60))
    (source / "other.md").write_text("# Other\n\nText.\n")
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "source", "site"],
        check=True,
        cwd=root,
        env={"PYTHONPATH": f"{ROOT / 'book'}:{ROOT}", "PYTHONHASHSEED": "0"},
    )
    with serve(root / "site") as address:
        yield f"{address}/index.html"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 1000})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
    context.close()


def measured(page: Page) -> dict[str, Any]:
    """All numbers of the page, with all their digits."""
    return page.evaluate(
        """() => {
          const { measured } = document.querySelector(".draw");
          return { ...measured, weights: [...measured.weights] };
        }"""
    )


def wait_for_address(page: Page, text: str) -> None:
    page.wait_for_function("text => location.hash.includes(text)", arg=text)


def at_random(count: int) -> Iterator[tuple[list[float], float]]:
    draws = random.Random(20)
    for _ in range(count):
        given_heights = [
            round(draws.uniform(LOWEST, HIGHEST), draws.choice([0, 2, 6])) for _ in range(9)
        ]
        yield given_heights, float(f"{math.exp(draws.uniform(math.log(COLD), math.log(HOT))):.4g}")


@pytest.mark.build
class TestInABrowser:
    def test_numbers_at_an_address_are_the_packages(self, page, small) -> None:
        for given_heights, temperature in [*at_random(24), *hard()]:
            page.goto("about:blank")
            page.goto(f"{small}#E={','.join(map(str, given_heights))}&T={temperature}")
            came = measured(page)
            assert came["heights"] == given_heights
            assert came["temperature"] == temperature
            assert_is_the_packages(came, given_heights, temperature)
            for name, number in (("U", came["U"]), ("S", came["S"]), ("F", came["F"])):
                shown = page.locator(f"[data-number={name}]").text_content().replace(MINUS, "-")
                assert float(shown) == pytest.approx(number, abs=0.0005 + 1e-9)

    def test_an_address_that_a_messenger_has_encoded(self, page, small) -> None:
        page.goto(f"{small}#E=1%2C2%2C3%2C4%2C5%2C6%2C7%2C8%2C9&T=2")
        assert measured(page)["heights"] == [1, 2, 3, 4, 5, 6, 7, 8, 9]

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("E=1,2,3", f"says E=1,2,3, but E must be nine numbers from {MINUS}2 to 10, with"),
            ("E=0,0,0,0,0,0,0,0,11&T=1", "but E must be nine numbers"),
            ("E=0,0,0,0,0,0,0,0,-2.01&T=1", "but E must be nine numbers"),
            ("E=0,0,0,0,0,0,0,0,&T=1", "but E must be nine numbers"),
            ("E=0,0,0,0,0,0,0,0,NaN&T=1", "but E must be nine numbers"),
            ("E=0,0,0,0,0,0,0,0,1e1&T=1", "but E must be nine numbers"),
            ("E=" + "7," * 5000, "…, but E must be nine numbers"),
            ("E=<img src=x onerror=alert(1)>", "E=<img src=x onerror=alert(1)>, but E must"),
            ("E=%E0%A4%A&T=1", "but E must be nine numbers"),
            ("E=0,0,0,0,0,0,0,0,0&T=0", "The address says T=0, but T must be a number from 0.05"),
            ("T=0.049", "but T must be a number from 0.05 to 20."),
            ("T=21", "but T must be a number"),
            ("T=", "but T must be a number"),
            ("T=Infinity", "but T must be a number"),
            ("T=hot", "The address says T=hot, but T must be"),
        ],
    )
    def test_a_bad_address_is_told(self, page, small, presets, wrong, said) -> None:
        page.goto(f"{small}#{wrong}")
        told = page.get_by_role("alert").text_content()
        assert said in told
        assert told.endswith("This is the first landscape instead.")
        assert len(told) < 240
        assert measured(page)["heights"] == presets["Asymmetric"]
        assert measured(page)["temperature"] == 1

    def test_the_address_of_a_section_is_none_of_a_landscape(self, page, small, presets) -> None:
        page.goto(f"{small}#below")
        assert page.locator(".draw-told").text_content() == ""
        assert measured(page)["heights"] == presets["Asymmetric"]
        page.locator(".draw-handle").first.press("ArrowDown")
        wait_for_address(page, "E=")
        drawn = measured(page)["heights"]
        page.evaluate("location.hash = 'below'")
        page.wait_for_timeout(50)
        assert measured(page)["heights"] == drawn

    def test_an_address_is_followed(self, page, small) -> None:
        page.goto(small)
        page.evaluate("location.hash = 'E=0,0,0,0,3,0,0,0,0&T=0.5'")
        page.wait_for_function("document.querySelector('.draw').measured.temperature === 0.5")
        assert measured(page)["heights"][4] == 3
        assert page.locator(".draw-handle").nth(4).input_value() == "3"

    def test_every_handle_follows_the_keys(self, page, small, presets) -> None:
        page.goto(small)
        entries = page.evaluate("history.length")
        expected = list(presets["Asymmetric"])
        for k, x in enumerate(map(str, range(-4, 5))):
            handle = page.get_by_role(
                "slider", name=f"energy at x = {x.replace('-', MINUS)}", exact=True
            )
            key, end = ("Home", LOWEST) if k % 2 else ("End", HIGHEST)
            handle.press(key)
            expected[k] = end
            assert measured(page)["heights"] == expected
            assert handle.get_attribute("aria-valuetext") == f"E = {f'{MINUS}2' if k % 2 else 10}"
        page.get_by_role("slider", name="energy at x = 0", exact=True).press("ArrowDown")
        expected[4] = 9.95
        assert measured(page)["heights"] == expected
        dial = page.get_by_role("slider", name="temperature T")
        for key, temperature in (("Home", COLD), ("End", HOT), ("ArrowLeft", 18)):
            dial.press(key)
            assert measured(page)["temperature"] == temperature
            assert dial.get_attribute("aria-valuetext") == f"T = {temperature:g}"
        assert_is_the_packages(measured(page), expected, 18.0)
        wait_for_address(page, "E=10,-2,10,-2,9.95,-2,10,-2,10&T=18")
        assert page.evaluate("history.length") == entries
        said = page.locator(".draw-said")
        assert "T = 18" in said.text_content()
        assert (
            page.locator(".draw-density-picture").get_attribute("aria-label") == said.text_content()
        )
        assert page.locator("select").input_value() == ""
        page.reload()
        assert measured(page)["heights"] == expected

    def test_the_dial_stops_at_the_round_temperatures(self, page, small) -> None:
        page.goto(small)
        dial = page.get_by_role("slider", name="temperature T")
        seen = []
        for step in range(-26, 27):
            dial.fill(str(step))
            seen.append(measured(page)["temperature"])
        assert seen == sorted(set(seen))
        assert {0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20} <= set(seen)

    def test_a_mouse_drags_the_line_to_where_it_is(self, page, small) -> None:
        page.goto(small)
        panel = page.locator(".draw-panel").first.bounding_box()
        handle = page.locator(".draw-handle").nth(5)

        def down(energy: float) -> float:
            return panel["y"] + panel["height"] * (HIGHEST - energy) / (HIGHEST - LOWEST)

        x = panel["x"] + panel["width"] * 5 / 8
        page.mouse.move(x, down(1.05))
        page.mouse.down()
        for height in (2.0, 4.0, 6.5):
            page.mouse.move(x + 3, down(height), steps=3)
            assert float(handle.input_value()) == pytest.approx(height, abs=0.1)
        page.mouse.up()
        height = measured(page)["heights"][5]
        assert height == float(handle.input_value())
        assert f" 1,{-height:g}C" in page.locator(".draw-line").get_attribute("d")
        wait_for_address(page, f",{height:g},")

    def test_undo_presets_and_sea_level(self, page, small, presets) -> None:
        page.goto(small)
        undo, up = page.get_by_role("button", name="Undo"), page.locator("button[name=raise]")
        assert undo.is_disabled()
        assert up.is_disabled()  # handles stand at the top
        page.locator("select").select_option("Level")
        assert measured(page)["heights"] == [0] * 9
        up.click()
        assert measured(page)["heights"] == [1] * 9
        assert measured(page)["F"] == pytest.approx(1 - math.log(8))
        page.locator(".draw-handle").nth(3).press("ArrowUp")
        undo.click()  # before the address has followed
        assert measured(page)["heights"] == [1] * 9
        lower = page.locator("button[name=lower]")
        for _ in range(3):
            lower.click()
        assert measured(page)["heights"] == [-2] * 9
        assert lower.is_disabled()
        for _ in range(4):
            undo.click()
        assert measured(page)["heights"] == [0] * 9
        assert page.locator("select").input_value() == str(list(presets).index("Level"))
        undo.click()
        assert measured(page)["heights"] == presets["Asymmetric"]
        assert undo.is_disabled()
        for title, given_heights in presets.items():
            page.locator("select").select_option(title)
            assert measured(page)["heights"] == given_heights

    def test_the_address_is_copied(self, page, small) -> None:
        page.goto(small)
        page.locator(".draw-handle").nth(2).press("End")
        page.get_by_role("button", name="Copy the address").click()
        page.get_by_text("Copied.").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.url
        assert copied.endswith("#E=10,4.48,10,1.5,2.38,1.05,-0.6,3.13,10&T=1")

    def test_it_is_told_where_nothing_may_be_copied(self, page, small) -> None:
        page.goto(small)
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }"
        )
        page.get_by_role("button", name="Copy the address").click()
        page.get_by_text("Copy the address from its bar").wait_for()

    def test_a_finger_drags_a_handle_and_scrolls_beside_it(self, browser, small) -> None:
        context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
        page = context.new_page()
        page.goto(small)
        page.evaluate("document.querySelector('.draw').scrollIntoView({ behavior: 'instant' })")
        touch = context.new_cdp_session(page)
        panel = page.locator(".draw-panel").first.bounding_box()

        def swipe(x: float, start: float, end: float) -> float:
            """Move a finger, and return how far the page has scrolled."""
            before = page.evaluate("scrollY")
            for kind, y in [
                ("touchStart", start),
                *(("touchMove", start + (end - start) * k / 10) for k in range(1, 11)),
            ]:
                touch.send(
                    "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]}
                )
            touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            page.wait_for_timeout(100)
            return page.evaluate("scrollY") - before

        place = panel["x"] + panel["width"] * 4 / 8
        top, height = panel["y"], panel["height"]
        at = top + height * (HIGHEST - 2.38) / 12
        assert swipe(place + 15, at + 15, at - 85) == 0  # from the rim of a fingertip
        # The handle comes under the finger.
        assert measured(page)["heights"][4] == pytest.approx(2.38 + 85 / height * 12, abs=0.1)
        drawn = measured(page)["heights"]
        between = panel["x"] + panel["width"] * 4.5 / 8
        assert swipe(between, top + height * 0.45, top + height * 0.05) > 30
        assert measured(page)["heights"] == drawn
        context.close()

    @pytest.mark.parametrize("width", [320, 390])
    def test_letters_and_fingertips_fit_a_phone(self, browser, small, width) -> None:
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.goto(f"{small}#E=-2,10,-2,10,-2,10,-2,10,-2&T=0.05")  # five shares, and a Z of 10^17
        sizes = page.evaluate(
            """() => [...document.querySelectorAll(".draw *")]
              .filter((one) => one.checkVisibility() && one.textContent.trim())
              .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
        )
        assert min(sizes) >= 12
        boxes = [handle.bounding_box() for handle in page.locator(".draw-handle").all()]
        assert all(box["width"] >= 44 for box in boxes)
        assert boxes[0]["x"] >= 0
        assert boxes[-1]["x"] + boxes[-1]["width"] <= width
        shares = [one.bounding_box() for one in page.locator(".draw-share:visible").all()]
        assert len(shares) == 5
        for one, other in pairwise(shares):
            assert one["x"] + one["width"] < other["x"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()

    def test_the_first_picture_is_what_the_script_draws(self, browser, small) -> None:
        seen = []
        for scripts in (False, True):
            context = browser.new_context(java_script_enabled=scripts, viewport=PHONE)
            page = context.new_page()
            page.goto(small, wait_until="networkidle")
            found = {
                name: [one.get_attribute(name) for one in page.locator(f".draw [{name}]").all()]
                for name in ("d", "style", "aria-label", "aria-valuetext")
            }
            found["style"] = [re.sub(r"[ ;]", "", text) for text in found["style"]]
            found["texts"] = page.locator(".draw dd, .draw span").all_text_contents()
            assert page.locator(".draw-handle").first.is_visible() == scripts
            assert page.locator(".draw-controls").first.is_visible() == scripts
            assert page.locator(".draw-line").bounding_box()["height"] > 100
            seen.append(found)
            context.close()
        assert seen[0] == seen[1]

    def test_it_asks_for_nothing_but_its_small_script(self, page, small) -> None:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(small, wait_until="networkidle")
        (script,) = (url for url in asked if "draw.js" in url)
        before = len(asked)
        page.locator(".draw-handle").first.press("Home")
        page.locator("select").select_option("Level")
        page.wait_for_timeout(500)
        assert len(asked) == before
        size = page.evaluate(
            """() => performance.getEntriesByType("resource")
              .find(({ name }) => name.includes("draw.js")).transferSize"""
        )
        assert 0 < size < 6 * 1024
        assert Path(script.partition("?")[0]).name == "draw.js"
