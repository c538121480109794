/** Layers that move numbers without changing them. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { Detach } from './detach.ts';
import { Fill } from './fill.ts';
import { Flatten } from './flatten.ts';
import { Pad } from './pad.ts';
import { Permute } from './permute.ts';
import { Reshape } from './reshape.ts';
import { ReshapeToImage } from './reshape-to-image.ts';

export const shapeNodes: readonly AnyNodeType[] = [Flatten, Reshape, ReshapeToImage, Permute, Pad, Detach, Fill];
