/** Recurrent layers against plain loops, one sample and one step at a time: directions, layers, given states, sequences of one step; and numbers that are none. */
import { describe, expect, test } from 'vitest';
import { type Leaf, expectClose, randomTensor } from '../support/oracle.ts';
import { applyNode } from './apply.ts';

type Weights = Readonly<Record<string, Leaf>>;
type Step = (fromInput: readonly number[], fromState: readonly number[], state: readonly number[], cell: readonly number[]) => { readonly state: number[]; readonly cell: number[] };

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const STEPS: Readonly<Record<string, { readonly gates: number; readonly step: Step }>> = {
  RNN: { gates: 1, step: (x, h) => ({ state: x.map((value, i) => Math.tanh(value + (h[i] ?? 0))), cell: [] }) },
  GRU: {
    gates: 3,
    step: (x, h, state) => ({
      cell: [],
      state: state.map((before, i) => {
        const at = (gate: number): number => gate * state.length + i;
        const reset = sigmoid((x[at(0)] ?? 0) + (h[at(0)] ?? 0));
        const keep = sigmoid((x[at(1)] ?? 0) + (h[at(1)] ?? 0));
        return (1 - keep) * Math.tanh((x[at(2)] ?? 0) + reset * (h[at(2)] ?? 0)) + keep * before;
      }),
    }),
  },
  LSTM: {
    gates: 4,
    step: (x, h, state, cell) => {
      const gate = (k: number, i: number): number => (x[k * state.length + i] ?? 0) + (h[k * state.length + i] ?? 0);
      const next = state.map((_, i) => sigmoid(gate(1, i)) * (cell[i] ?? 0) + sigmoid(gate(0, i)) * Math.tanh(gate(2, i)));
      return { cell: next, state: next.map((c, i) => sigmoid(gate(3, i)) * Math.tanh(c)) };
    },
  },
};

const product = (w: Leaf, x: readonly number[], bias: Leaf): number[] => Array.from({ length: w.shape[0] ?? 0 }, (_, o) => x.reduce((sum, value, i) => sum + value * (w.data[o * x.length + i] ?? 0), bias.data[o] ?? 0));

/** One layer over one sample's sequence; the states in the order of time. */
function walk(type: string, units: number, sequence: readonly (readonly number[])[], weights: Weights, end: string, backwards: boolean, initial: { readonly state: number[]; readonly cell: number[] }): number[][] {
  const { step } = STEPS[type]!;
  const order = sequence.map((_, t) => t);
  if (backwards) order.reverse();
  const states: number[][] = [];
  let { state, cell } = initial;
  for (const t of order) {
    ({ state, cell } = step(product(weights[`weight_ih_${end}`]!, sequence[t]!, weights[`bias_ih_${end}`]!), product(weights[`weight_hh_${end}`]!, state, weights[`bias_hh_${end}`]!), state, cell));
    states[t] = state;
  }
  expect(states.every((each) => each.length === units)).toBe(true);
  return states;
}

function weightsOf(type: string, units: number, features: number, layers: number, directions: number): Weights {
  const { gates } = STEPS[type]!;
  const weights: Record<string, Leaf> = {};
  for (let layer = 0; layer < layers; layer++) for (let d = 0; d < directions; d++) {
    const end = `l${layer}${d === 1 ? '_reverse' : ''}`;
    const seed = 10 * layer + 5 * d + 1;
    weights[`weight_ih_${end}`] = randomTensor(seed, [gates * units, layer === 0 ? features : units * directions]);
    weights[`weight_hh_${end}`] = randomTensor(seed + 1, [gates * units, units]);
    weights[`bias_ih_${end}`] = randomTensor(seed + 2, [gates * units]);
    weights[`bias_hh_${end}`] = randomTensor(seed + 3, [gates * units]);
  }
  return weights;
}

describe.each(['RNN', 'GRU', 'LSTM'])('%s', (type) => {
  test.each([
    { layers: 1, bidirectional: false, length: 5, returns: 'sequence' },
    { layers: 1, bidirectional: false, length: 1, returns: 'last' },
    { layers: 2, bidirectional: true, length: 4, returns: 'sequence' },
    { layers: 2, bidirectional: true, length: 3, returns: 'last' },
  ])('is the plain loop: %j', ({ layers, bidirectional, length, returns }) => {
    const [samples, features, units] = [2, 3, 4];
    const directions = bidirectional ? 2 : 1;
    const x = randomTensor(90, [samples, length, features]);
    const weights = weightsOf(type, units, features, layers, directions);
    const count = layers * directions;
    const states = (type === 'LSTM' ? [91, 92] : [91]).map((seed) => randomTensor(seed, count === 1 ? [samples, units] : [samples, count, units]));
    const wanted: number[] = [];
    for (let n = 0; n < samples; n++) {
      let sequence = Array.from({ length }, (_, t) => Array.from(x.data).slice((n * length + t) * features, (n * length + t + 1) * features));
      let last: number[] = [];
      for (let layer = 0; layer < layers; layer++) {
        const walked = Array.from({ length: directions }, (_, d) => {
          const at = (leaf: Leaf | undefined): number[] => Array.from(leaf?.data ?? []).slice((n * count + layer * directions + d) * units, (n * count + layer * directions + d + 1) * units);
          return walk(type, units, sequence, weights, `l${layer}${d === 1 ? '_reverse' : ''}`, d === 1, { state: at(states[0]), cell: at(states[1]) });
        });
        last = walked.flatMap((each, d) => each[d === 1 ? 0 : length - 1] ?? []);
        sequence = sequence.map((_, t) => walked.flatMap((each) => each[t] ?? []));
      }
      wanted.push(...(returns === 'last' ? last : sequence.flat()));
    }
    const found = applyNode(type, { units, layers, bidirectional, returns }, [x, ...states], { weights });
    expect(found.shape).toEqual(returns === 'last' ? [samples, units * directions] : [samples, length, units * directions]);
    expectClose(found.data, wanted, 1e-6);
  });

  test('a number that is none stays with its sample, from its step on', () => {
    const [length, features, units] = [4, 2, 3];
    const data = Float64Array.from(randomTensor(1, [2, length, features]).data);
    data[1 * length * features + 2 * features] = Number.NaN;
    const found = applyNode(type, { units, returns: 'sequence' }, [{ shape: [2, length, features], data }], { weights: weightsOf(type, units, features, 1, 1) });
    const isNumber = (n: number, t: number): boolean => Array.from(found.data).slice((n * length + t) * units, (n * length + t + 1) * units).every((value) => !Number.isNaN(value));
    expect(Array.from({ length }, (_, t) => isNumber(0, t))).toEqual([true, true, true, true]);
    expect(Array.from({ length }, (_, t) => isNumber(1, t))).toEqual([true, true, false, false]);
  });
});
