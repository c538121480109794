/** A small plot with axes on a canvas, sharp on any screen, in the theme's colours; the drawing inside is the caller's. */
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTheme } from '../plots/colors.ts';
import { type Extent, ticks } from './plane-points.ts';

export interface PlotScale {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  x(value: number): number;
  y(value: number): number;
}
/** Room for the numbers at the axes: CSS pixels. */
const MARGIN = { left: 44, right: 10, top: 8, bottom: 22 };

export function PlotFrame({ x, y, square = false, label, draw }: { readonly x: Extent; readonly y: Extent; readonly square?: boolean; readonly label: string; readonly draw: (context: CanvasRenderingContext2D, scale: PlotScale) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // Draws again, in the colours of now.
  useTheme();
  const inner = { width: size.width - MARGIN.left - MARGIN.right, height: size.height - MARGIN.top - MARGIN.bottom };
  const side = Math.min(inner.width, inner.height);
  const area = square ? { width: side, height: side } : inner;

  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined || area.width < 20 || area.height < 20) return;
    const ratio = window.devicePixelRatio || 1;
    const outer = { width: area.width + MARGIN.left + MARGIN.right, height: area.height + MARGIN.top + MARGIN.bottom };
    element.width = Math.round(outer.width * ratio);
    element.height = Math.round(outer.height * ratio);
    element.style.width = `${outer.width}px`;
    element.style.height = `${outer.height}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scale: PlotScale = {
      left: MARGIN.left, top: MARGIN.top, ...area,
      x: (value) => MARGIN.left + ((value - x.min) / (x.max - x.min)) * area.width,
      y: (value) => MARGIN.top + ((y.max - value) / (y.max - y.min)) * area.height,
    };
    const style = getComputedStyle(element);
    const theme = { line: style.getPropertyValue('--border'), text: style.getPropertyValue('--text-2') };
    context.save();
    context.beginPath();
    context.rect(scale.left, scale.top, scale.width, scale.height);
    context.clip();
    draw(context, scale);
    context.restore();
    drawAxes(context, scale, x, y, theme, style.fontFamily);
  });
  return <div ref={box} className={square ? 'inspect-plot-box inspect-plot-square' : 'inspect-plot-box'}><canvas ref={canvas} role="img" aria-label={label} /></div>;
}

function drawAxes(context: CanvasRenderingContext2D, scale: PlotScale, x: Extent, y: Extent, theme: { readonly line: string; readonly text: string }, font: string): void {
  context.strokeStyle = theme.line;
  context.fillStyle = theme.text;
  context.lineWidth = 1;
  context.font = `11px ${font}`;
  context.strokeRect(scale.left + 0.5, scale.top + 0.5, scale.width - 1, scale.height - 1);
  context.textBaseline = 'top';
  context.textAlign = 'center';
  for (const tick of ticks(x, Math.max(3, scale.width / 70))) context.fillText(String(tick), scale.x(tick), scale.top + scale.height + 6);
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const tick of ticks(y, Math.max(3, scale.height / 40))) context.fillText(String(tick), scale.left - 6, scale.y(tick));
}

/** A sample's mark: its class by colour and form; hollow for test samples. */
export function markPoint(context: CanvasRenderingContext2D, x: number, y: number, { color, shape, hollow }: { readonly color: readonly [number, number, number]; readonly shape: number; readonly hollow: boolean }): void {
  const radius = 3.4;
  context.beginPath();
  switch (shape % 4) {
    case 0: context.arc(x, y, radius, 0, 2 * Math.PI); break;
    case 1: context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8); break;
    case 2:
      context.moveTo(x, y - radius * 1.2);
      context.lineTo(x + radius * 1.15, y + radius * 0.8);
      context.lineTo(x - radius * 1.15, y + radius * 0.8);
      context.closePath();
      break;
    default:
      context.moveTo(x, y - radius * 1.3);
      context.lineTo(x + radius * 1.3, y);
      context.lineTo(x, y + radius * 1.3);
      context.lineTo(x - radius * 1.3, y);
      context.closePath();
  }
  const css = `rgb(${color.join(' ')})`;
  context.lineWidth = 1;
  if (hollow) {
    context.fillStyle = 'rgb(255 255 255 / 70%)';
    context.fill();
    context.strokeStyle = css;
  } else {
    context.fillStyle = css;
    context.fill();
    context.strokeStyle = 'rgb(255 255 255 / 90%)';
  }
  context.stroke();
}
