/**
 * How people write the ten digits: for each, a few ways of writing it, drawn as strokes by hand in a
 * box of about 0.7 × 1 (x to the right, y downwards). Every way bends with the random numbers it gets.
 */
import type { Random } from '../random.ts';

/** Control points x0, y0, x1, y1, … A smooth curve runs through them; a point given twice is a corner. */
export type Stroke = number[];

/** One way of writing a digit. `amount` scales its freedom (0: always the same drawing). */
type Style = (random: Random, amount: number) => Stroke[];
interface Weighted {
  /** Share among the styles of the digit. */
  readonly weight: number;
  readonly draw: Style;
}

/** A number that varies around `middle`, at most `spread` to each side, small deviations being likelier. */
function about(random: Random, amount: number, middle: number, spread: number): number {
  return middle + spread * amount * (random.uniform() + random.uniform() - 1);
}

/** As `about`, but far deviations are as likely as near ones. */
const evenly = (random: Random, amount: number, middle: number, spread: number): number => middle + spread * amount * random.uniform(-1, 1);

/** An arc of an ellipse around (cx, cy), from `start` through `sweep` degrees (0 = right, 90 = down); `drift` widens the radius towards the end. */
function arc(cx: number, cy: number, rx: number, ry: number, start: number, sweep: number, drift = 0): Stroke {
  const steps = Math.max(4, Math.ceil(Math.abs(sweep) / 45));
  const points: Stroke = [];
  for (let i = 0; i <= steps; i++) {
    const angle = ((start + (sweep * i) / steps) * Math.PI) / 180;
    const grown = 1 + (drift * i) / steps;
    points.push(cx + rx * grown * Math.cos(angle), cy + ry * grown * Math.sin(angle));
  }
  return points;
}

const zero: readonly Weighted[] = [
  // One stroke, counter-clockwise from the top, that misses or overshoots its beginning a little.
  { weight: 5, draw: (r, k) => [arc(0.4, 0.5, evenly(r, k, 0.45, 0.26), 0.5, about(r, k, -75, 60), -about(r, k, 372, 45), about(r, k, 0, 0.2))] },
  // A hook at the top, where the pen comes in and closes inside.
  { weight: 1.2, draw: (r, k) => [[about(r, k, 0.5, 0.14), about(r, k, 0.14, 0.1), ...arc(0.4, 0.5, evenly(r, k, 0.44, 0.22), 0.5, about(r, k, -65, 25), -about(r, k, 345, 35)), about(r, k, 0.42, 0.14), about(r, k, 0.12, 0.12)]] },
  // Clockwise, with a tail that leaves at the top.
  { weight: 0.5, draw: (r, k) => [[...arc(0.4, 0.52, about(r, k, 0.38, 0.2), 0.48, about(r, k, -110, 30), about(r, k, 340, 30)), about(r, k, 0.62, 0.15), about(r, k, -0.04, 0.06)]] },
];

const one: readonly Weighted[] = [
  { weight: 8, draw: (r, k) => [[0.4, 0, about(r, k, 0.4, 0.06), 0.5, 0.4, 1]] },
  // With a flag.
  { weight: 1.2, draw: (r, k) => [[about(r, k, 0.14, 0.14), about(r, k, 0.24, 0.16), 0.4, 0, 0.4, 0, about(r, k, 0.4, 0.04), 0.5, 0.4, 1]] },
  // With flag and base.
  { weight: 1, draw: (r, k) => [
    [about(r, k, 0.12, 0.14), about(r, k, 0.2, 0.14), 0.4, 0, 0.4, 0, about(r, k, 0.4, 0.04), 0.5, 0.4, 1],
    [about(r, k, 0.06, 0.14), about(r, k, 1, 0.04), about(r, k, 0.76, 0.16), about(r, k, 0.99, 0.05)],
  ] },
];

const two: readonly Weighted[] = [
  // Round head, sharp foot.
  { weight: 3, draw: (r, k) => {
    const foot = about(r, k, 0.93, 0.06);
    return [[
      about(r, k, 0.08, 0.12), about(r, k, 0.24, 0.14), about(r, k, 0.22, 0.08), about(r, k, 0.06, 0.06), about(r, k, 0.42, 0.08), 0,
      about(r, k, 0.62, 0.1), about(r, k, 0.17, 0.07), about(r, k, 0.56, 0.1), about(r, k, 0.42, 0.08), about(r, k, 0.33, 0.08), about(r, k, 0.7, 0.06),
      about(r, k, 0.05, 0.08), foot, 0.05, foot, about(r, k, 0.4, 0.06), about(r, k, 0.92, 0.06), about(r, k, 0.74, 0.3), about(r, k, 0.93, 0.12),
    ]];
  } },
  // A loop at the foot.
  { weight: 2.5, draw: (r, k) => {
    const loop = about(r, k, 0.1, 0.08);
    return [[
      about(r, k, 0.08, 0.12), about(r, k, 0.22, 0.14), about(r, k, 0.24, 0.08), about(r, k, 0.05, 0.06), about(r, k, 0.46, 0.08), 0.01,
      about(r, k, 0.6, 0.1), about(r, k, 0.2, 0.08), about(r, k, 0.5, 0.08), about(r, k, 0.5, 0.08), about(r, k, 0.3, 0.07), about(r, k, 0.8, 0.06),
      about(r, k, 0.1, 0.06), about(r, k, 0.97, 0.04), about(r, k, -0.02, 0.06), 0.97 - loop, about(r, k, 0.12, 0.06), 0.95 - 1.8 * loop,
      about(r, k, 0.4, 0.08), about(r, k, 0.88, 0.07), about(r, k, 0.85, 0.25), about(r, k, 0.93, 0.12),
    ]];
  } },
  // A big round foot and a head that curls in: nearly two rings.
  { weight: 1.6, draw: (r, k) => [[
    about(r, k, 0.16, 0.14), about(r, k, 0.34, 0.12), about(r, k, 0.1, 0.1), about(r, k, 0.14, 0.08), about(r, k, 0.36, 0.08), 0,
    about(r, k, 0.64, 0.1), about(r, k, 0.2, 0.08), about(r, k, 0.58, 0.1), about(r, k, 0.56, 0.08), about(r, k, 0.34, 0.08), about(r, k, 0.88, 0.06),
    about(r, k, 0.06, 0.08), about(r, k, 0.98, 0.05), about(r, k, -0.1, 0.08), about(r, k, 0.82, 0.06), about(r, k, 0.1, 0.08), about(r, k, 0.63, 0.08),
    about(r, k, 0.4, 0.08), about(r, k, 0.74, 0.08), about(r, k, 0.72, 0.25), about(r, k, 0.95, 0.1),
  ]] },
  // Like a Z.
  { weight: 1.5, draw: (r, k) => {
    const foot = about(r, k, 0.95, 0.06);
    return [[
      about(r, k, 0.14, 0.2), about(r, k, 0.12, 0.12), about(r, k, 0.38, 0.12), about(r, k, 0.03, 0.06), about(r, k, 0.58, 0.1), about(r, k, 0.1, 0.08),
      about(r, k, 0.5, 0.1), about(r, k, 0.34, 0.08), about(r, k, 0.05, 0.08), foot, 0.05, foot, about(r, k, 0.8, 0.32), about(r, k, 0.94, 0.12),
    ]];
  } },
];

const three: readonly Weighted[] = [
  // Two bows that meet in a point.
  { weight: 4, draw: (r, k) => {
    const waistX = about(r, k, 0.28, 0.13);
    const waistY = about(r, k, 0.45, 0.07);
    return [[
      about(r, k, 0.08, 0.12), about(r, k, 0.13, 0.12), about(r, k, 0.34, 0.1), 0, about(r, k, 0.57, 0.08), about(r, k, 0.14, 0.06), about(r, k, 0.5, 0.08), about(r, k, 0.34, 0.06),
      waistX, waistY, waistX, waistY, about(r, k, 0.55, 0.09), about(r, k, 0.56, 0.06), about(r, k, 0.63, 0.09), about(r, k, 0.75, 0.07),
      about(r, k, 0.38, 0.11), 1, about(r, k, 0.03, 0.16), about(r, k, 0.85, 0.15),
    ]];
  } },
  // A flat roof.
  { weight: 1, draw: (r, k) => {
    const waistX = about(r, k, 0.27, 0.11);
    const waistY = about(r, k, 0.41, 0.07);
    const cornerX = about(r, k, 0.58, 0.08);
    const cornerY = about(r, k, 0.04, 0.05);
    return [[
      about(r, k, 0.08, 0.1), about(r, k, 0.05, 0.07), cornerX, cornerY, cornerX, cornerY, waistX, waistY, waistX, waistY,
      about(r, k, 0.55, 0.09), about(r, k, 0.53, 0.06), about(r, k, 0.62, 0.09), about(r, k, 0.74, 0.07), about(r, k, 0.36, 0.1), 1, about(r, k, 0.03, 0.1), about(r, k, 0.91, 0.09),
    ]];
  } },
  // A small loop at the waist.
  { weight: 1.5, draw: (r, k) => [[
    about(r, k, 0.08, 0.12), about(r, k, 0.14, 0.1), about(r, k, 0.34, 0.09), 0, about(r, k, 0.57, 0.08), about(r, k, 0.14, 0.06), about(r, k, 0.48, 0.08), about(r, k, 0.36, 0.06),
    about(r, k, 0.22, 0.08), about(r, k, 0.48, 0.05), about(r, k, 0.2, 0.08), about(r, k, 0.41, 0.05), about(r, k, 0.5, 0.08), about(r, k, 0.52, 0.06), about(r, k, 0.62, 0.08), about(r, k, 0.74, 0.07),
    about(r, k, 0.36, 0.1), 1, about(r, k, 0.02, 0.12), about(r, k, 0.88, 0.1),
  ]] },
];

const four: readonly Weighted[] = [
  // Open: an angle and a stem.
  { weight: 4, draw: (r, k) => {
    const cornerX = about(r, k, 0.06, 0.08);
    const barY = about(r, k, 0.5, 0.12);
    const stemX = about(r, k, 0.55, 0.1);
    return [
      [about(r, k, 0.16, 0.12), about(r, k, 0.03, 0.07), cornerX, barY, cornerX, barY, about(r, k, 0.72, 0.16), barY + about(r, k, -0.04, 0.09)],
      [stemX, about(r, k, 0.08, 0.16), about(r, k, stemX - 0.03, 0.06), 0.5, about(r, k, stemX - 0.06, 0.11), 1],
    ];
  } },
  // Open with a round corner, in one stroke down into the stem.
  { weight: 2, draw: (r, k) => {
    const barY = about(r, k, 0.48, 0.1);
    const stemX = about(r, k, 0.55, 0.09);
    const top = about(r, k, 0.06, 0.12);
    return [
      [about(r, k, 0.13, 0.1), about(r, k, 0.02, 0.05), about(r, k, 0.04, 0.06), barY - 0.14, about(r, k, 0.14, 0.06), barY, about(r, k, 0.36, 0.08), barY - 0.03, stemX, about(r, k, barY - 0.14, 0.09)],
      [stemX, top, about(r, k, stemX - 0.03, 0.06), 0.5, about(r, k, stemX - 0.06, 0.12), 1],
    ];
  } },
  // Closed: from the top down to the left, across, and the stem.
  { weight: 1.2, draw: (r, k) => {
    const cornerX = about(r, k, 0.02, 0.07);
    const barY = about(r, k, 0.6, 0.1);
    const topX = about(r, k, 0.52, 0.09);
    return [
      [topX, 0, cornerX, barY, cornerX, barY, about(r, k, 0.78, 0.16), barY + about(r, k, -0.01, 0.07)],
      [about(r, k, topX + 0.02, 0.06), about(r, k, 0.02, 0.08), about(r, k, topX - 0.01, 0.06), 0.5, about(r, k, topX - 0.02, 0.09), 1],
    ];
  } },
];

/** From the neck round the belly to the tail that ends on the left. */
function bellyOfFive(r: Random, k: number, neckX: number, neckY: number): Stroke {
  return [
    neckX, neckY, neckX, neckY, about(r, k, 0.37, 0.09), about(r, k, 0.4, 0.08), about(r, k, 0.6, 0.1), about(r, k, 0.62, 0.08),
    about(r, k, 0.49, 0.1), about(r, k, 0.9, 0.06), about(r, k, 0.24, 0.1), 1, about(r, k, 0.02, 0.17), evenly(r, k, 0.83, 0.15),
  ];
}

const five: readonly Weighted[] = [
  // Stem and bowl, the roof as a stroke of its own.
  { weight: 3, draw: (r, k) => {
    const topX = about(r, k, 0.2, 0.1);
    const topY = about(r, k, 0.05, 0.06);
    const neckX = about(r, k, 0.12, 0.09);
    const neckY = about(r, k, 0.42, 0.13);
    return [
      [topX, topY, ...bellyOfFive(r, k, neckX, neckY)],
      [topX + about(r, k, 0.02, 0.1), topY + about(r, k, 0, 0.08), about(r, k, 0.72, 0.2), about(r, k, 0.02, 0.1)],
    ];
  } },
  // One stroke from the right end of the roof.
  { weight: 3, draw: (r, k) => {
    const topX = about(r, k, 0.22, 0.1);
    const topY = about(r, k, 0.06, 0.06);
    const neckX = about(r, k, 0.14, 0.09);
    const neckY = about(r, k, 0.41, 0.12);
    return [[about(r, k, 0.72, 0.18), about(r, k, 0.03, 0.08), topX, topY, topX, topY, ...bellyOfFive(r, k, neckX, neckY)]];
  } },
  // Like an S.
  { weight: 1.5, draw: (r, k) => [[
    about(r, k, 0.72, 0.16), about(r, k, 0.03, 0.08), about(r, k, 0.32, 0.09), about(r, k, 0.06, 0.05), about(r, k, 0.18, 0.08), about(r, k, 0.26, 0.08), about(r, k, 0.38, 0.08), about(r, k, 0.48, 0.08),
    about(r, k, 0.52, 0.09), about(r, k, 0.7, 0.08), about(r, k, 0.36, 0.09), about(r, k, 0.96, 0.05), about(r, k, 0.02, 0.1), about(r, k, 0.93, 0.09),
  ]] },
];

const six: readonly Weighted[] = [
  // A long bow into a loop.
  { weight: 4, draw: (r, k) => {
    const loopTop = about(r, k, 0.56, 0.1);
    return [[
      about(r, k, 0.5, 0.2), 0, about(r, k, 0.2, 0.09), about(r, k, 0.32, 0.08), about(r, k, 0.05, 0.05), about(r, k, 0.68, 0.08), about(r, k, 0.24, 0.08), 1,
      about(r, k, 0.5, 0.1), about(r, k, 0.88, 0.06), about(r, k, 0.56, 0.12), (loopTop + 0.88) / 2 - about(r, k, 0.04, 0.05), about(r, k, 0.36, 0.09), loopTop, about(r, k, 0.1, 0.1), about(r, k, loopTop + 0.22, 0.12),
    ]];
  } },
  // A straight back and a wide ring, which may stay open.
  { weight: 2.5, draw: (r, k) => {
    const loopTop = about(r, k, 0.55, 0.12);
    return [[
      about(r, k, 0.24, 0.2), 0, about(r, k, 0.12, 0.08), about(r, k, 0.42, 0.08), about(r, k, 0.05, 0.05), about(r, k, 0.76, 0.08), about(r, k, 0.26, 0.08), 1,
      about(r, k, 0.58, 0.12), about(r, k, 0.86, 0.06), about(r, k, 0.6, 0.14), (loopTop + 0.86) / 2 - about(r, k, 0.06, 0.05), about(r, k, 0.38, 0.1), loopTop, about(r, k, 0.12, 0.12), about(r, k, loopTop + 0.2, 0.14),
    ]];
  } },
  // An upright stem and a tall ring beside it that touches it at the foot only.
  { weight: 1, draw: (r, k) => {
    const ringTop = about(r, k, 0.44, 0.1);
    const left = about(r, k, 0.24, 0.12);
    return [[
      about(r, k, 0.06, 0.12), about(r, k, 0, 0.05), about(r, k, 0, 0.06), about(r, k, 0.45, 0.08), about(r, k, 0.08, 0.05), about(r, k, 0.85, 0.06), about(r, k, 0.34, 0.08), 1,
      about(r, k, 0.66, 0.12), about(r, k, 0.84, 0.06), about(r, k, 0.7, 0.13), ringTop + about(r, k, 0.16, 0.05), about(r, k, 0.48, 0.09), ringTop, left, ringTop + about(r, k, 0.22, 0.07), left + about(r, k, 0.02, 0.06), about(r, k, 0.86, 0.1),
    ]];
  } },
];

/** A seven without its bar, by the shape of its roof. */
const sevenRoofs: readonly Weighted[] = [
  // A straight roof and a corner.
  { weight: 5, draw: (r, k) => {
    const cornerX = about(r, k, 0.62, 0.09);
    const cornerY = about(r, k, 0.05, 0.08);
    return [[about(r, k, 0.04, 0.14), about(r, k, 0.08, 0.12), about(r, k, 0.3, 0.08), about(r, k, 0.06, 0.06), cornerX, cornerY, cornerX, cornerY, about(r, k, 0.44, 0.1), about(r, k, 0.5, 0.08), about(r, k, 0.28, 0.2), 1]];
  } },
  // A rounded shoulder, the left end hanging down.
  { weight: 2, draw: (r, k) => [[about(r, k, 0.04, 0.1), about(r, k, 0.2, 0.16), about(r, k, 0.26, 0.1), about(r, k, 0.03, 0.05), about(r, k, 0.56, 0.08), about(r, k, 0.1, 0.08), about(r, k, 0.5, 0.1), about(r, k, 0.45, 0.1), about(r, k, 0.4, 0.18), 1]] },
  // A serif at the left end, from above or below.
  { weight: 2.2, draw: (r, k) => {
    const left = about(r, k, 0.08, 0.08);
    const top = about(r, k, 0.12, 0.1);
    const cornerX = about(r, k, 0.62, 0.09);
    const cornerY = about(r, k, 0.07, 0.07);
    const serif = r.chance(0.5) ? about(r, k, 0.18, 0.12) : about(r, k, -0.16, 0.12);
    return [[left + about(r, k, -0.03, 0.06), top + serif, left, top, left, top, cornerX, cornerY, cornerX, cornerY, about(r, k, 0.48, 0.1), about(r, k, 0.5, 0.08), about(r, k, 0.36, 0.18), 1]];
  } },
];

const seven: readonly Weighted[] = [
  { weight: 4, draw: (r, k) => pick(sevenRoofs, r).draw(r, k) },
  // A bar across the stem.
  { weight: 1, draw: (r, k) => {
    const barY = about(r, k, 0.5, 0.09);
    return [...pick(sevenRoofs, r).draw(r, k), [about(r, k, 0.14, 0.16), barY + about(r, k, 0, 0.09), about(r, k, 0.74, 0.2), barY + about(r, k, -0.03, 0.09)]];
  } },
];

const eight: readonly Weighted[] = [
  // One stroke: an S from the top right, and back up.
  { weight: 4, draw: (r, k) => {
    const waist = about(r, k, 0.46, 0.13);
    return [[
      about(r, k, 0.55, 0.14), about(r, k, 0.14, 0.11), about(r, k, 0.34, 0.09), 0, about(r, k, 0.12, 0.1), waist * about(r, k, 0.42, 0.16), about(r, k, 0.34, 0.07), waist,
      about(r, k, 0.52, 0.12), about(r, k, 0.76, 0.08), about(r, k, 0.3, 0.1), 1, about(r, k, 0.09, 0.12), about(r, k, 0.8, 0.08),
      about(r, k, 0.33, 0.07), waist + about(r, k, 0.02, 0.04), about(r, k, 0.56, 0.1), about(r, k, 0.22, 0.08), about(r, k, 0.5, 0.12), about(r, k, 0.06, 0.08),
    ]];
  } },
  // The same, but the upper ring stays open to the right.
  { weight: 2, draw: (r, k) => {
    const waist = about(r, k, 0.47, 0.12);
    return [[
      about(r, k, 0.5, 0.12), about(r, k, 0.05, 0.08), about(r, k, 0.24, 0.09), about(r, k, 0.03, 0.05), about(r, k, 0.1, 0.08), about(r, k, 0.22, 0.07), about(r, k, 0.3, 0.08), waist,
      about(r, k, 0.5, 0.12), about(r, k, 0.77, 0.08), about(r, k, 0.28, 0.1), 1, about(r, k, 0.1, 0.1), about(r, k, 0.81, 0.08),
      about(r, k, 0.34, 0.07), waist + about(r, k, 0.04, 0.05), about(r, k, 0.78, 0.24), about(r, k, 0.06, 0.14),
    ]];
  } },
  // Two rings.
  { weight: 1.3, draw: (r, k) => {
    const waist = about(r, k, 0.46, 0.12);
    const middle = 0.35;
    return [
      arc(middle + about(r, k, 0, 0.07), waist / 2, about(r, k, 0.21, 0.1), waist / 2, about(r, k, 90, 60), about(r, k, 365, 25)),
      arc(middle + about(r, k, 0, 0.07), (1 + waist) / 2, about(r, k, 0.25, 0.13), (1 - waist) / 2, about(r, k, -90, 60), about(r, k, 365, 25)),
    ];
  } },
];

const nine: readonly Weighted[] = [
  // A ring and a straight tail.
  { weight: 4, draw: (r, k) => {
    const right = about(r, k, 0.55, 0.08);
    const top = about(r, k, 0.12, 0.09);
    return [[
      right, top, about(r, k, 0.34, 0.1), 0, about(r, k, 0.08, 0.08), about(r, k, 0.22, 0.08), about(r, k, 0.2, 0.08), about(r, k, 0.45, 0.1),
      about(r, k, 0.44, 0.08), about(r, k, 0.36, 0.08), right, top, right, top, about(r, k, right - 0.03, 0.07), about(r, k, 0.5, 0.08), about(r, k, right - 0.08, 0.16), 1,
    ]];
  } },
  // A tail that bends to the left.
  { weight: 1.5, draw: (r, k) => {
    const right = about(r, k, 0.55, 0.08);
    const top = about(r, k, 0.14, 0.09);
    return [[
      right, top, about(r, k, 0.33, 0.1), 0, about(r, k, 0.06, 0.08), about(r, k, 0.23, 0.08), about(r, k, 0.22, 0.08), about(r, k, 0.46, 0.08),
      about(r, k, 0.46, 0.08), about(r, k, 0.36, 0.08), right, top, right, top, about(r, k, right + 0.01, 0.07), about(r, k, 0.55, 0.08), about(r, k, 0.45, 0.1), about(r, k, 0.88, 0.06), about(r, k, 0.2, 0.14), 1, about(r, k, 0.03, 0.1), about(r, k, 0.92, 0.08),
    ]];
  } },
  // A ring that is drawn as a hook and stays open at the top right; the stem begins higher.
  { weight: 1.5, draw: (r, k) => {
    const stemX = about(r, k, 0.56, 0.08);
    return [
      [about(r, k, 0.44, 0.12), about(r, k, 0.04, 0.06), about(r, k, 0.16, 0.09), about(r, k, 0.1, 0.07), about(r, k, 0.06, 0.07), about(r, k, 0.3, 0.08), about(r, k, 0.24, 0.08), about(r, k, 0.46, 0.08), stemX, about(r, k, 0.3, 0.1)],
      [stemX + about(r, k, 0, 0.04), about(r, k, 0.1, 0.12), about(r, k, stemX - 0.02, 0.06), 0.5, about(r, k, stemX - 0.08, 0.16), 1],
    ];
  } },
  // One stroke that comes from the far right and leaves the ring open.
  { weight: 1.5, draw: (r, k) => {
    const right = about(r, k, 0.56, 0.08);
    const turn = about(r, k, 0.2, 0.1);
    return [[
      about(r, k, 0.64, 0.16), about(r, k, 0.05, 0.09), about(r, k, 0.34, 0.1), about(r, k, 0.02, 0.05), about(r, k, 0.1, 0.08), about(r, k, 0.2, 0.07), about(r, k, 0.2, 0.08), about(r, k, 0.42, 0.08),
      about(r, k, 0.42, 0.08), about(r, k, 0.36, 0.07), right, turn, right, turn, about(r, k, right - 0.04, 0.07), about(r, k, 0.55, 0.08), about(r, k, right - 0.12, 0.2), 1,
    ]];
  } },
  // A large ring and a short tail.
  { weight: 1, draw: (r, k) => {
    const right = about(r, k, 0.6, 0.08);
    return [[...arc(0.32, 0.31, about(r, k, 0.28, 0.08), about(r, k, 0.31, 0.04), about(r, k, -25, 25), -about(r, k, 345, 25)), right, 0.3, about(r, k, right - 0.03, 0.06), about(r, k, 0.65, 0.06), about(r, k, right - 0.12, 0.2), 1]];
  } },
];

const STYLES: readonly (readonly Weighted[])[] = [zero, one, two, three, four, five, six, seven, eight, nine];

function pick(styles: readonly Weighted[], random: Random): Weighted {
  let at = random.uniform(0, styles.reduce((sum, style) => sum + style.weight, 0));
  for (const style of styles) {
    at -= style.weight;
    if (at < 0) return style;
  }
  throw new RangeError('there is no style to pick');
}

/** Draw `digit` in one of its styles. */
export function drawSkeleton(digit: number, random: Random, amount: number): Stroke[] {
  const styles = STYLES[digit];
  if (styles === undefined) throw new RangeError(`there is no digit ${digit}`);
  return pick(styles, random).draw(random, amount);
}
