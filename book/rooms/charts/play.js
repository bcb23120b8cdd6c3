// The buttons of a chart that has a time: they move its slider as a hand would, so that numbers and
// words follow as always. Nothing moves unless the reader has pressed a button, and playing ends by
// itself as soon as nobody can be looking at it.

const stops = new WeakMap(); // for the button of each chart that plays now: what stops it

/** Does what a button of a chart says. */
export function press(button) {
  const time = button.closest(".chart-time");
  const player = time.querySelector(".chart-play");
  const slider = time.previousElementSibling.querySelector("input");
  const stop = stops.get(player);
  stop?.();
  if (button !== player) step(slider);
  else if (!stop) play(player, slider);
}

function isAtEnd(slider) {
  return slider.value === slider.max;
}

function tell(slider, kind) {
  slider.dispatchEvent(new Event(kind, { bubbles: true }));
}

/** Moves the slider by one step, from the end to the beginning. */
function step(slider) {
  if (isAtEnd(slider)) slider.value = slider.min;
  else slider.stepUp();
  tell(slider, "input");
  tell(slider, "change");
}

function play(player, slider) {
  const listening = new AbortController();
  const moved = new Event("input", { bubbles: true });
  const seen = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting || stop());
  const stop = () => {
    listening.abort();
    seen.disconnect();
    stops.delete(player);
    player.textContent = "Play";
    tell(slider, "change"); // only now: a screen reader is not told of every frame
  };
  const during = { signal: listening.signal };
  slider.addEventListener("pointerdown", stop, during); // the reader takes it,
  slider.addEventListener("input", (event) => event === moved || stop(), during); // or has moved it
  document.addEventListener("visibilitychange", stop, during);
  seen.observe(player.closest(".chart").querySelector(".chart-view"));
  stops.set(player, stop);
  player.textContent = "Pause";

  let began;
  let steps = 0; // made so far
  const frame = (now) => {
    if (listening.signal.aborted) return;
    began ??= now;
    // By the clock and not by the frame: a slow phone leaves steps out, and plays as fast.
    const due = Math.floor(((now - began) / 1000) * Number(player.dataset.rate)) - steps;
    if (due > 0) {
      steps += due;
      slider.stepUp(due);
      slider.dispatchEvent(moved);
    }
    if (isAtEnd(slider)) stop();
    else requestAnimationFrame(frame);
  };
  if (isAtEnd(slider)) {
    slider.value = slider.min;
    slider.dispatchEvent(moved);
  }
  requestAnimationFrame(frame);
}
