/** What a port can be connected to, and what a node that is added after another is put into. */
import type { EdgeId, GraphDoc, NodeId, PortRef } from '../../engine/graph/document.ts';
import { type WireFit, fitKey, fitWires } from '../../engine/graph/wire-fit.ts';
import type { NewNode } from '../document/editing.ts';
import { type NodeKind, nodeKind } from '../document/node-kind.ts';
import { newNodeKind } from '../document/ready-blocks.ts';
import { type BlockPath, subgraphAt } from '../document/scope.ts';
import { type Added, addNode, freePlace } from '../palette/add-node.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { flowOrder } from './outline-rows.ts';

export interface Candidate {
  readonly ref: PortRef;
  /** `conv1.y` */
  readonly name: string;
  readonly fit: WireFit;
}
/** All ports on the other side, those that fit first, each group in the order of the flow. */
export function candidates(doc: GraphDoc, path: BlockPath, port: PortRef, side: 'input' | 'output'): readonly Candidate[] {
  const graph = subgraphAt(doc, path);
  const fits = fitWires(doc, path, side === 'input' ? { to: port } : { from: port });
  const all = flowOrder(graph).flatMap((id) => {
    const node = graph.nodes[id];
    const kind = node === undefined ? undefined : newNodeKind(doc, node);
    return ((side === 'input' ? kind?.outputs : kind?.inputs) ?? []).flatMap(({ name }): Candidate[] => {
      const ref = { node: id, port: name };
      const fit = fits.get(fitKey(ref));
      return fit === undefined || id === port.node ? [] : [{ ref, name: `${node?.label ?? id}.${name}`, fit }];
    });
  });
  return [...all.filter(({ fit }) => fit.fits), ...all.filter(({ fit }) => !fit.fits)];
}

/**
 * A new node behind the focused one: where that feeds exactly one other, into the wire between them, so
 * that adding down the list builds a chain; otherwise beside it.
 */
export function addAfter(workspace: Pick<Workspace, 'documents' | 'editor' | 'editing'>, node: NewNode): Added {
  const { documents, editor, editing } = workspace;
  const { doc } = documents.getState();
  const { path, focus } = editor.getState();
  const graph = subgraphAt(doc, path);
  const before = focus === undefined ? undefined : graph.nodes[focus];
  const wire = focus === undefined || before === undefined ? undefined : onlyWire(doc, path, focus, nodeKind(doc, before), newNodeKind(doc, node));
  const behind = wire === undefined ? undefined : graph.nodes[graph.edges[wire]?.to.node ?? ''];
  if (wire === undefined || before === undefined || behind === undefined) return addNode(workspace, node);
  const middle = { x: (before.position.x + behind.position.x) / 2, y: (before.position.y + behind.position.y) / 2 };
  const id = editing.addNode(node, freePlace(Object.values(graph.nodes), middle), { onWire: wire });
  editor.requestReveal([id]);
  return { id, wiredTo: focus };
}

function onlyWire(doc: GraphDoc, path: BlockPath, from: NodeId, kind: NodeKind | undefined, added: NodeKind | undefined): EdgeId | undefined {
  const output = kind?.outputs[0];
  if (output?.kind !== 'tensor' || added?.inputs[0]?.kind !== 'tensor' || added.outputs[0]?.kind !== 'tensor') return undefined;
  const wires = Object.entries(subgraphAt(doc, path).edges).filter(([, edge]) => edge.from.node === from && edge.from.port === output.name);
  return wires.length === 1 ? wires[0]?.[0] : undefined;
}
