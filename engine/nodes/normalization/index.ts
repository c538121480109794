/** Layers that centre and scale. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const normalizationNodes: readonly AnyNodeType[] = [];
