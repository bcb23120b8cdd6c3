"""Measure how quickly the charts, and the landscape to draw, answer on a phone's processor.

    python tools/bench_charts.py [PAGE ...]

Chromium runs at a quarter of this machine's speed, on the last good build. For each chart: the
time from scrolling to it until it answers. For each of its sliders: how many values a second reach
the screen in a drag to and fro, of 120 that all differ from the one before, one to a frame; and
the milliseconds that its script takes for one. The drag is the middle one of three. The handles of
the landscape are sliders too.
"""

from __future__ import annotations

import re
import sys

from chromium import PHONE, SITE, open_site
from playwright.sync_api import Locator, Page

SLOWDOWN = 4
VALUES = 120
DRAGS = 3

# What has sliders, and the property that it has once it answers.
PLAYED = {".chart": "view", ".draw": "measured"}

DRAG = """async (input, values) => {
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
        pages = sys.argv[1:] or [
            page.relative_to(SITE).with_suffix("").as_posix()
            for page in sorted(SITE.rglob("*.html"))
            if re.search('class="(chart|draw)"', page.read_text(encoding="utf-8"))
        ]
        print(f"{'page':<28} {'ready ms':>8} {'slider':<18} {'updates/s':>9} {'ms each':>8}")
        for name in pages:
            page = browser.new_page(
                viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True
            )
            page.goto(f"{address}/{name}.html", wait_until="networkidle")
            for selector, ready in PLAYED.items():
                for played in page.locator(selector).all():
                    measure(page, name, played, ready)
            page.close()
    return 0


def measure(page: Page, name: str, played: Locator, ready: str) -> None:
    """Print what one chart takes, which has the property ``ready`` once it answers."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    began = played.evaluate(
        """(played) => {
          played.scrollIntoView({ behavior: "instant" });
          return performance.now();
        }"""
    )
    page.wait_for_function(
        "([played, ready]) => played[ready]", arg=[played.element_handle(), ready]
    )
    took = page.evaluate("performance.now()") - began
    for slider in played.locator("input[type=range]").all():
        label = slider.evaluate("(one) => one.ariaLabel ?? one.name")
        drags = sorted(slider.evaluate(DRAG, VALUES) for _ in range(DRAGS))
        rate, script = drags[DRAGS // 2]
        print(f"{name:<28} {took:8.0f} {label:<18} {rate:9.1f} {script:8.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
