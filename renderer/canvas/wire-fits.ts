/** Which ports a wire fits, for all ports that the shown graph has. */
import type { GraphDoc, PortRef } from '../../engine/graph/document.ts';
import { type WireFit, fitKey, fitWires } from '../../engine/graph/wire-fit.ts';
import type { AnyNodeType, PortKind, TensorType } from '../../engine/nodes/node-type.ts';
import { defaultParams } from '../../engine/nodes/params.ts';
import type { NewNode } from '../document/editing.ts';
import { nodeKind } from '../document/node-kind.ts';
import { newNodeKind } from '../document/ready-blocks.ts';
import { type BlockPath, subgraphAt } from '../document/scope.ts';

export type Side = 'input' | 'output';
export const portKey = ({ node, port }: PortRef, side: Side): string => `${side}\n${node}\n${port}`;
export const portOf = (key: string): PortRef => {
  const [, node = '', port = ''] = key.split('\n');
  return { node, port };
};

/** How a wire from `port` fits every port on the other side of the shown graph, by `portKey`. */
export function fitsOf(doc: GraphDoc, path: BlockPath, port: PortRef, side: Side): ReadonlyMap<string, WireFit> {
  const found = fitWires(doc, path, side === 'output' ? { from: port } : { to: port });
  const fits = new Map<string, WireFit>();
  for (const [node, record] of Object.entries(subgraphAt(doc, path).nodes)) {
    const kind = nodeKind(doc, record);
    for (const other of (side === 'output' ? kind?.inputs : kind?.outputs) ?? []) {
      const ref = { node, port: other.name };
      const fit = found.get(fitKey(ref));
      if (fit !== undefined) fits.set(portKey(ref, side === 'output' ? 'input' : 'output'), fit);
    }
  }
  return fits;
}

/**
 * Whether a new node could take the wire with its default parameters.
 * @param type what the wire carries, where it starts at an output and that is known
 */
export function fitsNewNode(doc: GraphDoc, node: NewNode, kind: PortKind, side: Side, type: TensorType | undefined): boolean {
  const view = newNodeKind(doc, node);
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
