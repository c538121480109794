/** Elementwise nonlinearities, softmax and its logarithm. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const activationNodes: readonly AnyNodeType[] = [];
