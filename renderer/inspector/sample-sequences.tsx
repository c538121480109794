/** Samples that run over time: series as curves, tokens as text. */
import { useTranslation } from 'react-i18next';
import type { TensorData } from '../../engine/protocol.ts';
import { type Labelled, labelOf, targetOf } from './sample-pictures.tsx';

/** [samples, steps] of whole numbers. */
export const isTokens = ({ shape, data }: TensorData): boolean => shape.length === 2 && data instanceof Int32Array;

/** Samples that are shown: each takes a line or more. */
const SAMPLES = 6;
/** A curve's box in its own units. */
const WIDTH = 200;
const HEIGHT = 36;
/** Colours of features beyond the eighth come round again. */
const COLORS = 8;

/** What is asked for: a class, a number, or the numbers that come next. */
function targetText(targets: TensorData | undefined, sample: number, classNames: readonly string[] | undefined): string {
  if (targets === undefined) return '';
  const width = targets.shape.slice(1).reduce((product, n) => product * n, 1);
  const row = [...targets.data.subarray(sample * width, (sample + 1) * width)];
  const isOneHot = row.filter((value) => value === 1).length === 1 && row.every((value) => value === 0 || value === 1);
  return width === 1 || isOneHot ? labelOf(targetOf(targets, sample), classNames) : row.map((value) => value.toFixed(2)).join(', ');
}

/** [samples, steps, features]: a curve per feature, all samples on one scale. */
export function SampleCurves({ series, targets, classNames }: { readonly series: TensorData } & Labelled) {
  const { t } = useTranslation('inspector');
  const [count = 0, steps = 1, features = 1] = series.shape;
  const size = steps * features;
  const shown = Math.min(SAMPLES, count);
  const scales = Array.from({ length: features }, (_, feature) => {
    const values = [...series.data.subarray(0, shown * size)].filter((__, i) => i % features === feature);
    const low = Math.min(...values);
    return { low, range: Math.max(...values) - low || 1 };
  });
  const points = (sample: number, feature: number): string => Array.from({ length: steps }, (_, step) => {
    const { low, range } = scales[feature] ?? { low: 0, range: 1 };
    const value = ((series.data[sample * size + step * features + feature] ?? 0) - low) / range;
    return `${((WIDTH * (step + 0.5)) / steps).toFixed(1)},${(HEIGHT - 2 - value * (HEIGHT - 4)).toFixed(1)}`;
  }).join(' ');
  return (
    <ul className="inspector-curves">
      {Array.from({ length: shown }, (_, sample) => {
        const label = targetText(targets, sample, classNames);
        return (
          <li key={String(sample)}>
            <svg viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`} preserveAspectRatio="none" role="img" aria-label={t('sampleOf', { label })}>
              {Array.from({ length: features }, (__, feature) => <polyline key={String(feature)} points={points(sample, feature)} fill="none" stroke={`var(--run-${String(feature % COLORS)})`} strokeWidth={1.4} vectorEffect="non-scaling-stroke" />)}
            </svg>
            <b className="numbers">{label}</b>
          </li>
        );
      })}
    </ul>
  );
}

/** The tokens of a sample by their names, close together where each is one character; a number below 0 is no token. */
export function tokenText({ shape, data }: TensorData, sample: number, names: readonly string[] | undefined): string {
  const steps = shape[1] ?? 0;
  const words = [...data.subarray(sample * steps, (sample + 1) * steps)].map((token) => (token < 0 ? '_' : (names?.[token] ?? String(token))));
  return names?.every((name) => [...name].length <= 1) === true ? words.join('') : words.filter((word) => word !== '').join(' ');
}

/** Input and target of each sample as text, one above the other where there is one target per step. */
export function SampleTokens({ tokens, targets, tokenNames, targetNames }: { readonly tokens: TensorData; readonly targets: TensorData | undefined; readonly tokenNames: readonly string[] | undefined; readonly targetNames: readonly string[] | undefined }) {
  return (
    <div className="inspector-rows inspector-tokens">
      {Array.from({ length: Math.min(SAMPLES, tokens.shape[0] ?? 0) }, (_, i) => (
        <p key={String(i)}>{tokenText(tokens, i, tokenNames)}<b>{targets !== undefined && isTokens(targets) ? tokenText(targets, i, targetNames) : targetText(targets, i, targetNames)}</b></p>
      ))}
    </div>
  );
}
