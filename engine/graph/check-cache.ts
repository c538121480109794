/**
 * What a check may keep for the next one: a document is edited a node at a time, and the records of
 * all others stay the very same objects. Results are looked up by record, and types by their inputs
 * too, so that a check with a cache says exactly what one without it says.
 */
import type { TensorType, WeightSpec } from '../nodes/node-type.ts';
import type { validateParams } from '../nodes/params.ts';
import type { CheckedNodeType } from './checked-graph.ts';
import type { NodeRec } from './document.ts';

interface Inferred {
  readonly definition: CheckedNodeType;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly weights: Readonly<Record<string, WeightSpec>>;
}
interface Validated {
  readonly definition: CheckedNodeType;
  readonly result: ReturnType<typeof validateParams>;
}

export class CheckCache {
  /** One record stands for several nodes where its block has several instances; a few of them are kept. */
  readonly #types = new WeakMap<NodeRec, Inferred[]>();
  readonly #params = new WeakMap<NodeRec, Validated>();

  validated(record: NodeRec, definition: CheckedNodeType, validate: () => Validated['result']): Validated['result'] {
    const known = this.#params.get(record);
    if (known?.definition === definition) return known.result;
    const result = validate();
    this.#params.set(record, { definition, result });
    return result;
  }

  inferred(record: NodeRec, definition: CheckedNodeType, inputs: readonly TensorType[]): Inferred | undefined {
    return this.#types.get(record)?.find((known) => known.definition === definition && known.inputs.length === inputs.length && known.inputs.every((type, i) => sameType(type, inputs[i]!)));
  }

  rememberTypes(record: NodeRec, types: Inferred): void {
    const known = this.#types.get(record) ?? [];
    this.#types.set(record, [types, ...known.slice(0, 7)]);
  }
}

function sameType(a: TensorType, b: TensorType): boolean {
  return a === b || (a.dtype === b.dtype && a.classes === b.classes && a.shape.length === b.shape.length && a.shape.every((dim, i) => dim === b.shape[i]));
}
