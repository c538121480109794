/** What Conv1D and Conv2D compute: the same filters slide along one axis or two, with one rule for shapes, weights, IR, ONNX and code. */
import type { NodeType, TensorType } from '../node-type.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage, requireSequence, slidingWindow } from '../shapes.ts';
import { type ConvParams, convParams, filterWeights, kerasConv, onnxPads, pytorchConv, requireGroups } from './convolution.ts';

type SlidingConv = Pick<NodeType<ConvParams>, 'category' | 'inputs' | 'outputs' | 'params' | 'infer' | 'weights' | 'lower' | 'onnx' | 'code'>;

/** All of the node type but its name, its words and its examples. */
export function slidingConv(axes: 1 | 2): SlidingConv {
  const input = (ins: readonly TensorType[]): { readonly channels: number; readonly spatial: readonly number[] } => {
    if (axes === 2) return requireImage(ins);
    const { channels, length } = requireSequence(ins);
    return { channels, spatial: [length] };
  };
  const geometry = (p: ConvParams, ins: readonly TensorType[]) => {
    const { channels, spatial } = input(ins);
    requireGroups(p.groups, channels, p.filters);
    return { channels, ...slidingWindow(spatial, { size: p.kernel, stride: p.stride, dilation: p.dilation, padding: p.padding, pads: p.pads, sizeParam: 'kernel' }) };
  };
  return {
    category: 'layer',
    inputs: [inputX],
    outputs: [outputY],
    params: convParams(axes),
    infer: (p, ins) => [{ shape: ['N', p.filters, ...geometry(p, ins).places], dtype: 'f32' }],
    weights(p, ins) {
      const { channels, window } = geometry(p, ins);
      return filterWeights(p, [p.filters, channels / p.groups, ...window.size]);
    },
    lower(scope, p, [x]) {
      if (x === undefined) return [];
      const { b } = scope;
      const y = b.conv(x, scope.weight('weight'), geometry(p, scope.inputTypes).window, p.groups);
      return [p.bias ? b.add(y, b.reshape(scope.weight('bias'), [p.filters, ...new Array<number>(axes).fill(1)])) : y];
    },
    onnx(scope, p, [x]) {
      if (x === undefined) return [];
      const { window } = geometry(p, scope.inputTypes);
      return [scope.op('Conv', [x, scope.weight('weight'), ...(p.bias ? [scope.weight('bias')] : [])], {
        kernel_shape: window.size, strides: window.stride, dilations: window.dilation, pads: onnxPads(window), group: p.groups,
      })];
    },
    code: {
      pytorch(p, ins) {
        const { channels, window } = geometry(p, ins);
        return pytorchConv(p, channels, axes, window);
      },
      keras: (p, ins) => kerasConv(p, axes, geometry(p, ins).window),
    },
  };
}
