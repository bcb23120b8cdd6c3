// Leaves out what is far from the screen while a chart is turned. At each frame of a drag the
// browser looks at all that the page holds, which takes a tenth of a turn and more.

const QUICK = 250; // milliseconds between two values of one drag, at most
const QUIET = 1000; // milliseconds without a value that end it
// What else ends it. The keyboard must reach all again, and paper must hold it.
const ENDS = ["pointerup", "pointercancel", "keyup", "wheel", "scroll", "resize", "beforeprint"];

const top = (element) => element.getBoundingClientRect().top;
const bottom = (element) => element.getBoundingClientRect().bottom;
const isNear = (element) => bottom(element) > -innerHeight / 2 && top(element) < 1.5 * innerHeight;

/** Of each element around a chart, the children above and below that are far from the screen. */
function farFrom(chart) {
  const far = [];
  for (let part = chart; !part.matches("article"); part = part.parentElement) {
    const all = [...part.parentElement.children].filter((child) => child.getClientRects().length);
    far.push(all.slice(0, all.findIndex(isNear)), all.slice(all.findLastIndex(isNear) + 1));
  }
  return far.filter((children) => children.length);
}

/** Puts gaps in the place of what is far from the screen, and returns what takes that back. */
function leaveOut(chart) {
  const page = document.documentElement;
  const before = top(chart);
  const parts = farFrom(chart).map((children) => ({
    displays: children.map((child) => [child, child.style.display]),
    first: children[0],
    gap: document.createElement("div"),
    height: bottom(children.at(-1)) - top(children[0]),
  }));
  page.style.overflowAnchor = "none"; // or the browser scrolls by what the gaps are short of
  for (const { displays, first, gap, height } of parts) {
    gap.style.height = `${height}px`;
    first.before(gap);
    for (const [child] of displays) child.style.display = "none";
  }
  // A gap has no margins. Nothing on the screen may move for want of them.
  const above = parts.find(({ gap }) => top(gap) < 0);
  if (above) above.gap.style.height = `${above.height + before - top(chart)}px`;
  return () => {
    page.style.overflowAnchor = "";
    for (const { displays, gap } of parts) {
      gap.remove();
      for (const [child, display] of displays) child.style.display = display;
    }
  };
}

/** Has a chart leave out what is far from the screen whenever its values come quickly. */
export function standAlone(chart) {
  let last = -Infinity;
  let end;

  function begin() {
    const takeBack = leaveOut(chart);
    const wait = (time) => setTimeout(look, time);
    const look = () => {
      const left = last + QUIET - performance.now();
      if (left > 0) timer = wait(left);
      else end();
    };
    let timer = wait(QUIET);
    end = () => {
      clearTimeout(timer);
      for (const name of ENDS) removeEventListener(name, end);
      end = undefined;
      takeBack();
    };
    for (const name of ENDS) addEventListener(name, end, { passive: true });
  }

  chart.addEventListener("input", ({ timeStamp }) => {
    // The keyboard also turns a chart from which the page has scrolled away.
    if (!end && timeStamp - last < QUICK && isNear(chart)) begin();
    last = timeStamp;
  });
}
