"""Measure how quickly the charts answer on a phone's processor.

    python tools/bench_charts.py [CHAPTER ...]

Chromium runs at a quarter of this machine's speed, on the last good build. For each chart: the
time from scrolling to it until it answers. For each of its sliders: how many values a second reach
the screen in a drag to and fro, of 120 that all differ from the one before, one to a frame; and
the milliseconds that its script takes for one. The drag is the middle one of three.
"""

from __future__ import annotations

import sys

from chromium import PHONE, SITE, open_site
from playwright.sync_api import Page

SLOWDOWN = 4
VALUES = 120
DRAGS = 3

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
    return 0


def measure(page: Page, chapter: str) -> None:
    """Print what one chart takes."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
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
