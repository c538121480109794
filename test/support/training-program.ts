/** A small network with convolution, pooling, a loss and momentum, as one training step: what backends are tried with, here and in a browser. */
import { gradients } from '../../engine/autodiff/gradients.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, type Value, makeProgram } from '../../engine/tensor/ir.ts';

export interface TrainingSizes {
  readonly batch: number;
  readonly samples: number;
  readonly size: number;
  readonly filters: number;
  readonly classes: number;
}
export const SMALL: TrainingSizes = { batch: 5, samples: 11, size: 7, filters: 3, classes: 4 };

export interface TrainingCase {
  readonly program: Program;
  readonly feeds: readonly Readonly<Record<string, number | Float32Array | Int32Array>>[];
  readonly states: ReadonlyMap<string, Float32Array | Uint8Array | Int32Array>;
}

/** Bytes gathered by index, scaled, dropped out, convolved, pooled, classified; softmax cross-entropy; momentum on one arena. */
export function trainingCase({ batch, samples, size, filters, classes }: TrainingSizes, steps: number): TrainingCase {
  const b = new Builder();
  const data = b.state('data.x', [samples, 1, size, size], 'u8');
  const labels = b.state('data.y', [samples], 'i32');
  const index = b.input('index', [batch], 'i32');
  const [rate, seed, step] = [b.input('rate', []), b.input('seed', [], 'i32'), b.input('step', [], 'i32')];
  const pooled = Math.floor(size / 2);
  const features = filters * pooled * pooled;
  const shapes = [[filters, 1, 3, 3], [filters], [classes, features], [classes]];
  const counts = shapes.map((shape) => shape.reduce((n, m) => n * m, 1));
  const total = counts.reduce((n, m) => n + Math.ceil(m / 4) * 4, 0);
  const weights = b.state('weights.0', [total]);
  const moments = b.state('momentum.0', [total]);
  let offset = 0;
  const flats: Value[] = [];
  const [kernel, bias, dense, offsets] = shapes.map((shape, i) => {
    const count = counts[i] ?? 0;
    const flat = b.slice(weights, 0, offset, offset + count);
    flats.push(flat);
    offset += Math.ceil(count / 4) * 4;
    return b.reshape(flat, shape);
  }) as [Value, Value, Value, Value];

  const x = b.mul(b.toF32(b.gather(data, index)), 1 / 255);
  const noise = b.random(x.shape, 'normal', 1, seed, step);
  const kept = b.select(b.less(b.random(x.shape, 'uniform', 2, seed, step), 0.9), b.add(x, b.mul(noise, 0.01)), 0);
  const convolved = b.conv(kept, kernel, { size: [3, 3], stride: [1, 1], padBefore: [1, 1], padAfter: [1, 1], dilation: [1, 1] });
  const active = b.unary('relu', b.add(convolved, b.reshape(bias, [1, filters, 1, 1])));
  const small = b.maxPool(active, { size: [2, 2], stride: [2, 2], padBefore: [0, 0], padAfter: [0, 0], dilation: [1, 1] });
  const logits = b.add(b.dot(b.reshape(small, [batch, features]), b.transpose(dense)), offsets);
  const shifted = b.sub(logits, b.detach(b.reduceMax(logits, [1], true)));
  const logSum = b.log(b.sum(b.exp(shifted), [1], true));
  const target = b.gather(labels, index);
  const hot = b.equal(b.iota([batch, classes], 1), b.expand(b.reshape(target, [batch, 1]), [batch, classes]));
  const loss = b.mean(b.sum(b.mul(hot, b.sub(logSum, shifted)), [1]));
  const correct = b.sum(b.equal(b.argmax(logits, 1), target));

  const parts = gradients(b, loss, flats).map((g, i) => b.pad(g, [0], [Math.ceil((counts[i] ?? 0) / 4) * 4 - (counts[i] ?? 0)]));
  const gradient = b.concat(parts, 0);
  const moment = b.add(b.mul(moments, 0.9), gradient);
  const program = makeProgram(new Map([['loss', loss], ['correct', correct], ['logits', logits]]), [
    { state: moments, value: moment },
    { state: weights, value: b.sub(weights, b.mul(moment, rate)) },
  ]);

  let x32 = 12_345;
  const next = (): number => {
    x32 = (Math.imul(x32, 1_664_525) + 1_013_904_223) >>> 0;
    return x32 / 2 ** 32;
  };
  const states = new Map<string, Float32Array | Uint8Array | Int32Array>([
    ['data.x', Uint8Array.from({ length: samples * size * size }, () => Math.floor(next() * 256))],
    ['data.y', Int32Array.from({ length: samples }, () => Math.floor(next() * classes))],
    ['weights.0', Float32Array.from({ length: total }, () => (next() - 0.5) * 0.6)],
    ['momentum.0', new Float32Array(total)],
  ]);
  const feeds = Array.from({ length: steps }, (_, i) => ({ index: Int32Array.from({ length: batch }, () => Math.floor(next() * samples)), rate: 0.1 / (i + 1), seed: 7, step: i }));
  return { program, feeds, states };
}
