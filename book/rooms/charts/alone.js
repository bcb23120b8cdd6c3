// Leaves out what is far from the screen while a hand turns a chart. At each frame of a drag the
// browser looks at all that the page holds, which takes a tenth of a turn and more.

const QUICK = 250; // milliseconds between two values of one drag, at most
// What ends it. The keyboard must reach all again, a search must find it, and paper must hold it.
const ENDS = [
  "pointerup",
  "pointercancel",
  "keydown",
  "keyup",
  "blur",
  "wheel",
  "scroll",
  "resize",
  "contextmenu",
  "visibilitychange",
  "pagehide",
  "beforeprint",
];

const topOf = (element) => element.getBoundingClientRect().top;
const bottomOf = (element) => element.getBoundingClientRect().bottom;

function isNear(element) {
  const height = document.documentElement.clientHeight; // which stays when a finger zooms in
  return bottomOf(element) > -height / 2 && topOf(element) < 1.5 * height;
}

/** Of each element around a chart, the children above and below that are far from the screen. */
function farFrom(chart) {
  const runs = [];
  for (let part = chart; part.parentElement && !part.matches("article"); part = part.parentElement) {
    const all = [...part.parentElement.children].filter((child) => child.getClientRects().length);
    runs.push(all.slice(0, all.findIndex(isNear)), all.slice(all.findLastIndex(isNear) + 1));
  }
  return runs.filter((children) => children.length);
}

/** Puts gaps in the place of what is far from the screen, and returns what takes that back. */
function leaveOut(chart) {
  const page = document.documentElement;
  const before = topOf(chart);
  const runs = farFrom(chart).map((children) => ({
    displays: children.map((child) => [child, child.style.display]),
    first: children[0],
    gap: document.createElement("div"),
    height: bottomOf(children.at(-1)) - topOf(children[0]),
  }));
  page.style.overflowAnchor = "none"; // or the browser scrolls by what the gaps are short of
  for (const { displays, first, gap, height } of runs) {
    gap.style.height = `${height}px`;
    first.before(gap);
    for (const [child] of displays) child.style.display = "none";
  }
  // A gap has no margins. The one nearest above the chart makes up for all of them.
  const above = runs.find(({ gap }) => topOf(gap) < 0);
  if (above) above.gap.style.height = `${above.height + before - topOf(chart)}px`;
  return () => {
    page.style.overflowAnchor = "";
    for (const { displays, gap } of runs) {
      gap.remove();
      for (const [child, display] of displays) child.style.display = display;
    }
  };
}

/** Has a chart leave out what is far from the screen whenever a hand drags one of its dials. */
export function standAlone(chart) {
  let held = false; // by a pointer, or by a key that repeats
  let last = -Infinity;
  let takeBack;

  function end({ repeat }) {
    if (repeat) return;
    held = false;
    takeBack?.();
    takeBack = undefined;
  }

  for (const name of ENDS) addEventListener(name, end, { passive: true });
  const isDial = (element) => element.matches("input[type=range]");
  chart.addEventListener("pointerdown", (e) => (held = e.button === 0 && isDial(e.target)));
  chart.addEventListener("keydown", (e) => (held = e.repeat && isDial(e.target)));
  chart.addEventListener("input", ({ timeStamp }) => {
    const dragged = held && timeStamp - last < QUICK;
    last = timeStamp;
    // The keyboard also turns a chart from which the page has scrolled away.
    if (dragged && !takeBack && isNear(chart)) takeBack = leaveOut(chart);
  });
}
