/** Where a parameter's slider stops: round values that people use, so that every step of it means something. */
import type { NumberParam } from '../../engine/nodes/node-type.ts';

/** Wider than this a straight slider is too coarse to hit anything with. */
const MAX_LINEAR_FLOAT = 10;
const MAX_LINEAR_INT = 64;
/** Decades below the largest value, where a logarithmic range begins at 0. */
const DECADES_TO_ZERO = 8;

/** Undefined where a slider makes no sense: seeds, and ranges that no slider could hit. */
export function sliderStops(spec: NumberParam): readonly number[] | undefined {
  const isAllowed = (value: number): boolean =>
    value >= spec.min && value <= spec.max && !(value === spec.min && (spec.exclusive === 'min' || spec.exclusive === 'both')) && !(value === spec.max && (spec.exclusive === 'max' || spec.exclusive === 'both'));
  const stops = (spec.logarithmic === true ? (spec.kind === 'int' ? powersOfTwo(spec) : decades(spec)) : linear(spec))?.filter(isAllowed);
  return stops === undefined || stops.length < 2 ? undefined : stops;
}

/** 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, …: powers of two, their thirds, and the tens that classes come in. */
function powersOfTwo({ min, max }: NumberParam): readonly number[] {
  const stops = new Set<number>([min]);
  for (let n = 1; n <= max; n *= 2) {
    stops.add(n);
    if (n > 1) stops.add(n * 1.5);
    if (n > 2) stops.add(n * 1.25);
  }
  return [...stops.add(max)].filter((n) => n >= min && n <= max).sort((a, b) => a - b);
}

/** … 0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, … with 0 in front where it is allowed. */
function decades({ min, max }: NumberParam): readonly number[] {
  const top = Math.min(max, 10);
  const stops = min === 0 ? [0] : [];
  for (let exponent = Math.floor(Math.log10(min > 0 ? min : top / 10 ** DECADES_TO_ZERO)); 10 ** exponent <= top; exponent++) {
    for (const digit of [1, 1.5, 2, 3, 5, 7]) {
      const value = Number((digit * 10 ** exponent).toPrecision(2));
      if (value >= min && value <= top) stops.push(value);
    }
  }
  return stops;
}

function linear({ kind, min, max }: NumberParam): readonly number[] | undefined {
  const range = max - min;
  if (kind === 'int') return range <= MAX_LINEAR_INT ? Array.from({ length: range + 1 }, (_, i) => min + i) : undefined;
  if (range > MAX_LINEAR_FLOAT) return undefined;
  const step = range <= 1 ? 0.01 : range <= 5 ? 0.05 : 0.1;
  return Array.from({ length: Math.round(range / step) + 1 }, (_, i) => Number((min + i * step).toFixed(4)));
}

/** The stop nearest to a value, along the slider's own scale. */
export function nearestStop(stops: readonly number[], value: number): number {
  let nearest = 0;
  const first = stops[0] ?? 0;
  const last = stops.at(-1) ?? 1;
  const isLogarithmic = first > 0 && last / first > 100;
  const away = (stop: number): number => (isLogarithmic ? Math.abs(Math.log(stop / Math.max(value, first))) : Math.abs(stop - value));
  for (const [i, stop] of stops.entries()) if (away(stop) < away(stops[nearest] ?? 0)) nearest = i;
  return nearest;
}
