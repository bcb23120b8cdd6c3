"""Measure how quickly the charts answer on a phone's processor.

    python tools/bench_charts.py [CHAPTER ...]

Chromium runs at a quarter of this machine's speed, on the last good build. For each chart: the
time from scrolling to it until it answers. For each of its sliders: how many values a second reach
the screen in a drag to and fro, of 120 that all differ from the one before, one to a frame; and
the milliseconds that its script takes for one. The drag is the middle one of three. Last, of the
balls on the first page: the time from the press that shakes them until they move, and how many
pictures a second reach the screen, of 60 at most. Fewer than 30 are a failure.
"""

from __future__ import annotations

import sys

from chromium import PHONE, SITE, open_site
from playwright.sync_api import Browser, Page

SLOWDOWN = 4
VALUES = 120
DRAGS = 3

SECONDS = 5  # of shaking
FEWEST = 30  # pictures in each

SHAKE = """async (seconds) => {
  const frame = () => new Promise(requestAnimationFrame);
  const ball = document.querySelector(".ball-balls path");
  const place = () => ball.getAttribute("d");
  const [first, pressed] = [place(), performance.now()];
  document.querySelector(".ball-controls [name=run]").click();
  while (place() === first) await frame();
  const began = performance.now();
  let [pictures, last] = [0, place()];
  while (performance.now() - began < 1000 * seconds) {
    await frame();
    if (place() !== last) pictures += 1;
    last = place();
  }
  return [began - pressed, (1000 * pictures) / (performance.now() - began)];
}"""

DRAG = """async ([name, values]) => {
  const input = document.querySelector(`.chart input[name="${name}"]`);
  const frame = () => new Promise(requestAnimationFrame);
  input.value = input.min;
  let [step, script] = [1, 0];
  await frame();
  const began = performance.now();
  for (let k = 0; k < values; k++) {
    if (input.value === input.max) step = -1;
    if (input.value === input.min) step = 1;
    input.stepUp(step);
    const start = performance.now();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    script += performance.now() - start;
    await frame();
  }
  return [(1000 * values) / (performance.now() - began), script / values];
}"""


def main() -> int:
    with open_site() as (browser, address):
        chapters = sys.argv[1:] or [
            page.stem
            for page in sorted(SITE.glob("chapters/*.html"))
            if 'class="chart"' in page.read_text(encoding="utf-8")
        ]
        print(f"{'chapter':<20} {'ready ms':>8} {'slider':<10} {'updates/s':>9} {'ms each':>8}")
        for chapter in chapters:
            page = browser.new_page(
                viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True
            )
            page.goto(f"{address}/chapters/{chapter}.html", wait_until="networkidle")
            measure(page, chapter)
            page.close()
        return 0 if sys.argv[1:] else shake(browser, address)


def shake(browser: Browser, address: str) -> int:
    """Print how the balls of the first page move; 1 if they do not move smoothly."""
    page = browser.new_page(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    page.goto(f"{address}/intro.html", wait_until="networkidle")
    slow_down(page)
    ready, rate = page.evaluate(SHAKE, SECONDS)
    page.close()
    print(f"\nballs: moving after {ready:.0f} ms, {rate:.1f} pictures/s (at least {FEWEST})")
    return int(rate < FEWEST)


def slow_down(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})


def measure(page: Page, chapter: str) -> None:
    """Print what one chart takes."""
    slow_down(page)
    began = page.evaluate(
        """() => {
          document.querySelector(".chart").scrollIntoView({ behavior: "instant" });
          return performance.now();
        }"""
    )
    page.wait_for_function("document.querySelector('.chart').view")
    ready = page.evaluate("performance.now()") - began
    names = page.locator(".chart input[type=range]").evaluate_all(
        "inputs => inputs.map(({ name }) => name)"
    )
    for name in names:
        drags = sorted(page.evaluate(DRAG, [name, VALUES]) for _ in range(DRAGS))
        rate, script = drags[DRAGS // 2]
        print(f"{chapter:<20} {ready:8.0f} {name:<10} {rate:9.1f} {script:8.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
