/** Layers that join several wires. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { Add } from './add.ts';
import { Concat } from './concat.ts';
import { Multiply } from './multiply.ts';
import { Subtract } from './subtract.ts';

export const mergeNodes: readonly AnyNodeType[] = [Add, Subtract, Multiply, Concat];
