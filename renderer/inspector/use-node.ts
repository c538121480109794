/** A node of what the editor shows, with what is known of it. */
import { useMemo } from 'react';
import type { FoundNode } from '../../engine/graph/check.ts';
import type { EdgeId, EdgeRec, NodeId, NodeRec, ParamValue } from '../../engine/graph/document.ts';
import type { TensorType, WeightSpec } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { type NodeKind, nodeKind } from '../document/node-kind.ts';
import { flatId, subgraphAt } from '../document/scope.ts';
import { useChecks, useDocument, useEditor } from '../workspace/context.tsx';

export function useNode(id: NodeId): NodeRec | undefined {
  const path = useEditor((state) => state.path);
  return useDocument(({ doc }) => subgraphAt(doc, path).nodes[id]);
}
export function useKind(node: Pick<NodeRec, 'type' | 'block'> | undefined): NodeKind | undefined {
  const blocks = useDocument(({ doc }) => doc.blocks);
  const { type, block } = node ?? {};
  return useMemo(() => (type === undefined ? undefined : nodeKind(blocks === undefined ? {} : { blocks }, { type, ...(block === undefined ? {} : { block }) })), [blocks, type, block]);
}
export const useFlatId = (id: NodeId): string => useEditor(({ path }) => flatId(path, id));
export const useFound = (flat: string): FoundNode | undefined => useChecks((state) => state.found.get(flat));

export interface NodeWires {
  readonly into: readonly (readonly [EdgeId, EdgeRec])[];
  readonly outOf: readonly (readonly [EdgeId, EdgeRec])[];
}
export function useWires(id: NodeId): NodeWires {
  const path = useEditor((state) => state.path);
  const edges = useDocument(({ doc }) => subgraphAt(doc, path).edges);
  return useMemo(() => {
    const all = Object.entries(edges);
    return { into: all.filter(([, { to }]) => to.node === id), outOf: all.filter(([, { from }]) => from.node === id) };
  }, [edges, id]);
}

export interface KnownTypes {
  readonly values: Readonly<Record<string, ParamValue>>;
  readonly ins: readonly TensorType[];
  readonly outs: readonly TensorType[];
  readonly weights: Readonly<Record<string, WeightSpec>>;
}
/** Types and weights of a node of a registered type, where the checker could find them out. */
export function knownTypes(kind: NodeKind | undefined, node: Pick<NodeRec, 'params'>, found: FoundNode | undefined): KnownTypes | undefined {
  const { definition } = kind ?? {};
  if (definition === undefined || found?.outputs === undefined) return undefined;
  const ins = found.inputs.flatMap(({ type }) => (type === undefined ? [] : [type]));
  if (ins.length < found.inputs.length) return undefined;
  const { values } = validateParams(definition, node.params);
  try {
    // The document may be a keystroke ahead of the checker: the rule then waits for it.
    const outs = definition.infer(values as never, ins);
    return { values, ins, outs: outs.length === 0 ? found.outputs : outs, weights: definition.weights?.(values as never, ins) ?? {} };
  } catch {
    return undefined;
  }
}

