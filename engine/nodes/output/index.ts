/** What marks the result of a graph. */
import type { AnyNodeType } from '../node-type.ts';
import { Output } from './output.ts';

export const outputNodes: readonly AnyNodeType[] = [Output];
