/** Where an axis has its marks, and how they are written: for the files that plots are saved as, which have no uPlot. */

/** Round numbers (1, 2 or 5 times a power of ten) between the ends, about `count` of them. */
export function linearTicks(min: number, max: number, count: number): number[] {
  if (!(max > min) || count < 1) return [];
  const rough = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999)!;
  const ticks: number[] = [];
  // Counted, not added up: rounding does not gather.
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Powers of ten between the ends; with 2 and 5 of each where there are few. */
export function logTicks(min: number, max: number): number[] {
  if (!(min > 0) || !(max > min)) return [];
  const ticks: number[] = [];
  const decades = Math.log10(max / min);
  const factors = decades < 3 ? [1, 2, 5] : [1];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(12));
      if (value >= min && value <= max) ticks.push(value);
    }
  }
  return ticks;
}

/** Short enough for an axis: 12 k, 0.05, 1e-5. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  if (size < 1e-3) return value.toExponential(Number.isInteger(Math.log10(size)) ? 0 : 1).replace('.0e', 'e');
  return String(Number(value.toPrecision(6)));
}
