/** Layers that join several wires. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const mergeNodes: readonly AnyNodeType[] = [];
