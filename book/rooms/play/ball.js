// Shakes the balls that ball.py has drawn: Langevin dynamics, x <- x - h E'(x) + sqrt(2 h T) xi.

// Time of the landscape that passes in a second. Slow at first, so that the eye can follow a ball;
// then faster, so that the histogram settles while one watches. Counted from the last new start.
const SLOWEST = 0.5;
const FASTEST = 6;
const QUICKENING = 2; // per second
const LONGEST_FRAME = 0.1; // seconds: after a longer one time is left out, not made up for
const ONCE = 1; // time that passes when the reader shakes once
const PAUSE = 400; // milliseconds after a change until a screen reader is told

/** The value of a polynomial, its coefficients given from the constant upwards. */
function polynomial(coefficients, x) {
  let sum = 0;
  for (let power = coefficients.length - 1; power >= 0; power--)
    sum = sum * x + coefficients[power];
  return sum;
}

/**
 * Moves states by Langevin dynamics, in place.
 *
 * @param {Float64Array} states one for each ball
 * @param {{energy: number[], step: number}} landscape coefficients of the energy, and h
 * @param {number} noise T, at least 0
 * @param {number} steps how many
 * @param {(state: number) => void} visit called with each state after each step
 * @param {() => number} random draws from [0, 1)
 */
export function shake(states, { energy, step }, noise, steps, visit, random = Math.random) {
  const slope = energy.slice(1).map((coefficient, power) => coefficient * (power + 1));
  const kick = Math.sqrt(2 * noise * step);
  for (let left = steps; left > 0; left--) {
    for (let ball = 0; ball < states.length; ball++) {
      // A draw from the normal distribution, by Box and Muller.
      const xi = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      states[ball] += kick * xi - step * polynomial(slope, states[ball]);
      visit(states[ball]);
    }
  }
}

/**
 * What e^(-E/T)/Z says, by the trapezoid rule on the grid that the page gives.
 *
 * @param {number} noise T, above 0
 * @returns the density as a function of the state, its peak, and the share right of the barrier
 */
export function law({ energy, barrier, grid: [first, last, num] }, noise) {
  const spacing = (last - first) / (num - 1);
  const points = Array.from({ length: num }, (_, k) => first + k * spacing);
  const energies = points.map((x) => polynomial(energy, x));
  const lowest = Math.min(...energies);
  const weights = energies.map((E) => Math.exp((lowest - E) / noise));
  weights[0] /= 2;
  weights[num - 1] /= 2;
  const sum = (all) => all.reduce((total, weight) => total + weight, 0);
  const all = sum(weights);
  return {
    density: (x) => Math.exp((lowest - polynomial(energy, x)) / noise) / (all * spacing),
    peak: 1 / (all * spacing),
    share: sum(weights.filter((_, k) => points[k] > barrier)) / all,
  };
}

function path(points) {
  return `M${points.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`).join("L")}`;
}

function percent(share) {
  return share > 0.9995 ? "more than 99.9%" : `${(100 * share).toFixed(1)}%`;
}

/** Makes the figure answer to its controls. */
export function wake(figure) {
  const given = JSON.parse(figure.querySelector("script").textContent);
  const { energy, barrier, step, starts, low, high, bars, peak } = given;
  const find = (selector) => figure.querySelector(selector);
  const balls = figure.querySelectorAll(".ball-balls path");
  const dial = find("input");
  const share = find(".ball-share");
  const width = (high - low) / bars;

  const states = Float64Array.from(starts);
  const counts = new Float64Array(bars);
  let seen, right; // how many states have been counted since the last new start
  let clock; // seconds of motion since then
  let exact; // what the law says; nothing without noise
  let running = 0; // the frame that is asked for
  let before; // when the last frame was, if there was one since the button was pressed

  const count = (x) => {
    seen += 1;
    if (x > barrier) right += 1;
    counts[Math.floor((x - low) / width)] += 1; // beyond the picture this changes nothing
  };

  const said = () => {
    if (!exact) {
      const now = states.filter((x) => x > barrier).length / states.length;
      return `in the right well: ${Math.round(100 * now)}%; without noise no ball leaves its well`;
    }
    const soFar = seen ? `${Math.round((100 * right) / seen)}% so far, ` : "";
    return `in the right well: ${soFar}${percent(exact.share)} in the long run`;
  };

  const draw = () => {
    states.forEach((x, ball) => {
      balls[ball].setAttribute("d", `M${x.toFixed(3)} ${polynomial(energy, x).toFixed(3)}h0`);
    });
    // Without noise there is no density to compare with: the bars fill the frame if all is in one.
    const scale = seen && peak / (seen * width * (exact?.peak ?? 1 / width));
    const tops = Array.from(counts, (number, bar) => {
      const x = low + bar * width;
      return `M${x.toFixed(3)} 0V${(scale * number).toFixed(3)}H${(x + width).toFixed(3)}V0`;
    });
    find(".ball-bars").setAttribute("d", seen ? tops.join("") : "");
    const words = said();
    if (share.textContent !== words) share.textContent = words; // anew it would be laid out anew
  };

  const move = (steps) => {
    shake(states, given, dial.valueAsNumber, steps, count);
    draw();
  };

  const begin = () => {
    counts.fill(0);
    seen = right = clock = 0;
    draw();
  };

  const tune = () => {
    const noise = dial.valueAsNumber;
    find(".ball-value").textContent = noise.toFixed(2);
    exact = noise > 0 ? law(given, noise) : undefined;
    const points = Array.from({ length: 4 * bars + 1 }, (_, k) => low + (k * width) / 4);
    const curve = exact && points.map((x) => [x, (peak * exact.density(x)) / exact.peak]);
    find(".ball-density").setAttribute("d", curve ? path(curve) : "");
    begin();
  };

  let waiting;
  const say = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      find("output").textContent = said();
    }, PAUSE);
  };

  const frame = (now) => {
    running = requestAnimationFrame(frame);
    const seconds = Math.min((now - (before ?? now)) / 1000, LONGEST_FRAME);
    before = now;
    clock += seconds;
    const pace = Math.min(SLOWEST + QUICKENING * clock, FASTEST);
    move(Math.round((pace * seconds) / step));
  };

  const stop = () => {
    if (!running) return;
    cancelAnimationFrame(running);
    running = 0;
    find("[name=run]").textContent = "Shake";
    say();
  };

  const press = {
    run: () => {
      if (running) {
        stop();
        return;
      }
      find("[name=run]").textContent = "Stop";
      before = undefined;
      running = requestAnimationFrame(frame);
    },
    once: () => {
      stop();
      move(Math.round(ONCE / step));
      say();
    },
    back: () => {
      states.set(starts);
      begin();
      say();
    },
  };

  const still = matchMedia("(prefers-reduced-motion: reduce)"); // the style sheet hides "Shake"
  still.addEventListener("change", stop);
  document.addEventListener("visibilitychange", stop);
  new IntersectionObserver((entries) => entries.at(-1).isIntersecting || stop()).observe(
    find(".ball-landscape"),
  );
  dial.addEventListener("input", tune);
  dial.addEventListener("change", say);
  figure.addEventListener("click", ({ target }) => press[target.name]?.());

  tune(); // a hand may have turned the dial meanwhile
}
