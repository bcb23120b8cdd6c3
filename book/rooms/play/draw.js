// Lets the reader drag a landscape. Above this stands landscape.js, in the same file.
//
// What is drawn is kept in two places: `now`, which is what the page shows, and the address, so
// that it can be sent to others. The sliders only show it: one of them changes one number of it.

const PAUSE = 400; // milliseconds after a change until the address and a screen reader are told
const MOST_TOLD = 80; // characters of an address that are repeated in a complaint

const root = document.querySelector(".draw");
const part = (name) => root.querySelector(`.draw-${name}`);
const button = (name) => root.querySelector(`button[name="${name}"]`);
const { presets } = JSON.parse(root.querySelector("script").textContent);
const handles = [...root.querySelectorAll(".draw-handle")];
const dial = root.querySelector('input[name="T"]');
const choice = root.querySelector("select");
const shares = [...root.querySelectorAll(".draw-share")];

const first = { heights: presets[0].heights, temperature: 1 };
const past = []; // what was drawn before, for undo
let settled; // what the address says
let now;
let waiting;

// The dial turns evenly through powers of ten, twenty steps to each.
const temperatureAt = (step) => Number((10 ** (step / 20)).toPrecision(2));

const same = (one, other) =>
  one.temperature === other.temperature && one.heights.every((E, k) => E === other.heights[k]);

// What is as it was is left alone, or the browser would lay it out and paint it again.
const write = (place, text) => {
  if (place.textContent !== text) place.textContent = text;
};
const draw = (name, path) => {
  if (part(name).getAttribute("d") !== path) part(name).setAttribute("d", path);
};

/** Shows a landscape. */
function show(drawn) {
  now = drawn;
  const measured = measure(now.heights, now.temperature);
  const seen = picture(measured);
  draw("line", seen.energy);
  draw("area", seen.density);
  draw("barriers", seen.barriers);
  draw("passes", seen.passes);
  part("mean").style.top = `${seen.mean}%`;
  write(part("top"), seen.top);
  shares.forEach((share, k) => {
    const given = seen.shares[k];
    share.hidden = !given;
    if (given) share.style.left = `${given.at}%`;
    write(share, given?.text ?? "");
  });
  for (const [name, text] of Object.entries(seen.numbers))
    write(root.querySelector(`[data-number="${name}"]`), text);
  write(part("temperature"), seen.temperature);
  root.measured = measured; // for tests
  clearTimeout(waiting);
  waiting = setTimeout(settle, PAUSE);
}

/** Puts every control where a landscape has it. */
function turnControls() {
  now.heights.forEach((height, k) => {
    handles[k].value = height;
    handles[k].setAttribute("aria-valuetext", `E = ${minus(height)}`);
  });
  dial.value = 20 * Math.log10(now.temperature);
  dial.setAttribute("aria-valuetext", `T = ${now.temperature}`);
}

/** Once the hand rests: notes the landscape in the address, for undo and for a screen reader. */
function settle() {
  clearTimeout(waiting);
  const words = picture(root.measured).words;
  part("energy-picture").setAttribute("aria-label", words.energy);
  part("density-picture").setAttribute("aria-label", words.density);
  const preset = presets.findIndex(({ heights }) => same({ ...now, heights }, now));
  choice.value = preset < 0 ? "" : preset;
  const [lowest, highest] = [Math.min(...now.heights), Math.max(...now.heights)];
  button("raise").disabled = highest + 1 > HEIGHTS.max;
  button("lower").disabled = lowest - 1 < HEIGHTS.min;
  settled ??= now; // where the reader begins
  if (!same(now, settled)) {
    past.push(settled);
    settled = now;
    part("said").textContent = words.density;
    part("told").textContent = part("copied").textContent = "";
    history.replaceState(history.state, "", `#${addressOf(now)}`);
  }
  button("undo").disabled = !past.length;
}

function addressOf({ heights, temperature }) {
  return `E=${heights.join(",")}&T=${temperature}`;
}

/** Reads a number that is written plainly; all else is NaN. */
function plainNumber(text) {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
}

/** Returns the landscape of an address, or nothing if it speaks of none. */
function readAddress(address) {
  const given = new URLSearchParams(address.slice(1));
  if (!given.has("E") && !given.has("T")) return undefined;
  const within = (value, { min, max }) => value >= min && value <= max; // not NaN
  const complain = (name, what) => {
    const said = given.get(name);
    const told = said.length > MOST_TOLD ? `${said.slice(0, MOST_TOLD)}…` : said;
    throw new RangeError(`The address says ${name}=${told}, but ${name} must be ${what}.`);
  };
  const heights = given.has("E") ? given.get("E").split(",").map(plainNumber) : first.heights;
  if (heights.length !== PLACES.length || !heights.every((E) => within(E, HEIGHTS))) {
    const limits = `from ${minus(HEIGHTS.min)} to ${HEIGHTS.max}`;
    complain("E", `nine numbers ${limits}, with commas between them`);
  }
  const temperature = given.has("T") ? plainNumber(given.get("T")) : first.temperature;
  if (!within(temperature, TEMPERATURES))
    complain("T", `a number from ${TEMPERATURES.min} to ${TEMPERATURES.max}`);
  return { heights, temperature };
}

/** Shows a landscape that no slider of the page made. */
function change(drawn) {
  show(drawn);
  turnControls();
  settle();
}

/** Shows what the address says; if it is wrong, the first landscape and what is wrong. */
function follow() {
  let [asked, complaint] = [first, ""];
  try {
    asked = readAddress(location.hash);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    complaint = `${error.message} This is the first landscape instead.`;
  }
  if (asked || !now) change(asked ?? first);
  part("told").textContent = complaint;
}

root.addEventListener("input", ({ target }) => {
  const k = handles.indexOf(target);
  if (k >= 0) {
    show({ ...now, heights: now.heights.with(k, Number(target.value)) });
    target.setAttribute("aria-valuetext", `E = ${minus(target.value)}`);
  } else if (target === dial) {
    show({ ...now, temperature: temperatureAt(dial.value) });
    target.setAttribute("aria-valuetext", `T = ${now.temperature}`);
  }
});
choice.addEventListener("change", () => {
  if (choice.value) change({ ...now, heights: presets[choice.value].heights });
});
const raise = (by) => {
  const heights = now.heights.map((E) => Number((E + by).toFixed(9))); // 0.1 + 1 - 1 is 0.1
  change({ ...now, heights });
};
button("raise").addEventListener("click", () => raise(1));
button("lower").addEventListener("click", () => raise(-1));
button("undo").addEventListener("click", () => {
  settle(); // what the hand has only just left
  change(past.pop());
  past.pop(); // what was undone
  button("undo").disabled = !past.length;
});
button("copy").addEventListener("click", async () => {
  settle();
  try {
    await navigator.clipboard.writeText(new URL(`#${addressOf(now)}`, location.href).href);
    part("copied").textContent = "Copied.";
  } catch {
    part("copied").textContent = "Your browser forbids it. Copy the address from its bar.";
  }
});
addEventListener("hashchange", follow);
follow();
