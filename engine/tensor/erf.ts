/** The error function in float64, to a few units in the last place: JavaScript has none, and GELU's oracle needs one. */

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
/** Below it the series converges in a few dozen terms without cancellation; above it the continued fraction does. */
const SERIES_LIMIT = 2.5;
/** 1 - erf(6) is 2e-17, less than half a unit in the last place of 1. */
const SATURATED = 6;

/** erf(x) = 2/√π ∫₀ˣ exp(-t²) dt. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(a)) return x;
  if (a >= SATURATED) return Math.sign(x);
  return a < SERIES_LIMIT ? series(x) : Math.sign(x) * (1 - complement(a));
}

/** 2/√π e^(-x²) Σ 2^n x^(2n+1) / (1·3·…·(2n+1)): all terms of one sign (Abramowitz & Stegun 7.1.6). */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** 1 - erf(x) for x > 0 by the continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + …))) (Abramowitz & Stegun 7.1.14), from its far end. */
function complement(x: number): number {
  let tail = x;
  for (let k = 100; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}
