/** Quantiles of the symmetric beta distribution, so that a uniform draw becomes one of it by a look into a table. */

/** ln Γ(x) for x > 0 by Lanczos's approximation with g = 7 (coefficients: P. Godfrey, 2001), good to 15 digits. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const coefficients = [676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7];
  const sum = coefficients.reduce((total, c, i) => total + c / (x + i), 0.9999999999998099);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** P(X ≤ x) for X ~ Beta(a, a) and x ≤ 1/2: the series x^a / (a B) · Σ (1 − a)_n x^n a / (n! (a + n)), which converges at least like 2^−n. */
function lowerHalf(x: number, a: number): number {
  if (x <= 0) return 0;
  let term = 1;
  let sum = 1 / a;
  for (let n = 1; n < 400; n++) {
    term *= ((n - a) * x) / n;
    const added = term / (a + n);
    sum += added;
    if (Math.abs(added) < 1e-17 * Math.abs(sum)) break;
  }
  return Math.exp(a * Math.log(x) + logGamma(2 * a) - 2 * logGamma(a)) * sum;
}

/** [steps + 1]: the value below which a share i / steps of Beta(a, a) lies. 0 < a ≤ 20, beyond which the series cancels. */
export function betaQuantiles(a: number, steps: number): Float32Array {
  const quantiles = new Float32Array(steps + 1);
  for (let i = 0; 2 * i <= steps; i++) {
    let [low, high] = [0, 0.5];
    // Down to the smallest normal float32: with a small `a` most of the mass lies very near 0.
    for (let round = 0; round < 160 && high > 1e-38; round++) {
      const middle = low > 0 ? Math.sqrt(low * high) : high < 1e-3 ? high * 1e-3 : high / 2;
      if (lowerHalf(middle, a) < i / steps) low = middle;
      else high = middle;
    }
    const value = i === 0 ? 0 : high;
    quantiles[i] = value;
    quantiles[steps - i] = 1 - value;
  }
  return quantiles;
}
