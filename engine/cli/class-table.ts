/** A classifier's answers as people read them: the class, how sure the network is of it, and what else it might be. */
import { formatTable } from './text.ts';

/** Runners-up that are told, and the least share that is worth telling. */
const RUNNERS_UP = 2;
const LEAST_SHARE = 0.001;

/** Shares of 1: probabilities as they are; anything else is taken as logits (of log-probabilities, softmax is the exponential). */
export function classShares(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) < 1e-3 && values.every((value) => value >= 0)) return [...values];
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** A row per sample; `nameOf` says what class i is called. */
export function classTable(rows: readonly (readonly number[])[], nameOf: (index: number) => string): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const body = rows.map((values, i) => {
    const ranked = classShares(values).map((share, index) => ({ share, index })).sort((a, b) => b.share - a.share || a.index - b.index);
    const [best, ...others] = ranked;
    const next = others.slice(0, RUNNERS_UP).filter(({ share }) => share >= LEAST_SHARE);
    return [String(i), best === undefined ? '' : nameOf(best.index), best === undefined ? '' : percent(best.share), next.map(({ index, share }) => `${nameOf(index)} ${percent(share)}`).join(', ')];
  });
  return formatTable([['sample', 'class', 'sure', 'or else'], ...body]);
}
