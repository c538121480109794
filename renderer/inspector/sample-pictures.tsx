/** Samples as people look at them: pictures with their class, points in the plane, or plain numbers. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TensorData } from '../../engine/protocol.ts';

export interface Labelled {
  readonly targets: TensorData | undefined;
  readonly classNames: readonly string[] | undefined;
}

/** The class of a sample: an index, the largest of a one-hot row, or 0 and 1 as numbers; a target that is no class as its number. */
export function targetOf(targets: TensorData | undefined, sample: number): number | undefined {
  if (targets === undefined) return undefined;
  const width = targets.shape.slice(1).reduce((product, n) => product * n, 1);
  const row = targets.data.subarray(sample * width, (sample + 1) * width);
  return width === 1 ? row[0] : row.indexOf(Math.max(...row));
}
export const labelOf = (target: number | undefined, names: readonly string[] | undefined): string => (target === undefined ? '' : (names?.[target] ?? (Number.isInteger(target) ? String(target) : target.toFixed(2))));

/** `captions`: what is said of each picture, besides its class. */
export function SampleImages({ images, targets, classNames, captions }: { readonly images: TensorData; readonly captions?: readonly string[] } & Labelled) {
  const [count = 0, channels = 1, height = 1, width = 1] = images.shape;
  const size = channels * height * width;
  return (
    <ul className="inspector-samples">
      {Array.from({ length: count }, (_, i) => {
        const label = labelOf(targetOf(targets, i), classNames);
        return <li key={String(i)}><Picture pixels={images.data.subarray(i * size, (i + 1) * size)} channels={channels} height={height} width={width} label={captions?.[i] ?? label} /><span title={captions?.[i]}>{label}</span></li>;
      })}
    </ul>
  );
}

function Picture({ pixels, channels, height, width, label }: { readonly pixels: TensorData['data']; readonly channels: number; readonly height: number; readonly width: number; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { t } = useTranslation('inspector');
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    const image = context.createImageData(width, height);
    let low = Infinity;
    let high = -Infinity;
    for (const value of pixels) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const scale = high > low ? 255 / (high - low) : 0;
    const plane = height * width;
    for (let at = 0; at < plane; at++) {
      for (let color = 0; color < 3; color++) image.data[at * 4 + color] = ((pixels[at + (channels >= 3 ? color : 0) * plane] ?? 0) - low) * scale;
      image.data[at * 4 + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [pixels, channels, height, width]);
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={t('sampleOf', { label })} className="inspector-sample" />;
}

const SIDE = 160;
/** Colours of classes beyond the eighth come round again. */
const COLORS = 8;

/** One input against the target, or two inputs coloured by class. */
export function SamplePoints({ points, targets, classNames }: { readonly points: TensorData; readonly targets: TensorData } & Pick<Labelled, 'classNames'>) {
  const { t } = useTranslation('inspector');
  const [count = 0, inputs = 1] = points.shape;
  const all = Array.from({ length: count }, (_, i) => {
    const target = targetOf(targets, i) ?? 0;
    return { x: points.data[i * inputs] ?? 0, y: inputs === 1 ? target : (points.data[i * inputs + 1] ?? 0), target };
  });
  const isClasses = inputs === 2 && all.every(({ target }) => Number.isInteger(target) && target >= 0);
  const classes = isClasses ? [...new Set(all.map(({ target }) => target))].sort((a, b) => a - b) : [];
  const scaleOf = (values: readonly number[]): ((value: number) => number) => {
    const low = Math.min(...values);
    const range = Math.max(...values) - low || 1;
    return (value) => 6 + ((value - low) / range) * (SIDE - 12);
  };
  const across = scaleOf(all.map(({ x }) => x));
  const up = scaleOf(all.map(({ y }) => y));
  return (
    <figure className="inspector-points">
      <svg viewBox={`0 0 ${String(SIDE)} ${String(SIDE)}`} role="img" aria-label={t('pointsPicture', { count })}>
        {all.map(({ x, y, target }, i) => <circle key={String(i)} cx={across(x)} cy={SIDE - up(y)} r={2.2} fill={`var(--run-${String(isClasses ? target % COLORS : 0)})`} fillOpacity={0.75} />)}
      </svg>
      {classes.length > 0 && <figcaption>{classes.map((each) => <span key={each}><i style={{ background: `var(--run-${String(each % COLORS)})` }} />{labelOf(each, classNames)}</span>)}</figcaption>}
    </figure>
  );
}

const ROWS = 6;
const COLUMNS = 6;
export function SampleRows({ rows, targets, classNames }: { readonly rows: TensorData } & Labelled) {
  const width = rows.shape.slice(1).reduce((product, n) => product * n, 1);
  return (
    <div className="inspector-rows numbers">
      {Array.from({ length: Math.min(ROWS, rows.shape[0] ?? 0) }, (_, i) => {
        const values = [...rows.data.subarray(i * width, i * width + COLUMNS)].map((value) => value.toPrecision(3));
        return <p key={String(i)}>[{values.join(', ')}{width > COLUMNS ? ', …' : ''}] <b>{labelOf(targetOf(targets, i), classNames)}</b></p>;
      })}
    </div>
  );
}
