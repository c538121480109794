/** What a node does while the network trains: how its activations are spread, and for convolutions and augmentation their first pictures. */
import { useEffect, useRef } from 'react';
import type { NodeId } from '../../engine/graph/document.ts';
import type { Distribution, TensorData } from '../../engine/protocol.ts';
import { useInspection } from '../inspect/inspection-store.ts';
import { useWords } from './words.tsx';

const MAPS = 4;

export function NodeLive({ flat, showsMaps }: { readonly flat: NodeId; readonly showsMaps: boolean }) {
  const activations = useInspection(showsMaps ? { featureMaps: [flat], maps: MAPS } : {}, ({ reply }) => reply?.activations[flat]);
  const maps = useInspection(undefined, ({ reply }) => (showsMaps ? reply?.featureMaps[flat] : undefined));
  const { t, language } = useWords();
  if (activations === undefined) return null;
  const number = (value: number): string => value.toLocaleString(language, { maximumSignificantDigits: 2 });
  const label = t('activations', { mean: number(activations.mean), spread: number(activations.std) });
  return (
    <div className="canvas-live" role="img" aria-label={label} title={label}>
      {maps !== undefined && maps.shape.length === 3 ? <MapStrip maps={maps} /> : <Histogram distribution={activations} />}
      <span className="canvas-live-numbers numbers">μ {number(activations.mean)}<br />σ {number(activations.std)}</span>
    </div>
  );
}

const WIDTH = 112;
const HEIGHT = 30;
function Histogram({ distribution: { bins, min, max, mean } }: { readonly distribution: Distribution }) {
  const most = bins.reduce((least, count) => Math.max(least, count), 1);
  const step = WIDTH / Math.max(1, bins.length);
  let path = `M0 ${HEIGHT}`;
  // The root of the count: a ReLU's zeros would leave nothing else to be seen.
  bins.forEach((count, i) => { path += `L${(i * step).toFixed(1)} ${(HEIGHT - Math.sqrt(count / most) * (HEIGHT - 2)).toFixed(1)}h${step.toFixed(1)}`; });
  const x = max > min ? ((mean - min) / (max - min)) * WIDTH : WIDTH / 2;
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden className="canvas-live-histogram">
      <path d={`${path}V${HEIGHT}Z`} />
      <line x1={x} x2={x} y1={0} y2={HEIGHT} />
    </svg>
  );
}

function MapStrip({ maps }: { readonly maps: TensorData }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const [channels = 0, height = 0, width = 0] = maps.shape;
  const shown = Math.min(MAPS, channels);
  useEffect(() => {
    const context = ref.current?.getContext('2d');
    if (context === null || context === undefined || shown === 0) return;
    const picture = context.createImageData(width * shown + (shown - 1), height);
    for (let channel = 0; channel < shown; channel++) drawMap(picture, maps.data.subarray(channel * height * width, (channel + 1) * height * width), channel * (width + 1), width);
    context.putImageData(picture, 0, 0);
  }, [maps, shown, width, height]);
  return <canvas ref={ref} width={width * shown + Math.max(0, shown - 1)} height={height} aria-hidden className="canvas-live-maps" />;
}

/** Dark to light over the map's own range: what is seen is the pattern, not the scale. */
function drawMap(picture: ImageData, values: TensorData['data'], left: number, width: number): void {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const scale = max > min ? 255 / (max - min) : 0;
  values.forEach((value, i) => {
    const at = (Math.floor(i / width) * picture.width + left + (i % width)) * 4;
    picture.data.fill((value - min) * scale, at, at + 3);
    picture.data[at + 3] = 255;
  });
}
