/** What the convolutions share: their parameters, their checks and how they are written in each framework. */
import type { Shape, Window } from '../../tensor/ir.ts';
import { type BiasParams, type Fans, type InitParams, biasInit, biasParams, initParams, kerasInit, weightInit } from '../initializers.ts';
import { type ParamSpecs, ShapeError, type WeightSpec } from '../node-type.ts';
import { choice, int, ints, text } from '../params.ts';
import { type PythonArgument, call, tuple, unless } from '../python.ts';
import type { PaddingMode } from '../shapes.ts';

export interface ConvParams extends InitParams, BiasParams {
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: PaddingMode;
  readonly pads: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

export const paddingParam = choice<PaddingMode>(
  text('Padding', '填充'),
  text(
    'valid adds none; same adds as many cells as give ⌈size/stride⌉ places, the odd one behind; explicit takes the numbers below.',
    'valid 不填充；same 在四周补格，使输出大小为 ⌈大小/步幅⌉，多出的一格补在后面；explicit 使用下面的数值。',
  ),
  'valid',
  { valid: text('valid: none', 'valid：无填充'), same: text('same: keep the size', 'same：保持大小'), explicit: text('explicit', 'explicit：自定义') },
);

const strideOf = (axes: number) => ints(text('Stride', '步幅'), text('Cells that the window moves at a time; 2 halves the size.', '窗口每次移动的格数；取 2 时尺寸减半。'), [1], { min: 1, max: 64, minLength: 1, maxLength: axes });
export const padsOf = (axes: number) => ints(
  text('Padding sizes', '填充大小'),
  axes === 1
    ? text('Cells added, which hold zeros: one number for both ends, or [front, behind].', '补上的格数（其值为零）：一个数用于两端，或 [前, 后]。')
    : text('Cells added, which hold zeros (a max pool never picks them): one number for all sides, [vertical, horizontal], or [top, bottom, left, right].', '补上的格数（其值为零，最大池化从不选取）：一个数用于四边，或 [垂直, 水平]，或 [上, 下, 左, 右]。'),
  [0], { min: 0, max: 1024, minLength: 1, maxLength: 2 * axes, when: (p) => p['padding'] === 'explicit' },
);
export const filtersParam = int(text('Filters', '滤波器数'), text('Output channels: one for each pattern that the layer learns.', '输出通道数：该层学习的每种模式对应一个。'), 32, { min: 1, max: 65536, prominent: true, logarithmic: true });
export const kernelOf = (axes: number) => ints(
  text('Kernel size', '卷积核大小'),
  axes === 1 ? text('Length of the window.', '窗口的长度。') : text('Height and width of the window; one number for a square.', '窗口的高和宽；一个数表示正方形。'),
  axes === 1 ? [3] : [3, 3], { min: 1, max: 1024, minLength: 1, maxLength: axes, prominent: true },
);
export const dilationOf = (axes: number) => ints(text('Dilation', '扩张率'), text('Distance between the cells of the window; 2 leaves every other cell out.', '窗口内相邻采样点的间距；取 2 时隔一格取一格。'), [1], { min: 1, max: 64, minLength: 1, maxLength: axes });
export const groupsParam = int(
  text('Groups', '分组数'),
  text('Channels are split into this many independent parts; as many as input channels makes it depthwise.', '把通道分成这么多独立的部分；等于输入通道数时为逐通道（深度）卷积。'),
  1, { min: 1, max: 65536 },
);

export const convParams = (axes: number): ParamSpecs<ConvParams> => ({
  filters: filtersParam,
  kernel: kernelOf(axes),
  stride: strideOf(axes),
  padding: paddingParam,
  pads: padsOf(axes),
  dilation: dilationOf(axes),
  groups: groupsParam,
  ...biasParams,
  ...initParams,
});

/** Input and output channels must both split into the groups. */
export function requireGroups(groups: number, channels: number, filters: number): void {
  for (const [what, count] of [[{ en: 'input channels', zh: '输入通道' }, channels], [{ en: 'filters', zh: '卷积核' }, filters]] as const) {
    if (count % groups === 0) continue;
    throw new ShapeError({ en: `${count} ${what.en} do not split into ${groups} groups: ${count} / ${groups} = ${(count / groups).toFixed(2)}`, zh: ` ${count} 个${what.zh}不能平均分成 ${groups} 组：${count} / ${groups} = ${(count / groups).toFixed(2)}` }, {
      code: 'groups', port: 'x', repair: { kind: 'set-param', param: 'groups', value: 1 },
    });
  }
}

/** PyTorch's fans of a filter bank: axis 1 and axis 0 of its weight, times the cells of the window. */
function filterFans(shape: Shape): Fans {
  const [out = 1, into = 1, ...kernel] = shape;
  const cells = kernel.reduce((product, n) => product * n, 1);
  return { fanIn: into * cells, fanOut: out * cells };
}

export function filterWeights(p: InitParams & BiasParams & { readonly filters: number }, shape: Shape): Record<string, WeightSpec> {
  const fans = filterFans(shape);
  return {
    weight: { shape, init: weightInit(p, fans) },
    ...(p.bias ? { bias: { shape: [p.filters], init: biasInit(p, fans.fanIn), noDecay: true } } : {}),
  };
}

/** ONNX's pads: all in front, then all behind. */
export const onnxPads = (window: Window): number[] => [...window.padBefore, ...window.padAfter];

/** PyTorch's order for F.pad and nn.ZeroPad: the last axis first, each as front, behind. */
export const torchPads = (before: readonly number[], after: readonly number[]): number[] => before.map((n, i) => [n, after[i] ?? 0]).reverse().flat();

/** A PyTorch convolution; padding that differs in front and behind becomes a layer of its own. */
export function pytorchConv(p: ConvParams, channels: number, axes: number, window: Window): string {
  const even = window.padBefore.every((n, i) => n === window.padAfter[i]);
  const conv = (padding: PythonArgument): string => call(`nn.Conv${axes}d`, [channels, p.filters, window.size], {
    stride: unless(window.stride, 1), padding, dilation: unless(window.dilation, 1), groups: unless(p.groups, 1), bias: unless(p.bias, true),
  });
  if (even) return conv(unless(window.padBefore, 0));
  const pads = tuple(torchPads(window.padBefore, window.padAfter));
  // ZeroPad1d came with PyTorch 2.1; its likes for images are as old as the others.
  return `nn.Sequential(${axes === 1 ? `nn.ConstantPad1d(${pads}, 0)` : `nn.ZeroPad${axes}d(${pads})`}, ${conv(undefined)})`;
}

/**
 * A Keras convolution on channels-first data. Explicit padding becomes a layer of its own, and so does
 * a stride beside a dilation, which Keras refuses: every place is computed, then every s-th is kept.
 */
export function kerasConv(p: ConvParams, axes: number, window: Window): string {
  const isDilated = window.dilation.some((n) => n > 1);
  const skips = isDilated && window.stride.some((n) => n > 1);
  const isExplicit = p.padding === 'explicit' || (skips && p.padding === 'same');
  const parts = [call(`layers.Conv${axes}D`, [p.filters, window.size], {
    strides: skips ? undefined : unless(window.stride, 1), padding: p.padding === 'same' && !isExplicit ? "'same'" : undefined, data_format: "'channels_first'",
    dilation_rate: unless(window.dilation, 1), groups: unless(p.groups, 1), use_bias: unless(p.bias, true), kernel_initializer: kerasInit(p),
  })];
  if (isExplicit && [...window.padBefore, ...window.padAfter].some((n) => n > 0)) {
    const pairs = window.padBefore.map((n, i) => tuple([n, window.padAfter[i] ?? 0]));
    parts.unshift(call(`layers.ZeroPadding${axes}D`, [axes === 1 ? (pairs[0] ?? '0') : `(${pairs.join(', ')})`], { data_format: "'channels_first'" }));
  }
  if (skips) parts.push(`layers.Lambda(lambda y: y[:, :, ${window.stride.map((n) => `::${n}`).join(', ')}])`);
  return parts.length === 1 ? (parts[0] ?? '') : `keras.Sequential([${parts.join(', ')}])`;
}
