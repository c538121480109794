/** Metrics. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const metricNodes: readonly AnyNodeType[] = [];
