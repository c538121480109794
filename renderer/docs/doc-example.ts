/** What a node type makes of given inputs: for the example of its page, and for its code with a node's own numbers. */
import type { ParamValue } from '../../engine/graph/document.ts';
import type { AnyNodeType, TensorType } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';

export interface WorkedExample {
  /** The parameters that differ from their defaults. */
  readonly given: Readonly<Record<string, ParamValue>>;
  readonly values: Readonly<Record<string, ParamValue>>;
  readonly ins: readonly TensorType[];
  readonly outs: readonly TensorType[];
}

/** The type's first example with its outputs inferred. */
export function workedExample(type: AnyNodeType): WorkedExample | undefined {
  const [example] = type.examples;
  if (example === undefined) return undefined;
  const given = Object.fromEntries(Object.entries(example.params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  const { values } = validateParams(type, given);
  return { given, values, ins: example.inputs, outs: type.infer(values as never, example.inputs) };
}

export type Framework = 'pytorch' | 'keras';
/** Undefined where the framework has nothing for these inputs. */
export function codeOf(type: AnyNodeType, framework: Framework, values: WorkedExample['values'], ins: WorkedExample['ins']): string | undefined {
  try {
    return type.code[framework](values as never, ins);
  } catch {
    return undefined;
  }
}
