/**
 * What RNN, LSTM and GRU have in common: stacked layers, one direction or two, the initial state, weights in
 * PyTorch's names and layouts, and ONNX's operators. A cell says only what one step does.
 */
import type { Builder } from '../../tensor/builder.ts';
import { dropout } from '../../tensor/composites.ts';
import type { Value } from '../../tensor/ir.ts';
import { requireTokens, tokensType } from '../attention/attend.ts';
import { type LowerScope, type NodeType, type ParamSpecs, type Port, type TensorType, type WeightSpec, ShapeError } from '../node-type.ts';
import type { OnnxAttribute, OnnxScope } from '../onnx-scope.ts';
import { bool, choice, float, int, text } from '../params.ts';
import { call, unless } from '../python.ts';
import { formatShape } from '../shapes.ts';

export interface RecurrentParams {
  readonly units: number;
  readonly returns: string;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly dropout: number;
  readonly bias: boolean;
}

export const recurrentParams: ParamSpecs<RecurrentParams> = {
  units: int(text('Units', '单元数'), text('Size of the state: how many numbers the layer remembers.', '状态的大小：该层记住多少个数。'), 64, { min: 1, max: 65536, prominent: true, logarithmic: true }),
  returns: choice(text('Returns', '返回'), text('The state after the last step alone, for one answer per sequence; or the states at all steps, for an answer at each of them or for another recurrent layer.', '只返回最后一步之后的状态，用于每个序列一个答案；或返回所有步的状态，用于每一步一个答案，或接下一个循环层。'), 'last', { last: text('Last state', '最后的状态'), sequence: text('All states', '所有状态') }, { prominent: true }),
  layers: int(text('Layers', '层数'), text('Layers upon each other: each walks along the states of the one below.', '叠放的层数：每一层沿着下一层的状态运行。'), 1, { min: 1, max: 64 }),
  bidirectional: bool(text('Bidirectional', '双向'), text('Walk along the sequence from behind as well; both states lie side by side.', '同时从后往前遍历序列；两个方向的状态并排放置。'), false),
  dropout: float(text('Dropout', '随机失活'), text('Share of the numbers between two layers that is left out in each training step.', '每个训练步中，两层之间被略去的数的比例。'), 0, { min: 0, max: 1, exclusive: 'max', when: (params) => typeof params['layers'] === 'number' && params['layers'] > 1 }),
  bias: bool(text('Bias', '偏置'), text('Train an offset for the input and one for the state.', '为输入和状态各训练一个偏移。'), true),
};

export const statePort: Port = { name: 'state', kind: 'tensor', title: text('Initial state', '初始状态'), optional: true };
export const cellPort: Port = { name: 'cell', kind: 'tensor', title: text('Initial cell', '初始单元'), optional: true };


/** One step of a recurrent layer. */
export interface Cell {
  readonly pytorch: 'RNN' | 'LSTM' | 'GRU';
  /** How many numbers of the projections make one of the state. */
  readonly gates: number;
  /** Initial values that may be wired, in the order of the ports: the state, and for LSTM the cell behind it. */
  readonly carries: 1 | 2;
  /** The next carries. `fromInput` and `fromState` are the projections [N, gates · units], offsets included. */
  step(b: Builder, fromInput: Value, fromState: Value, carries: readonly Value[]): readonly Value[];
  /** Place of each of ONNX's gates among PyTorch's. */
  readonly onnxGates: readonly number[];
  readonly onnxAttributes: (directions: number) => Readonly<Record<string, OnnxAttribute>>;
  /** Arguments of the constructors that no other cell has. */
  readonly keywords: { readonly pytorch: Readonly<Record<string, string | undefined>>; readonly keras: Readonly<Record<string, string | undefined>> };
}

/** The i-th of the gates that lie side by side in [N, gates · units]. */
export function gate(b: Builder, gates: Value, i: number, units: number): Value {
  return b.slice(gates, 1, i * units, (i + 1) * units);
}

const directionsOf = (p: RecurrentParams): number => (p.bidirectional ? 2 : 1);
const outputFeatures = (p: RecurrentParams): number => p.units * directionsOf(p);

/** Type of the output [N, units] or [N, T, units]; doubled in two directions. Throws ShapeError where x is no sequence, or an initial state of another size. */
function inferRecurrent(cell: Cell, p: RecurrentParams, ins: readonly TensorType[]): readonly TensorType[] {
  const { length } = requireTokens(ins, 0, 'x');
  const states = ins.slice(1);
  if (states.length > 0 && states.length < cell.carries) {
    throw new ShapeError({ en: 'its initial state is two tensors, the state and the cell, and one of them is wired; wire both, or neither to begin with zeros', zh: '它的初始状态由两个张量组成：状态和单元，但只连接了其中一个；请两个都连接，或都不连接以从零开始' }, { code: 'missing-input', port: 'cell' });
  }
  const count = p.layers * directionsOf(p);
  const wanted = count === 1 ? ['N', p.units] : ['N', count, p.units];
  states.forEach((state, i) => {
    if (state.dtype === 'f32' && state.shape.length === wanted.length && state.shape.every((n, axis) => n === wanted[axis])) return;
    throw new ShapeError({
      en: `${p.layers} ${p.layers === 1 ? 'layer' : 'layers'} of ${p.units} units in ${directionsOf(p) === 1 ? 'one direction begin' : 'two directions begin'} with ${formatShape(wanted as ['N', number])}, but '${i === 0 ? 'state' : 'cell'}' is ${formatShape(state.shape)}; a Dense of ${p.units} units${count === 1 ? '' : ', then a Reshape,'} makes it fit`,
      zh: `${p.layers} 层、每层 ${p.units} 个单元、${directionsOf(p) === 1 ? '单' : '双'}向时，初始值应为 ${formatShape(wanted as ['N', number])}，但“${i === 0 ? 'state' : 'cell'}”是 ${formatShape(state.shape)}；可用 ${p.units} 个单元的全连接层${count === 1 ? '' : '再加变形'}使其匹配`,
    }, { code: 'shape-mismatch', port: i === 0 ? 'state' : 'cell' });
  });
  return [p.returns === 'last' ? { shape: ['N', outputFeatures(p)], dtype: 'f32' } : tokensType({ length, features: outputFeatures(p) })];
}

/** PyTorch's suffix of a weight's name. */
const suffix = (layer: number, direction: number): string => `l${layer}${direction === 1 ? '_reverse' : ''}`;

function recurrentWeights(cell: Cell, p: RecurrentParams, ins: readonly TensorType[]): Readonly<Record<string, WeightSpec>> {
  const { features } = requireTokens(ins, 0, 'x');
  const rows = cell.gates * p.units;
  const bound = 1 / Math.sqrt(p.units);
  const init = { kind: 'uniform', low: -bound, high: bound } as const;
  const specs: Record<string, WeightSpec> = {};
  for (let layer = 0; layer < p.layers; layer++) {
    for (let direction = 0; direction < directionsOf(p); direction++) {
      const end = suffix(layer, direction);
      specs[`weight_ih_${end}`] = { shape: [rows, layer === 0 ? features : outputFeatures(p)], init };
      specs[`weight_hh_${end}`] = { shape: [rows, p.units], init };
      if (!p.bias) continue;
      specs[`bias_ih_${end}`] = { shape: [rows], init, noDecay: true };
      specs[`bias_hh_${end}`] = { shape: [rows], init, noDecay: true };
    }
  }
  return specs;
}

/** x [N, T, D] -> [N, T, units · directions], or the last state of each direction side by side [N, units · directions]. */
function lowerRecurrent(cell: Cell, scope: LowerScope, p: RecurrentParams, ins: readonly Value[]): readonly Value[] {
  const { b } = scope;
  // Step by step from here on, [T, N, ·]: the input is the smallest tensor that could be turned so.
  let x = b.permute(ins[0] as Value, [1, 0, 2]);
  const [length = 1, batch = 1] = x.shape;
  let last: Value[] = [];
  for (let layer = 0; layer < p.layers; layer++) {
    if (layer > 0 && scope.training && p.dropout > 0) x = dropout(b, x, p.dropout, scope.random(x.shape, 'uniform'));
    const features = x.shape[2] ?? 1;
    last = [];
    const sequences = Array.from({ length: directionsOf(p) }, (_, direction): Value => {
      const end = suffix(layer, direction);
      // All inputs are projected at once; only what depends on the state is done step by step.
      const product = b.dot(b.reshape(x, [length * batch, features]), b.transpose(scope.weight(`weight_ih_${end}`)));
      const projected = b.reshape(p.bias ? b.add(product, scope.weight(`bias_ih_${end}`)) : product, [length, batch, cell.gates * p.units]);
      const initial = Array.from({ length: cell.carries }, (_unused, i): Value => {
        const given = ins[i + 1];
        if (given === undefined) return b.constant(0, [batch, p.units]);
        return given.shape.length === 2 ? given : b.reshape(b.slice(given, 1, layer * directionsOf(p) + direction, layer * directionsOf(p) + direction + 1), [batch, p.units]);
      });
      const weights = [b.transpose(scope.weight(`weight_hh_${end}`)), ...(p.bias ? [scope.weight(`bias_hh_${end}`)] : [])];
      const scan = b.scan({ slices: [projected], initial, constants: weights, reverse: direction === 1 }, (inner, { slices, carries, constants }) => {
        const fromState = inner.dot(carries[0] as Value, constants[0] as Value);
        return cell.step(inner, slices[0] as Value, constants[1] === undefined ? fromState : inner.add(fromState, constants[1]), carries);
      });
      last.push(scan.last(0));
      return direction === 1 ? b.slice(scan.stack(0), 0, 0, length) : b.slice(scan.stack(0), 0, 1, length + 1);
    });
    x = b.concat(sequences, 2);
  }
  return [p.returns === 'last' ? b.concat(last, 1) : b.permute(x, [1, 0, 2])];
}

/** ONNX's own operator for each layer; its tensors lie [T, N, D]. */
function onnxRecurrent(cell: Cell, scope: OnnxScope, p: RecurrentParams, ins: readonly string[]): readonly string[] {
  const { length } = requireTokens(scope.inputTypes, 0, 'x');
  const directions = Array.from({ length: directionsOf(p) }, (_, i) => i);
  /** A weight with its gates in ONNX's order. */
  const reordered = (name: string): string => {
    const whole = scope.weight(name);
    if (cell.gates === 1) return whole;
    const rows = (i: number): string => scope.op('Slice', [whole, scope.int64s([i * p.units]), scope.int64s([(i + 1) * p.units]), scope.int64s([0])]);
    return scope.op('Concat', cell.onnxGates.map(rows), { axis: 0 });
  };
  /** One tensor per direction, on an axis of its own in front. */
  const stacked = (tensors: readonly string[]): string => {
    const each = tensors.map((tensor) => scope.op('Unsqueeze', [tensor, scope.int64s([0])]));
    return each.length === 1 ? (each[0] as string) : scope.op('Concat', each, { axis: 0 });
  };
  let x = scope.op('Transpose', [ins[0] as string], { perm: [1, 0, 2] });
  for (let layer = 0; layer < p.layers; layer++) {
    const weights = ['weight_ih', 'weight_hh'].map((name) => stacked(directions.map((d) => reordered(`${name}_${suffix(layer, d)}`))));
    const bias = p.bias ? stacked(directions.map((d) => scope.op('Concat', ['bias_ih', 'bias_hh'].map((name) => reordered(`${name}_${suffix(layer, d)}`)), { axis: 0 }))) : '';
    const initial = ins.slice(1).map((state, i) => {
      if (scope.inputTypes[i + 1]?.shape.length === 2) return scope.op('Unsqueeze', [state, scope.int64s([0])]);
      const mine = scope.op('Slice', [state, scope.int64s([layer * directions.length]), scope.int64s([(layer + 1) * directions.length]), scope.int64s([1])]);
      return scope.op('Transpose', [mine], { perm: [1, 0, 2] });
    });
    const states = scope.op(cell.pytorch, [x, ...weights, bias, '', ...initial].slice(0, initial.length === 0 ? 4 : undefined), {
      hidden_size: p.units, ...(p.bidirectional ? { direction: 'bidirectional' } : {}), ...cell.onnxAttributes(directions.length),
    });
    if (layer === p.layers - 1 && p.returns === 'last') {
      // [T, directions, N, units]: the forward one ends at the last time, the backward one at the first.
      const ends = directions.map((d) => {
        const time = d === 0 ? length - 1 : 0;
        return scope.op('Squeeze', [scope.op('Slice', [states, scope.int64s([time, d]), scope.int64s([time + 1, d + 1]), scope.int64s([0, 1])]), scope.int64s([0, 1])]);
      });
      return [ends.length === 1 ? (ends[0] as string) : scope.op('Concat', ends, { axis: 1 })];
    }
    const isLast = layer === p.layers - 1;
    const turned = scope.op('Transpose', [states], { perm: isLast ? [2, 0, 1, 3] : [0, 2, 1, 3] });
    x = scope.op('Reshape', [turned, scope.int64s([0, 0, outputFeatures(p)])]);
  }
  return [x];
}

function pytorchRecurrent(cell: Cell, p: RecurrentParams, ins: readonly TensorType[]): string {
  return call(`nn.${cell.pytorch}`, [requireTokens(ins, 0, 'x').features, p.units, ...(p.layers === 1 ? [] : [p.layers])], {
    ...cell.keywords.pytorch, bias: unless(p.bias, true), batch_first: true, dropout: p.layers > 1 ? unless(p.dropout, 0) : undefined, bidirectional: unless(p.bidirectional, false),
  });
}

/** How PyTorch's module is called: states lie [layers · directions, N, units] there, and it returns all steps and the final states. */
function pytorchRecurrentCall(cell: Cell, p: RecurrentParams, ins: readonly TensorType[]): string {
  const turned = (name: string, type: TensorType): string => (type.shape.length === 2 ? `${name}.unsqueeze(0)` : `${name}.transpose(0, 1).contiguous()`);
  const states = ins.slice(1).map((type, i) => turned(i === 0 ? 'state' : 'cell', type));
  const initial = states.length === 0 ? '' : cell.carries === 1 ? `, ${states.join()}` : `, (${states.join(', ')})`;
  const all = `layer(x${initial})[0]`;
  if (p.returns !== 'last') return all;
  return p.bidirectional ? `(lambda every: torch.cat([every[:, -1, :${p.units}], every[:, 0, ${p.units}:]], 1))(${all})` : `${all}[:, -1]`;
}

function kerasRecurrent(cell: Cell, p: RecurrentParams): string {
  const name = cell.pytorch === 'RNN' ? 'SimpleRNN' : cell.pytorch;
  const layers = Array.from({ length: p.layers }, (_, i) => {
    const one = call(`layers.${name}`, [p.units], { ...cell.keywords.keras, use_bias: unless(p.bias, true), return_sequences: i < p.layers - 1 || p.returns === 'sequence' ? true : undefined });
    const both = p.bidirectional ? `layers.Bidirectional(${one})` : one;
    return i > 0 && p.dropout > 0 ? `layers.Dropout(${p.dropout}), ${both}` : both;
  });
  return layers.length === 1 ? (layers[0] as string) : `keras.Sequential([${layers.join(', ')}])`;
}

/** All that a recurrent type does follows from its cell. */
export function recurrentForms<P extends RecurrentParams>(cellOf: (p: P) => Cell): Pick<NodeType<P>, 'infer' | 'lower' | 'code'> & Required<Pick<NodeType<P>, 'weights' | 'onnx'>> {
  return {
    infer: (p, ins) => inferRecurrent(cellOf(p), p, ins),
    weights: (p, ins) => recurrentWeights(cellOf(p), p, ins),
    lower: (scope, p, ins) => lowerRecurrent(cellOf(p), scope, p, ins),
    onnx: (scope, p, ins) => onnxRecurrent(cellOf(p), scope, p, ins),
    code: {
      pytorch: (p, ins) => pytorchRecurrent(cellOf(p), p, ins),
      pytorchCall: (p, ins) => pytorchRecurrentCall(cellOf(p), p, ins),
      keras: (p) => kerasRecurrent(cellOf(p), p),
    },
  };
}

/** Sizes for the examples that every recurrent type has: odd ones, several layers, both directions, a given state, one step. */
export function recurrentExamples(carries: 1 | 2): readonly { readonly params: Partial<RecurrentParams>; readonly inputs: readonly TensorType[] }[] {
  const sequence = (length: number, features: number): TensorType => tokensType({ length, features });
  const states = (...shape: number[]): TensorType[] => Array.from({ length: carries }, () => ({ shape: ['N', ...shape], dtype: 'f32' }));
  return [
    { params: { units: 4 }, inputs: [sequence(5, 3)] },
    { params: { units: 3, returns: 'sequence', bidirectional: true, layers: 2 }, inputs: [sequence(3, 2)] },
    { params: { units: 2, bias: false, returns: 'sequence' }, inputs: [sequence(3, 2), ...states(2)] },
    { params: { units: 2, bidirectional: true }, inputs: [sequence(1, 3), ...states(2, 2)] },
  ];
}

