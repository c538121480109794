/** Sources of samples. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const dataNodes: readonly AnyNodeType[] = [];
