/** Layers with weights, and those that act on windows of an image. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const layerNodes: readonly AnyNodeType[] = [];
