/**
 * A sheet to draw on with mouse, pen, finger or keyboard. Strokes are kept as lines, so that the last one
 * can be taken back, and drawn anew at any size.
 */
import { type KeyboardEvent, type PointerEvent, forwardRef, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GreyImage } from './digit-image.ts';

/** Pixels of the sheet; ten to one of a 28-pixel picture. */
const SIZE = 280;
/** Width of a stroke: about what handwriting data sets have after they are scaled down. */
const STROKE = 22;
/** A step of the arrow keys. */
const KEY_STEP = 10;

export interface DrawingPad {
  clear(): void;
  undo(): void;
}
interface Point {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export const DrawingSheet = forwardRef<DrawingPad, { /** At most once a frame. */ readonly onChange: (image: GreyImage | undefined) => void }>(function DrawingSheet({ onChange }, ref) {
  const { t } = useTranslation('inspect');
  const canvas = useRef<HTMLCanvasElement>(null);
  const strokes = useRef<Point[][]>([]);
  const frame = useRef<number | undefined>(undefined);
  const [pen, setPen] = useState<{ readonly x: number; readonly y: number; readonly down: boolean } | undefined>(undefined);
  const heard = useRef(onChange);
  useEffect(() => { heard.current = onChange; }, [onChange]);

  function redraw(): void {
    const context = canvas.current?.getContext('2d', { willReadFrequently: true });
    if (context === null || context === undefined) return;
    context.fillStyle = '#000';
    context.fillRect(0, 0, SIZE, SIZE);
    for (const stroke of strokes.current) drawStroke(context, stroke);
    tell();
  }
  function tell(): void {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = undefined;
      const context = canvas.current?.getContext('2d', { willReadFrequently: true });
      if (context === null || context === undefined) return;
      if (strokes.current.length === 0) return heard.current(undefined);
      const { data } = context.getImageData(0, 0, SIZE, SIZE);
      const ink = new Float32Array(SIZE * SIZE);
      for (let i = 0; i < ink.length; i++) ink[i] = data[i * 4]! / 255;
      heard.current({ width: SIZE, height: SIZE, data: ink });
    });
  }
  useEffect(() => {
    redraw();
    return () => {
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    };
    // The sheet is painted once; strokes paint themselves.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useImperativeHandle(ref, () => ({
    clear: () => {
      strokes.current = [];
      redraw();
    },
    undo: () => {
      strokes.current.pop();
      redraw();
    },
  }));

  function add(point: Point, begins: boolean): void {
    const context = canvas.current?.getContext('2d', { willReadFrequently: true });
    if (begins || strokes.current.length === 0) strokes.current.push([]);
    const stroke = strokes.current.at(-1)!;
    stroke.push(point);
    if (context !== null && context !== undefined) drawStroke(context, stroke.slice(-2));
    tell();
  }
  function pointOf(event: PointerEvent<HTMLCanvasElement> | globalThis.PointerEvent): Point {
    const { left, top, width, height } = canvas.current!.getBoundingClientRect();
    // A pen that is pressed harder writes broader; a mouse always says one half.
    const pressure = event.pointerType === 'pen' && event.pressure > 0 ? 0.6 + 0.8 * event.pressure : 1;
    return { x: ((event.clientX - left) / width) * SIZE, y: ((event.clientY - top) / height) * SIZE, width: STROKE * pressure };
  }
  function down(event: PointerEvent<HTMLCanvasElement>): void {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    add(pointOf(event), true);
  }
  function move(event: PointerEvent<HTMLCanvasElement>): void {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const between = event.nativeEvent.getCoalescedEvents?.() ?? [];
    for (const each of between.length > 0 ? between : [event]) add(pointOf(each), false);
  }
  function key(event: KeyboardEvent): void {
    const step = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Readonly<Record<string, readonly [number, number]>>)[event.key];
    const at = pen ?? { x: SIZE / 2, y: SIZE / 4, down: false };
    if (step !== undefined) {
      const next = { ...at, x: Math.max(0, Math.min(SIZE, at.x + step[0] * KEY_STEP)), y: Math.max(0, Math.min(SIZE, at.y + step[1] * KEY_STEP)) };
      if (next.down) add({ ...next, width: STROKE }, false);
      setPen(next);
    } else if (event.key === ' ') {
      if (!at.down) add({ ...at, width: STROKE }, true);
      setPen({ ...at, down: !at.down });
    } else if (event.key === 'Backspace' || event.key === 'Delete') {
      strokes.current = [];
      redraw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div className="inspect-sheet">
      {/* The sheet is an application of its own: arrow keys move the pen, Space puts it down and lifts it. */}
      <canvas
        ref={canvas} width={SIZE} height={SIZE} tabIndex={0} role="application" aria-label={t('sheet')} aria-roledescription={t('sheetRole')} aria-describedby="inspect-sheet-help"
        onPointerDown={down} onPointerMove={move} onKeyDown={key} onFocus={(event) => event.currentTarget.matches(':focus-visible') && setPen({ x: SIZE / 2, y: SIZE / 4, down: false })} onBlur={() => setPen(undefined)}
      />
      {pen !== undefined && <span className={pen.down ? 'inspect-pen inspect-pen-down' : 'inspect-pen'} style={{ left: `${(pen.x / SIZE) * 100}%`, top: `${(pen.y / SIZE) * 100}%` }} aria-hidden />}
      <span id="inspect-sheet-help" className="visually-hidden">{t('sheetHelp')}</span>
    </div>
  );
});

function drawStroke(context: CanvasRenderingContext2D, stroke: readonly Point[]): void {
  const [first] = stroke;
  if (first === undefined) return;
  context.strokeStyle = '#fff';
  context.fillStyle = '#fff';
  context.lineCap = 'round';
  context.lineJoin = 'round';
  if (stroke.length === 1) {
    context.beginPath();
    context.arc(first.x, first.y, first.width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  for (let i = 1; i < stroke.length; i++) {
    const [from, to] = [stroke[i - 1]!, stroke[i]!];
    context.lineWidth = (from.width + to.width) / 2;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  }
}
