/** Metrics against hand computation, over batches of different size. */
import { describe, expect, test } from 'vitest';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { nodeTypesOf } from '../../engine/nodes/registry.ts';
import { defaultParams } from '../../engine/nodes/params.ts';
import { metricRule, metricTypes } from '../../engine/train/metrics/index.ts';
import { addSums, type MetricResult, type Sums } from '../../engine/train/metrics/metric-rule.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { evaluateValue } from '../support/oracle.ts';

interface Table {
  readonly type: TensorType;
  /** Row-major, `rows` of them. */
  readonly data: readonly number[];
}

/** The metric over all rows, fed in batches of the given sizes. */
function metric(name: string, prediction: Table, target: Table, batches: readonly number[], given: object = {}): MetricResult {
  const definition = nodeTypesOf('metric').find((candidate) => candidate.type === name);
  if (definition === undefined) throw new Error(`there is no metric ${name}`);
  const params = { ...defaultParams(definition), ...given };
  const rule = metricRule(name);
  let total: Sums | undefined;
  let first = 0;
  for (const rows of batches) {
    const b = new Builder();
    const leaf = (table: Table, label: string) => {
      const width = table.type.shape.slice(1).reduce<number>((product, n) => product * Number(n), 1);
      const data = table.data.slice(first * width, (first + rows) * width);
      return { value: b.input(label, [rows, ...table.type.shape.slice(1).map(Number)], table.type.dtype), data: table.type.dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data) };
    };
    const p = leaf(prediction, 'p');
    const t = leaf(target, 't');
    const { device, known } = rule.sums(b, params, { prediction: p.value, target: t.value, types: [prediction.type, target.type] });
    const sums: Sums = {
      ...Object.fromEntries(Object.entries(known).map(([key, value]) => [key, [value]])),
      ...Object.fromEntries(Object.entries(device).map(([key, value]) => [key, [...evaluateValue(value, { p: p.data, t: t.data })]])),
    };
    total = total === undefined ? sums : (rule.merge ?? addSums)(total, sums);
    first += rows;
  }
  if (total === undefined) throw new Error('no batches');
  return rule.result(params, total);
}

const scores: Table = { type: { shape: ['N', 3], dtype: 'f32' }, data: [2, 1, 0, 0, 3, 1, 1, 1, 5, 4, 0, 1, 0, 2, 1, 3, 3, 0, 0, 1, 2] };
const labels: Table = { type: { shape: ['N'], dtype: 'i32', classes: 3 }, data: [0, 1, 0, 0, 1, 1, 2] };
// Predicted: 0, 1, 2, 0, 1, 0 (the first of two equal), 2.

describe('metrics', () => {
  test('every metric node has a rule', () => {
    expect(nodeTypesOf('metric').map((type) => type.type).sort()).toEqual([...metricTypes()].sort());
  });

  test.each([[[7]], [[4, 3]], [[1, 1, 5]]])('of a classifier, in batches of %j', (batches) => {
    expect(metric('Accuracy', scores, labels, batches).values['accuracy']).toBeCloseTo(5 / 7, 12);
    // Row 3: the truth, 1, ties with class 1 behind it and loses to 5. Row 6: ties with class 0 in front.
    expect(metric('TopKAccuracy', scores, labels, batches, { k: 1 }).values['top_1_accuracy']).toBeCloseTo(5 / 7, 12);
    expect(metric('TopKAccuracy', scores, labels, batches, { k: 2 }).values['top_2_accuracy']).toBeCloseTo(1, 12);
    expect(metric('Confusion', scores, labels, batches).table).toEqual({ name: 'confusion', shape: [3, 3], data: [2, 0, 1, 1, 2, 0, 0, 0, 1] });
    // Class 0: precision 2/3, recall 2/3. Class 1: precision 1, recall 2/3. Class 2: precision 1/2, recall 1.
    const { values } = metric('PrecisionRecallF1', scores, labels, batches);
    expect(values['precision']).toBeCloseTo((2 / 3 + 1 + 1 / 2) / 3, 12);
    expect(values['recall']).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3, 12);
    expect(values['f1']).toBeCloseTo((2 / 3 + 4 / 5 + 2 / 3) / 3, 12);
  });

  test('a class that never occurs does not count, one without a hit counts as 0', () => {
    const two = { ...labels, data: [0, 0, 0, 0, 0, 0, 0] };
    const { values } = metric('PrecisionRecallF1', { ...scores, data: [1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0] }, two, [7]);
    expect(values['precision']).toBeCloseTo((1 + 0) / 2, 12);
    expect(values['recall']).toBeCloseTo((6 / 7 + 0) / 2, 12);
  });

  test('of a single output, against 0 and 1 in either dtype', () => {
    const logits: Table = { type: { shape: ['N', 1], dtype: 'f32' }, data: [2, -1, 0.4, 0, 3, -2] };
    for (const target of [{ type: { shape: ['N'], dtype: 'i32', classes: 2 }, data: [1, 0, 0, 0, 1, 1] }, { type: { shape: ['N', 1], dtype: 'f32' }, data: [1, 0, 0, 0, 1, 1] }] as const) {
      expect(metric('Accuracy', logits, target, [4, 2]).values['accuracy']).toBeCloseTo(4 / 6, 12);
      expect(metric('Accuracy', logits, target, [4, 2], { threshold: 0.5 }).values['accuracy']).toBeCloseTo(5 / 6, 12);
      const { values } = metric('PrecisionRecallF1', logits, target, [4, 2]);
      expect([values['precision'], values['recall'], values['f1']].map((x) => x?.toFixed(6))).toEqual([2 / 3, 2 / 3, 2 / 3].map((x) => x.toFixed(6)));
    }
  });

  test('places that are ignored are neither right nor wrong, whatever the batches', () => {
    const marked: Table = { ...labels, data: [0, -100, 0, 0, -100, -100, 2] };
    for (const batches of [[7], [1, 1, 5]]) expect(metric('Accuracy', scores, marked, batches, { ignoreIndex: -100 }).values['accuracy']).toBeCloseTo(3 / 4, 12);
    expect(metric('Accuracy', scores, marked, [7]).values['accuracy']).toBeCloseTo(3 / 7, 12);
  });

  test('of one-hot targets, and of dense predictions', () => {
    const hot: Table = { type: { shape: ['N', 3], dtype: 'f32' }, data: labels.data.flatMap((label) => [0, 1, 2].map((c) => (c === label ? 1 : 0))) };
    expect(metric('Accuracy', scores, hot, [5, 2]).values['accuracy']).toBeCloseTo(5 / 7, 12);
    // [N, 2 classes, 2 positions] against [N, 2]
    const dense: Table = { type: { shape: ['N', 2, 2], dtype: 'f32' }, data: [5, 0, 1, 2, 0, 0, 3, 3] };
    const positions: Table = { type: { shape: ['N', 2], dtype: 'i32', classes: 2 }, data: [0, 1, 1, 0] };
    expect(metric('Accuracy', dense, positions, [1, 1]).values['accuracy']).toBeCloseTo(3 / 4, 12);
    expect(metric('Confusion', dense, positions, [2]).table?.data).toEqual([1, 1, 0, 2]);
  });

  test('scores that are not numbers are never right', () => {
    const nan = { ...scores, data: scores.data.map(() => Number.NaN) };
    expect(metric('TopKAccuracy', nan, labels, [7], { k: 2 }).values['top_2_accuracy']).toBe(0);
  });

  test.each([[[6]], [[4, 2]], [[1, 2, 3]]])('of a regression, in batches of %j', (batches) => {
    const x: Table = { type: { shape: ['N', 2], dtype: 'f32' }, data: [1, 1001, 2, 1004, 3, 1001, 4, 1005, 5, 1000, 7, 1001] };
    const t: Table = { type: { shape: ['N', 2], dtype: 'f32' }, data: [1.5, 1002, 2, 1003, 2, 1002, 4.5, 1004, 5, 1001, 6, 1000] };
    const column = (c: number, table: Table): number[] => table.data.filter((_, i) => i % 2 === c);
    const differences = x.data.map((value, i) => value - (t.data[i] ?? 0));
    expect(metric('MAEMetric', x, t, batches).values['mae']).toBeCloseTo(differences.reduce((sum, d) => sum + Math.abs(d), 0) / 12, 10);
    expect(metric('RMSE', x, t, batches).values['rmse']).toBeCloseTo(Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0) / 12), 10);
    const r2 = [0, 1].map((c) => {
      const truth = column(c, t);
      const mean = truth.reduce((sum, v) => sum + v, 0) / 6;
      return 1 - column(c, x).reduce((sum, v, i) => sum + (v - (truth[i] ?? 0)) ** 2, 0) / truth.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    });
    expect(metric('R2', x, t, batches).values['r2']).toBeCloseTo(((r2[0] ?? 0) + (r2[1] ?? 0)) / 2, 9);
    expect(metric('R2', { ...x, data: t.data }, t, batches).values['r2']).toBe(1);
  });
});
