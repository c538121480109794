/** How charts, splits and the differences of runs are called. */
import type { TFunction } from 'i18next';
import type { Text } from '../../engine/nodes/node-type.ts';
import { formatRate } from '../run/format.ts';
import type { Difference } from '../run/run-differences.ts';
import { LEARNING_RATE } from '../run/series.ts';
import type { RunRecord } from '../run/run-store.ts';

type T = TFunction<'plots'>;

/** Metrics that have a name in the window's language; others are shown as the engine calls them. */
const NAMED: ReadonlySet<string> = new Set(['loss', 'accuracy', 'precision', 'recall', 'f1', 'mae', 'mse', 'rmse', 'r2', 'match_accuracy', 'episode_steps', 'episode_return', 'learning-rate']);

export function metricTitle(t: T, name: string): string {
  if (NAMED.has(name)) return t(`metric.${name}`);
  if (name.startsWith(`${LEARNING_RATE} `)) return t('rateOf', { optimizer: name.slice(LEARNING_RATE.length + 1) });
  const top = /^top_(\d+)_accuracy$/.exec(name)?.[1];
  return top === undefined ? name : t('topAccuracy', { k: top });
}
export const runTitle = (t: T, { name, number }: Pick<RunRecord, 'name' | 'number'>): string => name ?? t('run', { number });

export function differenceText(t: T, textOf: (text: Text) => string, difference: Difference): string {
  switch (difference.kind) {
    case 'training': return t(`difference.${difference.setting}`, { value: difference.value });
    case 'backend': return t('difference.backend', { value: difference.value });
    case 'rate-by-hand': return t('difference.rateByHand', { value: difference.values.map(formatRate).join(' · ') });
    case 'parameter': {
      const value = Array.isArray(difference.value) ? difference.value.join('×') : typeof difference.value === 'number' ? formatRate(difference.value) : String(difference.value);
      // The one that everybody turns has a short name, where a run has one optimizer.
      return difference.name === 'learningRate' && difference.isOnly ? t('difference.learningRate', { value }) : `${difference.node} ${textOf(difference.title)} ${value}`;
    }
    case 'with-node': return t('difference.withNode', { node: difference.node });
    case 'without-node': return t('difference.withoutNode', { node: difference.node });
    case 'wiring': return t('difference.wiring', { count: difference.wires });
  }
}

/** The first few; more would not be read. */
export function differencesText(t: T, textOf: (text: Text) => string, differences: readonly Difference[], most = 4): string {
  const shown = differences.slice(0, most).map((each) => differenceText(t, textOf, each));
  const more = differences.length - shown.length;
  return [...shown, ...(more > 0 ? [t('difference.more', { count: more })] : [])].join(t('difference.separator'));
}
