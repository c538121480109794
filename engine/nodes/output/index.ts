/** What marks the result of a graph. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const outputNodes: readonly AnyNodeType[] = [];
