/** The outlines of the shapes: is a point of the shape's own plane, where it has about the radius 1, inside? All cover areas of about the same size. */
import type { SHAPES } from '../../nodes/data/coloured-shapes.ts';

export type ShapeName = (typeof SHAPES)[number];

const SQUARE_HALF = 0.86;
const TRIANGLE_RADIUS = 1.2;
const STAR_OUTER = 1.2;
const STAR_INNER = 0.55;
const CROSS_HALF_LENGTH = 1.05;
const CROSS_HALF_WIDTH = 0.36;
const RING_INNER = 0.58;

/** No shape reaches further from its middle than this. */
export const REACH = 1.25;

export const OUTLINES: Readonly<Record<ShapeName, (u: number, v: number) => boolean>> = {
  circle: (u, v) => u * u + v * v <= 1,
  square: (u, v) => Math.abs(u) <= SQUARE_HALF && Math.abs(v) <= SQUARE_HALF,
  // Three sides, each as far from the middle as half the radius of the corners.
  triangle: (u, v) => v <= TRIANGLE_RADIUS / 2 && -v / 2 + Math.abs(u) * (Math.sqrt(3) / 2) <= TRIANGLE_RADIUS / 2,
  star: isInStar,
  cross: (u, v) => (Math.abs(u) <= CROSS_HALF_LENGTH && Math.abs(v) <= CROSS_HALF_WIDTH) || (Math.abs(v) <= CROSS_HALF_LENGTH && Math.abs(u) <= CROSS_HALF_WIDTH),
  ring: (u, v) => u * u + v * v <= 1 && u * u + v * v >= RING_INNER * RING_INNER,
};

/** Folded into half of one of the five points, the star is what lies on the near side of the line from its tip to its notch. */
function isInStar(u: number, v: number): boolean {
  const half = Math.PI / 5;
  const turned = (Math.atan2(v, u) + 2 * Math.PI) % (2 * half);
  const angle = Math.min(turned, 2 * half - turned);
  const radius = Math.hypot(u, v);
  const x = radius * Math.cos(angle), y = radius * Math.sin(angle);
  const notchX = STAR_INNER * Math.cos(half), notchY = STAR_INNER * Math.sin(half);
  return (notchX - STAR_OUTER) * y - notchY * (x - STAR_OUTER) >= 0;
}
