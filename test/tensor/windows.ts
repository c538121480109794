/** Windows and convolution shapes that the tests of values, derivatives and backends have in common: odd sizes on purpose. */
import type { Shape, Window } from '../../engine/tensor/ir.ts';

/** A square window without padding or dilation. */
export const window2d = (size: number, stride = 1): Window => ({ size: [size, size], stride: [stride, stride], padBefore: [0, 0], padAfter: [0, 0], dilation: [1, 1] });

export interface ConvCase {
  readonly title: string;
  readonly x: Shape;
  readonly w: Shape;
  readonly window: Window;
  readonly groups: number;
}

export const convCases: readonly ConvCase[] = [
  { title: '3×3', x: [2, 3, 6, 5], w: [4, 3, 3, 3], window: window2d(3), groups: 1 },
  { title: '1×1', x: [2, 3, 3, 2], w: [5, 3, 1, 1], window: window2d(1), groups: 1 },
  { title: 'stride 2, same padding, odd size', x: [1, 2, 7, 9], w: [3, 2, 3, 3], window: { ...window2d(3, 2), padBefore: [1, 1], padAfter: [1, 1] }, groups: 1 },
  { title: 'stride 2 that leaves a rest unread', x: [1, 2, 6, 8], w: [3, 2, 3, 3], window: window2d(3, 2), groups: 1 },
  { title: 'oblong kernel, uneven padding', x: [2, 2, 5, 6], w: [3, 2, 2, 4], window: { size: [2, 4], stride: [1, 2], padBefore: [0, 2], padAfter: [1, 1], dilation: [1, 1] }, groups: 1 },
  { title: 'dilation', x: [1, 2, 8, 7], w: [2, 2, 3, 2], window: { size: [3, 2], stride: [1, 1], padBefore: [2, 0], padAfter: [1, 1], dilation: [2, 3] }, groups: 1 },
  { title: 'two groups', x: [2, 4, 5, 5], w: [6, 2, 3, 3], window: { ...window2d(3), padBefore: [1, 1], padAfter: [1, 1] }, groups: 2 },
  { title: 'depthwise', x: [1, 3, 5, 4], w: [3, 1, 3, 3], window: window2d(3), groups: 3 },
  { title: 'padding wider than the kernel', x: [1, 1, 3, 3], w: [2, 1, 2, 2], window: { ...window2d(2), padBefore: [3, 0], padAfter: [0, 3] }, groups: 1 },
  { title: '1-D, stride 3', x: [2, 3, 11], w: [4, 3, 4], window: { size: [4], stride: [3], padBefore: [2], padAfter: [1], dilation: [1] }, groups: 1 },
  { title: '3-D', x: [1, 2, 3, 4, 3], w: [2, 2, 2, 2, 2], window: { size: [2, 2, 2], stride: [1, 2, 1], padBefore: [0, 1, 0], padAfter: [0, 0, 1], dilation: [1, 1, 1] }, groups: 1 },
];

export const poolWindows: readonly (readonly [string, Window])[] = [
  ['2×2 stride 2, with a rest unread', window2d(2, 2)],
  ['overlapping 3×3 stride 2, padded', { ...window2d(3, 2), padBefore: [1, 1], padAfter: [1, 1] }],
  ['oblong, uneven padding', { size: [3, 2], stride: [1, 2], padBefore: [2, 0], padAfter: [0, 1], dilation: [1, 1] }],
  ['dilated', { ...window2d(2), dilation: [3, 2] }],
  ['the whole image', { size: [9, 7], stride: [1, 1], padBefore: [0, 0], padAfter: [0, 0], dilation: [1, 1] }],
];
