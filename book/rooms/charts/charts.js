// Starts each chart of a page when the reader first does something near it.

// A chart works without the second, which makes it quick.
const library = () =>
  Promise.all([import("./vega.js"), import("./alone.js").catch(() => ({}))]);
const gestures = [
  "pointerdown",
  "pointermove",
  "wheel",
  "touchstart",
  "keydown",
  "scroll",
  "input", // all that assistive technology tells
];

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

/** Puts one image in place of a drawing's axes: they stay as they are, yet cost time at each turn. */
function still(drawing) {
  const axes = drawing.cloneNode(true);
  axes.removeAttribute("style"); // its background
  for (const part of axes.querySelectorAll(":not(g, .role-axis *)")) part.remove();
  const image = new Image();
  image.className = "chart-axes";
  image.alt = "";
  image.onload = () => drawing.before(image);
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(axes))}`;
}

/** Sets an attribute if that changes it. */
function setIfNew(name, value) {
  if (this.getAttribute(name) !== String(value))
    Element.prototype.setAttribute.call(this, name, value);
}

/** The words of an element that holds nothing else; new ones take the place of the old. */
const words = {
  get() {
    return this.firstChild?.data ?? "";
  },
  set(text) {
    if (this.firstChild) this.firstChild.data = text;
    else this.append(text);
  },
};

/** Has a drawing keep what stays. At each turn Vega sets fonts and clips as they were, and throws
    words away with the node that holds them; the browser would lay out all of it anew. */
function keep(drawing) {
  for (const part of drawing.querySelectorAll("*")) part.setAttribute = setIfNew;
  for (const text of drawing.querySelectorAll("text"))
    Object.defineProperty(text, "textContent", words);
}

function valueOf(input) {
  return input.type === "checkbox" ? input.checked : Number(input.value);
}

function isTurned(input) {
  return input.type === "range"
    ? input.value !== input.defaultValue
    : input.checked !== input.defaultChecked;
}

async function start(chart) {
  const [{ View }, { standAlone }] = await library();
  const place = chart.querySelector(".chart-view");
  const picture = place.firstElementChild;
  const said = chart.querySelector(".chart-said");
  const inputs = [...chart.querySelectorAll("input")];
  const stage = document.createElement("div");
  const view = new View(JSON.parse(chart.querySelector("script").textContent), {
    renderer: "svg",
    hover: false,
  }).initialize(stage);

  let waiting = 0;
  const set = (input) => {
    if (input.type === "radio" && !input.checked) return;
    view.signal(input.dataset.name ?? input.name, valueOf(input));
    if (input.type === "range")
      input.closest("label").querySelector(".chart-value").firstChild.data = input.value;
  };
  const show = (...turned) => {
    for (const input of turned) set(input);
    view.run();
  };
  const say = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      said.textContent = saidBy(view);
      stage.setAttribute("aria-label", `Now: ${said.textContent}. At first: ${picture.alt}`);
    }, 400);
  };

  await view.runAsync();
  show(...inputs); // a hand may have turned them meanwhile
  const drawing = stage.querySelector("svg");
  still(drawing);
  keep(drawing);
  stage.setAttribute("role", "img");
  stage.setAttribute("aria-label", picture.alt);
  chart.addEventListener("input", (event) => show(event.target));
  chart.addEventListener("change", say);
  if (inputs.some(isTurned)) say();
  standAlone?.(chart);
  picture.replaceWith(stage);
  document.documentElement.classList.add("charts-run");
  chart.view = view;
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
  { rootMargin: "400px" },
);

function begin() {
  for (const name of gestures) removeEventListener(name, begin);
  for (const chart of document.querySelectorAll(".chart")) near.observe(chart);
}

for (const name of gestures) addEventListener(name, begin, { passive: true });
