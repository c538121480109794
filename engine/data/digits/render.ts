/**
 * Strokes to pixels: a curve through control points, and a round pen with soft edges. Only the pixels
 * near a piece of curve are visited, which makes a digit cost some tens of microseconds.
 */

/** Pieces per stretch between two control points: at 28×28 more is not seen. */
const PIECES = 5;

/** A polyline as x, y, x, y, …; `length` counts numbers. Reused from digit to digit. */
export interface Path {
  points: Float64Array;
  length: number;
}

/** Catmull and Rom's curve (1974) through the control points of `stroke`; where a point is given twice, it breaks. */
export function flatten(stroke: readonly number[], path: Path): void {
  path.length = 0;
  const count = stroke.length / 2;
  const at = (i: number, axis: number): number => stroke[2 * i + axis] ?? 0;
  const push = (x: number, y: number): void => {
    path.points[path.length++] = x;
    path.points[path.length++] = y;
  };
  if (path.points.length < 2 * (count * PIECES + 1)) path.points = new Float64Array(4 * (count * PIECES + 1));
  push(at(0, 0), at(0, 1));
  for (let i = 0; i + 1 < count; i++) {
    const x1 = at(i, 0), y1 = at(i, 1), x2 = at(i + 1, 0), y2 = at(i + 1, 1);
    if (x1 === x2 && y1 === y2) continue;
    // At an end or a corner the curve leaves in the direction of the stretch itself.
    const before = i > 0 ? i - 1 : i;
    const after = i + 2 < count ? i + 2 : i + 1;
    const x0 = at(before, 0), y0 = at(before, 1), x3 = at(after, 0), y3 = at(after, 1);
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      const t2 = t * t;
      const t3 = t2 * t;
      const w0 = (-t + 2 * t2 - t3) / 2, w1 = (2 - 5 * t2 + 3 * t3) / 2, w2 = (t + 4 * t2 - 3 * t3) / 2, w3 = (t3 - t2) / 2;
      push(w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3, w0 * y0 + w1 * y1 + w2 * y2 + w3 * y3);
    }
  }
}

/** How hard the pen is pressed along a stroke. */
export interface PenRadius {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

/**
 * Stroke the path with a round pen into `ink` (side × side, row-major, 0 … 1), darkening only. The pen's
 * radius in pixels runs from `start` over `middle` to `end`; the edge fades over `soft` pixels.
 */
export function strokePath(path: Path, ink: Float32Array, side: number, radius: PenRadius, soft: number): void {
  const { points, length } = path;
  const segments = length / 2 - 1;
  for (let s = 0; s < segments; s++) {
    const ax = points[2 * s] ?? 0, ay = points[2 * s + 1] ?? 0, bx = points[2 * s + 2] ?? 0, by = points[2 * s + 3] ?? 0;
    const along = (2 * s + 1) / segments;
    const here = along < 1 ? radius.start + (radius.middle - radius.start) * along : radius.middle + (radius.end - radius.middle) * (along - 1);
    const reach = here + soft / 2;
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx) - reach)), x1 = Math.min(side - 1, Math.floor(Math.max(ax, bx) + reach));
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by) - reach)), y1 = Math.min(side - 1, Math.floor(Math.max(ay, by) + reach));
    const dx = bx - ax, dy = by - ay;
    const square = dx * dx + dy * dy;
    const inverse = square > 0 ? 1 / square : 0;
    const reachSquare = reach * reach;
    for (let y = y0; y <= y1; y++) {
      const py = y - ay;
      for (let x = x0; x <= x1; x++) {
        const px = x - ax;
        let t = (px * dx + py * dy) * inverse;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const ex = px - t * dx, ey = py - t * dy;
        const distance = ex * ex + ey * ey;
        if (distance >= reachSquare) continue;
        const value = Math.min(1, (reach - Math.sqrt(distance)) / soft);
        const at = y * side + x;
        if (value > (ink[at] ?? 0)) ink[at] = value;
      }
    }
  }
}
