// The mathematics of a drawn landscape, and its picture. It knows no page: the build runs it once
// for the picture that stands there before any script, and draw.js at every move of a hand.
//
// All is as ebm_snippets has it: the energy is interpolated_energy, the sums are those of
// boltzmann_distribution on linear_grid(-4, 4, 10001, bounded=True). tests/test_draw.py compares.

const PLACES = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
const HEIGHTS = { min: -2, max: 10, step: 0.05 };
const TEMPERATURES = { min: 0.05, max: 20 };
// The package warns of no landscape within these limits; with 1000 points to a unit, of a few.
const POINTS_PER_UNIT = 1250;
const POINTS_PER_LINE = 25; // of these, the line of the density goes through one

/** The slope at each place: of those on its two sides the harmonic mean, or 0 where it turns. */
function slopesOf(heights) {
  return heights.map((height, k) => {
    const before = height - heights[k - 1];
    const after = heights[k + 1] - height;
    return before * after > 0 ? 2 / (1 / before + 1 / after) : 0; // NaN at the ends, so 0
  });
}

/** The wells: each from one barrier or wall to the next, and the place of its bottom. */
function wellsOf(heights) {
  // Places of one height side by side are one stretch, whose middle stands for it.
  const stretches = [];
  heights.forEach((height, k) => {
    const last = stretches.at(-1);
    if (last?.height === height) last.end = PLACES[k];
    else stretches.push({ height, start: PLACES[k], end: PLACES[k] });
  });
  const above = (one, other) => !other || one.height > other.height;
  const below = (one, other) => !other || one.height < other.height;
  const wells = [];
  let low = PLACES[0];
  let bottom;
  stretches.forEach((one, k) => {
    const [before, after] = [stretches[k - 1], stretches[k + 1]];
    const middle = (one.start + one.end) / 2;
    if (below(one, before) && below(one, after)) bottom = middle;
    else if (before && after && above(one, before) && above(one, after)) {
      wells.push({ low, high: middle, bottom });
      low = middle;
    }
  });
  return [...wells, { low, high: PLACES.at(-1), bottom }];
}

/** All numbers of a landscape at a temperature. */
function measure(heights, temperature) {
  const slopes = slopesOf(heights);
  const lowest = Math.min(...heights);
  const last = (PLACES.length - 1) * POINTS_PER_UNIT;
  // Relative to the lowest energy, so that no exponent is above 0, and the largest weight is 1.
  const weights = new Float64Array(last + 1);
  let sum = 0;
  let excess = 0;
  for (let i = 0; i <= last; i++) {
    const k = Math.min(Math.floor(i / POINTS_PER_UNIT), PLACES.length - 2);
    const share = i / POINTS_PER_UNIT - k; // of the way from one place to the next
    const rest = 1 - share;
    const above =
      heights[k] -
      lowest +
      (heights[k + 1] - heights[k]) * share * share * (3 - 2 * share) +
      share * rest * (slopes[k] * rest - slopes[k + 1] * share);
    const weight = Math.exp(-above / temperature);
    weights[i] = weight;
    const counted = i === 0 || i === last ? weight / 2 : weight; // by the trapezoid rule
    sum += counted;
    excess += counted * above;
  }
  const integral = sum / POINTS_PER_UNIT;
  const logIntegral = Math.log(integral);
  const meanExcess = excess / sum;
  const logZ = logIntegral - lowest / temperature;
  const wells = wellsOf(heights).map((well) => {
    const [from, to] = [well.low, well.high].map((x) => (x - PLACES[0]) * POINTS_PER_UNIT);
    let inside = (weights[from] + weights[to]) / 2; // what lies on a barrier is on both its sides
    for (let i = from + 1; i < to; i++) inside += weights[i];
    return { ...well, share: inside / sum };
  });
  return {
    heights,
    temperature,
    weights,
    integral, // of the weights: the density is weight / integral
    wells,
    logZ,
    Z: Math.exp(logZ),
    U: lowest + meanExcess,
    S: meanExcess / temperature + logIntegral,
    F: lowest - temperature * logIntegral,
  };
}

/** The least of 0.2, 0.5, 1, 2, 5, ... that a density stays under. */
function roundedUp(highest) {
  const power = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((digit) => digit * power).find((one) => one >= highest);
}

const minus = (text) => String(text).replace("-", "\u2212");

function threeDecimals(value) {
  return minus((Math.abs(value) < 0.0005 ? 0 : value).toFixed(3));
}

/** A positive number in four digits, with a power of ten where it is very large or small. */
function fourDigits(value) {
  if (value >= 0.01 && value < 10000) return value.toPrecision(4);
  const [digits, power] = value.toExponential(3).split("e");
  const raised = [...power.replace("+", "")].map((one) => (one === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[one]));
  return `${digits} · 10${raised.join("")}`;
}

const percent = (share) => `${(100 * share).toFixed(1)}%`;

/** What is to be seen and said of a landscape: paths, texts, and where they stand. */
function picture(measured) {
  const { heights, temperature, weights, integral, wells, Z, logZ, U, S, F } = measured;
  const slopes = slopesOf(heights);
  // In the panel of the energy one unit is one of x and one of E, which grows upwards.
  let energy = `M${PLACES[0]},${-heights[0]}`;
  for (let k = 1; k < PLACES.length; k++) {
    const [x, start, end] = [PLACES[k], heights[k - 1], heights[k]];
    const leaving = (-start - slopes[k - 1] / 3).toFixed(4);
    const coming = (-end + slopes[k] / 3).toFixed(4);
    energy += `C${(x - 2 / 3).toFixed(4)},${leaving} ${(x - 1 / 3).toFixed(4)},${coming} ${x},${-end}`;
  }
  const top = roundedUp(1 / integral); // the density where the weight is 1
  // In the panel of the density it is 1 from the ground to the top.
  let density = `M${PLACES[0]},0`;
  for (let i = 0; i < weights.length; i += POINTS_PER_LINE)
    density += `L${PLACES[0] + i / POINTS_PER_UNIT},${(-weights[i] / integral / top).toFixed(4)}`;
  density += `L${PLACES.at(-1)},0`;
  const barriers = wells.slice(1).map(({ low }) => low);
  const across = (x) => (100 * (x - PLACES[0])) / (PLACES.at(-1) - PLACES[0]);
  const shares = wells.map(({ bottom, share }) => ({ at: across(bottom), text: percent(share) }));
  const numbers = {
    Z: fourDigits(Z),
    logZ: threeDecimals(logZ),
    U: threeDecimals(U),
    S: threeDecimals(S),
    F: threeDecimals(F),
  };
  const told = wells.map(({ bottom, share }) => `${percent(share)} in the well at ${minus(bottom)}`);
  return {
    energy,
    density,
    barriers: barriers.map((x) => `M${x},-1V0`).join(""),
    passes: barriers.map((x) => `M${x},${-HEIGHTS.max}V${-HEIGHTS.min}`).join(""),
    top: String(top),
    mean: ((100 * (HEIGHTS.max - U)) / (HEIGHTS.max - HEIGHTS.min)).toFixed(2), // percent from the top
    shares,
    numbers,
    temperature: String(temperature),
    words: {
      energy:
        `Energy of the landscape at x from ${minus(PLACES[0])} to ${PLACES.at(-1)}: ` +
        `${heights.map(minus).join(", ")}.`,
      density:
        `Density at T = ${temperature}: ${told.join(", ")}. Z = ${numbers.Z}, ` +
        `log Z = ${numbers.logZ}, U = ${numbers.U}, S = ${numbers.S}, F = ${numbers.F}.`,
    },
  };
}
