/** What all elementwise activations have in common: one tensor in, one of the same type out. */
import type { Builder } from '../../tensor/builder.ts';
import type { Value } from '../../tensor/ir.ts';
import { type NodeType, defineNode } from '../node-type.ts';
import type { OnnxScope } from '../onnx-scope.ts';
import { inputX, outputY } from '../ports.ts';
import { requireFeatures } from '../shapes.ts';

/** The constructor that every framework without a parameter for it takes as it is. */
type Line<P> = (params: P) => string;

export interface Activation<P extends object> extends Pick<NodeType<P>, 'type' | 'title' | 'summary' | 'synonyms' | 'params' | 'source'> {
  readonly maths: { readonly forward: string; readonly backward: string };
  apply(b: Builder, x: Value, params: P): Value;
  onnx(scope: OnnxScope, x: string, params: P): string;
  readonly code: { readonly pytorch: Line<P>; readonly keras: Line<P> };
  /** Parameters worth testing beside the defaults. */
  readonly variants?: readonly Partial<P>[];
}

export function defineActivation<P extends object = Record<never, never>>(activation: Activation<P>): NodeType<P> {
  const { apply, onnx, variants = [], ...rest } = activation;
  return defineNode<P>({
    ...rest,
    category: 'activation',
    inputs: [inputX],
    outputs: [outputY],
    infer: (_p, ins) => [{ shape: requireFeatures(ins, 1).shape, dtype: 'f32' }],
    lower: (scope, p, [x]) => (x === undefined ? [] : [apply(scope.b, x, p)]),
    onnx: (scope, p, [x]) => (x === undefined ? [] : [onnx(scope, x, p)]),
    examples: [
      { params: {}, inputs: [{ shape: ['N', 8], dtype: 'f32' }] },
      { params: {}, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
      ...variants.map((params) => ({ params, inputs: [{ shape: ['N', 3, 5] as const, dtype: 'f32' as const }] })),
    ],
  });
}

/** A constant that broadcasts over any tensor. */
export const scalar = (scope: OnnxScope, value: number): string => scope.floats([value], []);
