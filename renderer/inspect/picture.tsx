/** Small pictures drawn from numbers, each with words for those who do not see it; without words where these stand beside it already. */
import { useLayoutEffect, useRef } from 'react';
import type { TensorData } from '../../engine/protocol.ts';
import { type Palette, type Range, paintImage, paintPlane, rangeOf } from './pictures.ts';

const spoken = (label: string): { readonly 'aria-hidden': true } | { readonly role: 'img'; readonly 'aria-label': string } => (label === '' ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label });

export function ImagePicture({ values, channels, height, width, label, range, className = '' }: { readonly values: TensorData['data']; readonly channels: number; readonly height: number; readonly width: number; readonly label: string; readonly range?: Range; readonly className?: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (ref.current !== null) paintImage(ref.current, values, channels, height, width, range);
  }, [values, channels, height, width, range]);
  return <canvas ref={ref} {...spoken(label)} className={`inspect-pixels ${className}`} />;
}

export function PlanePicture({ values, height, width, palette, range, label, className = '' }: { readonly values: TensorData['data']; readonly height: number; readonly width: number; readonly palette: Palette; readonly range?: Range; readonly label: string; readonly className?: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (ref.current !== null) paintPlane(ref.current, values, width, height, palette, range ?? rangeOf(values));
  }, [values, width, height, palette, range]);
  return <canvas ref={ref} {...spoken(label)} title={label} className={`inspect-pixels ${className}`} />;
}

/** One sample, whatever it is: a picture, or its first numbers. */
export function SamplePicture({ values, shape, label }: { readonly values: TensorData['data']; /** Of one sample. */ readonly shape: readonly number[]; readonly label: string }) {
  const [channels = 0, height = 0, width = 0] = shape;
  if (shape.length === 3 && (channels === 1 || channels === 3)) {
    // Data that is not 0…1 (standardised, for instance) is shown over its own range.
    const own = rangeOf(values);
    return <ImagePicture values={values} channels={channels} height={height} width={width} label={label} range={own.min < -0.01 || own.max > 1.01 ? own : { min: 0, max: 1 }} />;
  }
  const shown = Array.from(values.slice(0, 4), (value) => Number(value.toPrecision(3)));
  return <span className="inspect-numbers numbers" {...spoken(label)}>{shown.join(', ')}{values.length > shown.length && ', …'}</span>;
}
