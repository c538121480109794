/** Optimizers. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const optimizerNodes: readonly AnyNodeType[] = [];
