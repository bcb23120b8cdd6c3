// Starts each chart of a page when the reader first does something near it. Until then a chart is
// its controls and a picture of its first state; then Vega draws in the picture's place.

const GESTURES = [
  "pointerdown",
  "pointermove",
  "wheel",
  "touchstart",
  "keydown",
  "scroll",
  "input", // all that assistive technology tells
];
const NEAR = "400px"; // from the screen
const PAUSE = 400; // milliseconds after a change until a screen reader is told

function isTurned(input) {
  return input.type === "range"
    ? input.value !== input.defaultValue
    : input.checked !== input.defaultChecked;
}

/** Gives a control's value to the chart, which shows it when it runs. */
function set(view, input) {
  if (input.type === "radio" && !input.checked) return;
  const value = input.type === "checkbox" ? input.checked : Number(input.value);
  view.signal(input.dataset.name ?? input.name, value);
  if (input.type === "range")
    input.closest("label").querySelector(".chart-value").textContent = input.value;
}

/** What the chart says in words: its texts whose names begin with "said", from top to bottom. */
function saidBy(view) {
  const found = [];
  const visit = (item) => {
    if (item.name?.startsWith("said")) found.push([item.name, item.items.map(({ text }) => text)]);
    item.items?.forEach(visit);
  };
  visit(view.scenegraph().root);
  return found.sort().reverse().flatMap(([, texts]) => texts).join("; ");
}

async function start(chart) {
  const { View } = await import("./vega.js");
  const picture = chart.querySelector(".chart-view img");
  const said = chart.querySelector(".chart-said");
  const inputs = [...chart.querySelectorAll("input")];

  const drawing = document.createElement("div");
  const dataflow = JSON.parse(chart.querySelector("script").textContent);
  const view = new View(dataflow, { renderer: "svg", hover: false }).initialize(drawing);
  await view.runAsync();
  drawing.setAttribute("role", "img"); // Vega has set another
  drawing.setAttribute("aria-label", picture.alt);

  const show = (...turned) => {
    for (const input of turned) set(view, input);
    view.run();
  };
  let waiting;
  const say = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      said.textContent = saidBy(view);
      drawing.setAttribute("aria-label", `Now: ${said.textContent}. At first: ${picture.alt}`);
    }, PAUSE);
  };
  show(...inputs); // a hand may have turned them meanwhile
  if (inputs.some(isTurned)) say();
  chart.addEventListener("input", ({ target }) => show(target));
  chart.addEventListener("change", say);

  picture.replaceWith(drawing);
  document.documentElement.classList.add("charts-run"); // see charts.css
  chart.closest("main section > section")?.classList.add("chart-runs"); // see finish.css
  chart.view = view; // for tests
}

/** Says that a chart does not work, in the place of controls that would do nothing. */
function giveUp(chart) {
  const controls = chart.querySelector(".chart-controls");
  const held = controls.contains(document.activeElement);
  const told = document.createElement("p");
  told.setAttribute("role", "alert");
  told.tabIndex = -1;
  told.textContent = "The chart could not start. Load the page again.";
  controls.replaceWith(told);
  if (held) told.focus();
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      start(target).catch((error) => {
        giveUp(target);
        throw error;
      });
    }
  },
  { rootMargin: NEAR },
);

function begin() {
  for (const name of GESTURES) removeEventListener(name, begin);
  for (const chart of document.querySelectorAll(".chart")) near.observe(chart);
}

for (const name of GESTURES) addEventListener(name, begin, { passive: true });
