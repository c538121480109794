/** Layers that move numbers without changing them. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const shapeNodes: readonly AnyNodeType[] = [];
