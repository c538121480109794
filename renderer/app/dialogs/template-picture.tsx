/** A small picture of a network: its nodes in the colours of their categories, in layers from left to right, with its wires. */
import type { GraphDoc, NodeId } from '../../../engine/graph/document.ts';
import type { Category } from '../../../engine/nodes/node-type.ts';
import { nodeType } from '../../../engine/nodes/registry.ts';

interface Placed {
  readonly id: NodeId;
  readonly category: Category | 'block';
  readonly column: number;
  /** 0 is the main line; what hangs on it lies below. */
  readonly row: number;
}
const WIDTH = 248;
const HEIGHT = 92;
const MARGIN = 14;
/** Wide enough to be seen as a box, narrow enough for twenty in a line. */
const MAX_BOX = 22;

export function TemplatePicture({ doc }: { readonly doc: GraphDoc }) {
  const nodes = placeNodes(doc);
  const columns = Math.max(1, ...nodes.map(({ column }) => column + 1));
  const rows = Math.max(1, ...nodes.map(({ row }) => row + 1));
  const stepX = (WIDTH - 2 * MARGIN) / columns;
  const stepY = Math.min(24, (HEIGHT - 2 * MARGIN) / rows);
  const width = Math.min(MAX_BOX, stepX * 0.66);
  const height = Math.min(14, stepY * 0.62);
  const top = (HEIGHT - rows * stepY) / 2;
  const centre = ({ column, row }: Placed): { x: number; y: number } => ({ x: MARGIN + (column + 0.5) * stepX, y: top + (row + 0.5) * stepY });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const wires = Object.entries(doc.edges).flatMap(([id, { from, to }]) => {
    const source = byId.get(from.node);
    const target = byId.get(to.node);
    return source === undefined || target === undefined ? [] : [{ id, path: wire(centre(source), centre(target), width / 2) }];
  });
  return (
    <svg className="app-picture" viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`} aria-hidden>
      {wires.map(({ id, path }) => <path key={id} d={path} />)}
      {nodes.map((node) => {
        const { x, y } = centre(node);
        return <rect key={node.id} x={x - width / 2} y={y - height / 2} width={width} height={height} rx={3} style={{ fill: `var(--cat-${node.category})` }} />;
      })}
    </svg>
  );
}

function wire(from: { x: number; y: number }, to: { x: number; y: number }, half: number): string {
  const x0 = from.x + half;
  const x1 = to.x - half;
  const bend = Math.max(6, Math.abs(x1 - x0) / 2);
  return `M${x0.toFixed(1)} ${from.y.toFixed(1)}C${(x0 + bend).toFixed(1)} ${from.y.toFixed(1)} ${(x1 - bend).toFixed(1)} ${to.y.toFixed(1)} ${x1.toFixed(1)} ${to.y.toFixed(1)}`;
}

/**
 * Columns by the longest way from a source, so that wires run forward; rows by how far down the
 * document has them. The document's own positions would make a network of twenty layers a thread.
 */
function placeNodes(doc: GraphDoc): readonly Placed[] {
  const edges = Object.values(doc.edges);
  const column = new Map<NodeId, number>();
  const visit = (id: NodeId, seen: ReadonlySet<NodeId>): number => {
    const known = column.get(id);
    if (known !== undefined) return known;
    // A wire that closes a circle counts for nothing.
    if (seen.has(id)) return 0;
    const within = new Set([...seen, id]);
    const depth = Math.max(0, ...edges.filter(({ to }) => to.node === id).map(({ from }) => visit(from.node, within) + 1));
    column.set(id, depth);
    return depth;
  };
  for (const id of Object.keys(doc.nodes)) visit(id, new Set());
  // What nothing leads to (a schedule) stands just before what it feeds.
  for (const id of Object.keys(doc.nodes)) {
    const fed = edges.filter(({ from }) => from.node === id).map(({ to }) => column.get(to.node) ?? 0);
    if (!edges.some(({ to }) => to.node === id) && nodeType(doc.nodes[id]!.type)?.category !== 'data' && fed.length > 0) column.set(id, Math.max(0, Math.min(...fed) - 1));
  }
  const taken = new Map<number, number>();
  return Object.entries(doc.nodes).sort(([, a], [, b]) => a.position.y - b.position.y || a.position.x - b.position.x).map(([id, node]) => {
    const at = column.get(id) ?? 0;
    const row = taken.get(at) ?? 0;
    taken.set(at, row + 1);
    return { id, category: node.block === undefined ? nodeType(node.type)?.category ?? 'shape' : 'block', column: at, row };
  });
}
