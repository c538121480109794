/** What the figures of the shelf measure, and how they are written. How each is taken from a trained model: `cli/shelf/measure.ts`. */
import type { Text } from '../../text.ts';

export interface Measure {
  /** Stands before the number: "accuracy 98.9 %". */
  readonly title: Text;
  /** `percent`: the figure is a share of 1. */
  readonly format: 'percent' | 'number';
}

export const MEASURES = {
  accuracy: { title: { en: 'accuracy', zh: '准确率' }, format: 'percent' },
  loss: { title: { en: 'loss', zh: '损失' }, format: 'number' },
  rmse: { title: { en: 'RMSE', zh: '均方根误差' }, format: 'number' },
  'match-accuracy': { title: { en: 'pairs matched', zh: '配对准确率' }, format: 'percent' },
  recognised: { title: { en: 'recognition', zh: '识别度' }, format: 'percent' },
  'closed-form': { title: { en: 'distance to the closed-form solution', zh: '与闭式解的距离' }, format: 'number' },
  'episode-steps': { title: { en: 'steps per episode', zh: '每回合步数' }, format: 'number' },
  'shortest-paths': { title: { en: 'shortest paths', zh: '最短路径比例' }, format: 'percent' },
} as const satisfies Readonly<Record<string, Measure>>;
export type MeasureId = keyof typeof MEASURES;

/** What a training must reach; both ends where it is shown to fail. */
export interface Bound {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Figure {
  readonly measure: MeasureId;
  /** Which samples it is measured on. */
  readonly split: 'test' | 'train';
  /** Measured with the document's seed on the CPU; other processors differ in the last digits of each sum. */
  readonly reached: number;
  /** What `netloom shelf --verify` demands. */
  readonly bound: Bound;
  /** What the template's reference reaches. */
  readonly mark?: number;
}

/** False for a number that is none. */
export const meets = (value: number, { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Bound): boolean => value >= atLeast && value <= atMost;

/** `98.94 %`, `0.00031`: as many digits as tell one training from another. */
export function formatFigure(measure: MeasureId, value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (MEASURES[measure].format === 'percent') return `${Number((100 * value).toFixed(2))} %`;
  const magnitude = Math.abs(value);
  return value !== 0 && (magnitude < 1e-4 || magnitude >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** `≥ 99 %`, `≤ 0.001`, `50 % – 75 %`. */
export function formatBound(measure: MeasureId, { atLeast, atMost }: Bound): string {
  if (atLeast === undefined) return atMost === undefined ? '' : `≤ ${formatFigure(measure, atMost)}`;
  return atMost === undefined ? `≥ ${formatFigure(measure, atLeast)}` : `${formatFigure(measure, atLeast)} – ${formatFigure(measure, atMost)}`;
}
