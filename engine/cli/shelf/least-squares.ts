/** The closed-form solution of linear regression, against which a trained one is measured. */
import type { SampleArray } from '../../data/dataset.ts';
import { FailedError } from '../errors.ts';
import type { Trained } from './train-template.ts';

/** Largest difference between a trained weight or bias of the graph's one Dense node and the least-squares solution of its training data. */
export function distanceToLeastSquares({ graph, data, weights }: Trained): number {
  const dense = [...graph.nodes.values()].filter(({ definition }) => definition.type === 'Dense');
  const source = graph.sources[0];
  const { x, y } = (source === undefined ? undefined : data[source.id]?.train) ?? {};
  const weight = weights[`${dense[0]?.id}.weight`];
  const bias = weights[`${dense[0]?.id}.bias`];
  if (dense.length !== 1 || x === undefined || y === undefined || weight === undefined || bias === undefined) throw new FailedError('A closed-form solution is known for a single Dense node with a bias alone.');
  const exact = leastSquares(x, y);
  const trained = [...weight.data, ...bias.data].map(Number);
  return Math.max(...exact.map((value, i) => Math.abs(value - (trained[i] ?? Number.NaN))));
}

/**
 * Coefficients that minimise the squared error of y = x · w + b, the bias last: the normal equations
 * [x 1]ᵀ[x 1] · (w, b) = [x 1]ᵀ y in float64. x is [samples, features], y is [samples, 1].
 */
export function leastSquares(x: Pick<SampleArray, 'shape' | 'data'>, y: Pick<SampleArray, 'data'>): number[] {
  const [samples = 0, features = 0] = x.shape;
  const size = features + 1;
  const row = (i: number): number[] => [...x.data.subarray(i * features, (i + 1) * features), 1];
  const system = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (let i = 0; i < samples; i++) {
    const each = row(i);
    const all = [...each, y.data[i] ?? 0];
    for (let r = 0; r < size; r++) for (let c = 0; c <= size; c++) system[r]![c]! += each[r]! * all[c]!;
  }
  return solve(system);
}

/** Gauss-Jordan elimination with row pivots; each row holds the coefficients and, last, the right-hand side. */
function solve(system: number[][]): number[] {
  const size = system.length;
  for (let column = 0; column < size; column++) {
    const pivot = Array.from({ length: size - column }, (_, i) => column + i).reduce((best, r) => (Math.abs(system[r]![column]!) > Math.abs(system[best]![column]!) ? r : best));
    [system[column], system[pivot]] = [system[pivot]!, system[column]!];
    for (let r = 0; r < size; r++) {
      if (r === column) continue;
      const factor = system[r]![column]! / system[column]![column]!;
      for (let c = column; c <= size; c++) system[r]![c]! -= factor * system[column]![c]!;
    }
  }
  return system.map((each, r) => each[size]! / each[r]!);
}
