/** Which ports a wire fits, for all ports that the shown graph has. */
import type { GraphDoc, PortRef, Subgraph } from '../../engine/graph/document.ts';
import { type WireFit, fitWire } from '../../engine/graph/wire-fit.ts';
import type { AnyNodeType, PortKind, TensorType } from '../../engine/nodes/node-type.ts';
import { defaultParams } from '../../engine/nodes/params.ts';
import type { NewNode } from '../document/editing.ts';
import { nodeKind } from '../document/node-kind.ts';

export type Side = 'input' | 'output';
export const portKey = ({ node, port }: PortRef, side: Side): string => `${side}\n${node}\n${port}`;
export const portOf = (key: string): PortRef => {
  const [, node = '', port = ''] = key.split('\n');
  return { node, port };
};

/** The shown graph as a document of its own, as `fitWire` takes it. */
export const shownDocument = (doc: GraphDoc, graph: Subgraph): GraphDoc => (graph === doc ? doc : { ...doc, nodes: graph.nodes, edges: graph.edges });

/** How a wire from `port` fits every port on the other side, by `portKey`. */
export function fitsOf(doc: GraphDoc, graph: Subgraph, port: PortRef, side: Side): ReadonlyMap<string, WireFit> {
  const shown = shownDocument(doc, graph);
  const fits = new Map<string, WireFit>();
  for (const [node, record] of Object.entries(graph.nodes)) {
    const kind = nodeKind(doc, record);
    for (const other of (side === 'output' ? kind?.inputs : kind?.outputs) ?? []) {
      const ref = { node, port: other.name };
      fits.set(portKey(ref, side === 'output' ? 'input' : 'output'), side === 'output' ? fitWire(shown, port, ref) : fitWire(shown, ref, port));
    }
  }
  return fits;
}

/**
 * Whether a new node could take the wire with its default parameters.
 * @param type what the wire carries, where it starts at an output and that is known
 */
export function fitsNewNode(doc: GraphDoc, node: NewNode, kind: PortKind, side: Side, type: TensorType | undefined): boolean {
  const view = nodeKind(doc, { type: node.type, ...(node.block === undefined ? {} : { block: node.block }) });
  if (view === undefined) return false;
  if (side === 'input') return view.outputs.some((port) => port.kind === kind);
  const inputs = view.inputs.filter((port) => port.kind === kind);
  if (inputs.length === 0) return false;
  return view.definition === undefined || type === undefined || infers(view.definition, type);
}

/** Types with several inputs are judged when the others are wired. */
function infers(definition: AnyNodeType, type: TensorType): boolean {
  if (definition.inputs.length !== 1 || definition.inputs[0]?.multiple === true) return true;
  try {
    definition.infer(defaultParams(definition) as never, [type]);
    return true;
  } catch {
    return false;
  }
}
