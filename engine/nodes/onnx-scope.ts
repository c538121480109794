/** What a node type may ask of the ONNX exporter: add operators and initializers, by name. */
import type { TensorType } from './node-type.ts';

export type OnnxAttribute = number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] } | { readonly strings: readonly string[] };

export interface OnnxScope {
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  /** Initializer that holds this node's weight or buffer in its declared (PyTorch) layout. */
  weight(name: string): string;
  /** A constant initializer. */
  floats(data: readonly number[], shape: readonly number[]): string;
  int64s(data: readonly number[], shape?: readonly number[]): string;
  /** Append an operator (opset 17) with one output and return that output's name. Whole-number attributes become INT, use {float} for FLOAT. */
  op(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
}
