/**
 * WGSL text of the scalar functions that the language lacks (erf, expm1, log1p) or promises too
 * little of: its tanh may overflow, its pow is undefined below zero. Written to float32 accuracy
 * with nothing but + - * / exp log, so that all drivers agree; no literal is infinite or NaN.
 */

export interface WgslHelper {
  readonly name: string;
  /** The function's definition. */
  readonly text: string;
  /** Those that it calls, to be defined in front of it. */
  readonly needs: readonly WgslHelper[];
}

const expm1: WgslHelper = {
  name: 'nl_expm1',
  needs: [],
  // Taylor to x^9/9! near zero, where exp(x) - 1 would cancel: the rest is below 0.5^10/10! ≈ 3e-10.
  text: `fn nl_expm1(x: f32) -> f32 {
  if (abs(x) > 0.5) { return exp(x) - 1.0; }
  var s = 1.0 + x / 9.0;
  for (var n = 8.0; n >= 2.0; n -= 1.0) { s = 1.0 + x / n * s; }
  return x * s;
}`,
};

const log1p: WgslHelper = {
  name: 'nl_log1p',
  needs: [],
  // log(1 + x) = 2 artanh(x / (2 + x)); |x / (2 + x)| <= 1/3 here, and (1/3)^16 / 17 ≈ 1e-9.
  text: `fn nl_log1p(x: f32) -> f32 {
  if (abs(x) > 0.5) { return log(1.0 + x); }
  let r = x / (2.0 + x);
  let q = r * r;
  var s = 1.0 / 17.0;
  for (var n = 15.0; n >= 1.0; n -= 2.0) { s = 1.0 / n + q * s; }
  return 2.0 * r * s;
}`,
};

const tanh: WgslHelper = {
  name: 'nl_tanh',
  needs: [expm1],
  text: `fn nl_tanh(x: f32) -> f32 {
  let e = nl_expm1(-2.0 * abs(x));
  return sign(x) * (-e / (2.0 + e));
}`,
};

const sigmoid: WgslHelper = {
  name: 'nl_sigmoid',
  needs: [],
  text: `fn nl_sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}`,
};

const erf: WgslHelper = {
  name: 'nl_erf',
  needs: [],
  // Taylor below 1 (the term after the last is below 1e-9), Abramowitz & Stegun 7.1.26 (error 1.5e-7) above.
  text: `fn nl_erf(x: f32) -> f32 {
  let a = abs(x);
  if (a < 1.0) {
    let q = x * x;
    var term = x;
    var sum = x;
    for (var n = 1.0; n <= 11.0; n += 1.0) {
      term *= -q / n;
      sum += term / (2.0 * n + 1.0);
    }
    return 1.1283791670955126 * sum;
  }
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - p * exp(-a * a));
}`,
};

const pow: WgslHelper = {
  name: 'nl_pow',
  needs: [],
  // A negative base has a whole exponent (the contract of pow): its sign is that of the exponent's parity.
  text: `fn nl_pow(x: f32, y: f32) -> f32 {
  if (y == 0.0) { return 1.0; }
  if (x == 0.0) { return select(1.0 / abs(x), 0.0, y > 0.0); }
  let magnitude = pow(abs(x), y);
  let odd = abs(y - 2.0 * floor(y * 0.5)) == 1.0;
  return select(magnitude, -magnitude, x < 0.0 && odd);
}`,
};

export const wgslHelpers = { expm1, log1p, tanh, sigmoid, erf, pow } as const satisfies Record<string, WgslHelper>;
