/** What every loss has in common: its ports, its weight among several losses, and how prediction and target are brought together. */
import type { Builder } from '../../tensor/builder.ts';
import type { Value } from '../../tensor/ir.ts';
import { type Dim, type Port, ShapeError, type TensorType } from '../node-type.ts';
import { optionalFloat, optionalInt, text } from '../params.ts';

export const LOSS_INPUTS: readonly Port[] = [
  { name: 'prediction', kind: 'tensor', title: text('Prediction', '预测') },
  { name: 'target', kind: 'tensor', title: text('Target', '目标') },
];
export const LOSS_OUTPUTS: readonly Port[] = [{ name: 'loss', kind: 'loss', title: text('Loss', '损失') }];
export const LOSS_TYPE: TensorType = { shape: [], dtype: 'f32' };

export interface LossParams {
  readonly weight: number | null;
}
export const WEIGHT_PARAM = optionalFloat(
  text('Weight', '权重'), text('Factor of this loss in the sum that is minimized. May stay empty while it is the only loss.', '该损失在总和中的系数。只有一个损失时可以留空。'),
  null, { min: 0, max: 1e6 },
);

/** Losses and metrics over class indices: places whose target is this index are asked nothing, and count for nothing. */
export interface IgnoreParams {
  readonly ignoreIndex: number | null;
}
export const IGNORE_INDEX_PARAM = optionalInt(
  text('Ignore index', '忽略编号'),
  text('Places whose target is this number count for nothing: filling, or tokens that are not asked for (−100, as in PyTorch). Empty: all places count. Only for class indices.', '目标为该编号的位置不参与计算，例如填充位，或未被询问的词元（−100，与 PyTorch 相同）。留空则所有位置都参与。仅用于类别编号。'),
  null, { min: -1_000_000, max: 1_000_000 },
);

/** 1 where the target is another than `ignoreIndex`, else 0 (f32, in the target's shape). */
export const countedPlaces = (b: Builder, target: Value, ignoreIndex: number): Value =>
  b.sub(1, b.equal(b.toI32(target), b.constant(ignoreIndex, target.shape, 'i32')));

/** The mean of `losses` over the places that count; 0 where none does. Both have the target's shape. */
export function meanOverCounted(b: Builder, losses: Value, target: Value, ignoreIndex: number | null): Value {
  if (ignoreIndex === null) return b.mean(losses);
  const counted = countedPlaces(b, target, ignoreIndex);
  return b.div(b.sum(b.select(counted, losses, 0)), b.max(b.sum(counted), 1));
}

export const shapeText = (shape: readonly Dim[]): string => `[${shape.join(', ')}]`;
const withoutOnes = (shape: readonly Dim[]): readonly Dim[] => shape.filter((n, i) => i === 0 || n !== 1);

/** Prediction and target as types; a missing wire is the checker's to report, so this only guards against it. */
export function lossTypes(ins: readonly TensorType[]): { prediction: TensorType; target: TensorType } {
  const [prediction, target] = ins;
  if (prediction === undefined || target === undefined) throw new ShapeError({ en: 'A loss needs both a prediction and a target', zh: '既需要预测，也需要目标' }, { code: 'missing-input' });
  if (prediction.dtype !== 'f32') throw new ShapeError({ en: `the prediction must be f32, got ${prediction.dtype}`, zh: `预测必须是 f32 类型，但得到 ${prediction.dtype}` }, { code: 'dtype-mismatch', port: 'prediction' });
  return { prediction, target };
}
export function lossValues(ins: readonly Value[]): { prediction: Value; target: Value } {
  const [prediction, target] = ins;
  if (prediction === undefined || target === undefined) throw new RangeError('a loss is lowered with a prediction and a target');
  return { prediction, target };
}

/** For losses that compare number with number: the shapes agree, axes of size 1 aside ([N] fits [N, 1]). */
export function inferElementwise(ins: readonly TensorType[]): readonly TensorType[] {
  const { prediction, target } = lossTypes(ins);
  const a = withoutOnes(prediction.shape);
  const b = withoutOnes(target.shape);
  if (a.length !== b.length || a.some((n, i) => n !== b[i])) {
    throw new ShapeError({ en: `prediction ${shapeText(prediction.shape)} and target ${shapeText(target.shape)} must have the same shape; change the last layer's size to match the target`, zh: `预测 ${shapeText(prediction.shape)} 与目标 ${shapeText(target.shape)} 的形状必须相同；请改变最后一层的大小，使其与目标一致` }, { port: 'prediction' });
  }
  return [LOSS_TYPE];
}
/** The target as f32 in the prediction's shape. */
export const alignTarget = (b: Builder, prediction: Value, target: Value): Value => b.reshape(b.toF32(target), prediction.shape);

/** For losses over classes: the class axis is 1, as in PyTorch: [N, C] or [N, C, …positions]. */
export function inferClassIndex(ins: readonly TensorType[]): readonly TensorType[] {
  const { prediction, target } = lossTypes(ins);
  requireClasses(prediction);
  const wanted = prediction.shape.filter((_, i) => i !== 1);
  if (target.dtype === 'f32') {
    throw new ShapeError({ en: `the target must hold class indices (i32) of shape ${shapeText(wanted)}, got f32 ${shapeText(target.shape)}`, zh: `目标必须是形状为 ${shapeText(wanted)} 的类别编号（i32），但得到 f32 ${shapeText(target.shape)}` }, { code: 'dtype-mismatch', port: 'target' });
  }
  if (wanted.length !== target.shape.length || wanted.some((n, i) => n !== target.shape[i])) {
    throw new ShapeError({ en: `for a prediction ${shapeText(prediction.shape)} the target must hold class indices of shape ${shapeText(wanted)}, got ${shapeText(target.shape)}`, zh: `预测形状为 ${shapeText(prediction.shape)} 时，目标必须是形状为 ${shapeText(wanted)} 的类别编号，但得到 ${shapeText(target.shape)}` }, { port: 'target' });
  }
  requireEnoughClasses(prediction, target);
  return [LOSS_TYPE];
}
/** One number for each sample, f32 [N]. Throws a ShapeError that names `port`. */
export function requirePerSample(type: TensorType | undefined, port: string): void {
  if (type?.dtype === 'f32' && type.shape.length === 1) return;
  throw new ShapeError({ en: `'${port}' must be one number per sample, f32 [N], got ${type === undefined ? 'nothing' : `${type.dtype} ${shapeText(type.shape)}`}; an environment's "value" is such`, zh: `“${port}”必须是每个样本一个数，即 f32 [N]，但得到 ${type === undefined ? '空' : `${type.dtype} ${shapeText(type.shape)}`}；环境节点的“value”即是` }, { port });
}
export function requireClasses(prediction: TensorType): void {
  if (prediction.shape.length < 2) {
    throw new ShapeError({ en: `the prediction must be [N, classes] or [N, classes, …], got ${shapeText(prediction.shape)}; add a Dense layer with one output per class`, zh: `预测形状必须是 [N, classes] 或 [N, classes, …]，但得到 ${shapeText(prediction.shape)}；请加一个每个类别对应一个输出的 Dense（全连接层）` }, { port: 'prediction', repair: { kind: 'insert-node', type: 'Dense', beforePort: 'prediction' } });
  }
}
function requireEnoughClasses(prediction: TensorType, target: TensorType): void {
  const classes = prediction.shape[1];
  if (target.classes !== undefined && typeof classes === 'number' && classes < target.classes) {
    throw new ShapeError({ en: `the prediction has ${classes} classes on axis 1, but the target has ${target.classes}; make the last layer ${target.classes} wide`, zh: `预测在第 1 轴上有 ${classes} 个类别，而目标有 ${target.classes} 个；请把最后一层的宽度设为 ${target.classes}` }, { code: 'class-count', port: 'prediction' });
  }
}

/** 1 where axis 1 of `shape` is the target's class, else 0 (f32). */
export function oneHot(b: Builder, target: Value, shape: readonly number[]): Value {
  const spread = b.expand(b.reshape(b.toI32(target), shape.map((n, i) => (i === 1 ? 1 : n))), shape);
  return b.equal(b.iota(shape, 1), spread);
}
/** x at the target's class, summed over axis 1: what is not picked contributes nothing, not even an infinity. */
export const pickClass = (b: Builder, x: Value, target: Value): Value => b.sum(b.select(oneHot(b, target, x.shape), x, 0), [1]);
