/** Learning-rate schedules. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';

export const scheduleNodes: readonly AnyNodeType[] = [];
