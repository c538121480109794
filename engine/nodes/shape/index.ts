/** Layers that move numbers without changing them. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { Detach } from './detach.ts';
import { Fill } from './fill.ts';
import { Flatten } from './flatten.ts';
import { Pad } from './pad.ts';
import { Permute } from './permute.ts';
import { Reshape } from './reshape.ts';

export const shapeNodes: readonly AnyNodeType[] = [Flatten, Reshape, Permute, Pad, Detach, Fill];
