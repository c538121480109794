/** Every node of the document with the way to it, those inside blocks too: for finding and jumping. */
import type { GraphDoc, Subgraph } from '../../../engine/graph/document.ts';
import type { Category, Text } from '../../../engine/nodes/node-type.ts';
import { nodeType } from '../../../engine/nodes/registry.ts';
import { reveal } from '../../document/reveal.ts';
import { useText } from '../../i18n/i18n.ts';
import type { Workspace } from '../../workspace/workspace.ts';

export interface NodePlace {
  /** Flat: `block1/conv2`. */
  readonly id: string;
  readonly label: string;
  readonly type: Text;
  readonly category: Category | 'block';
  /** Names of the blocks that it is in, outermost first. */
  readonly within: readonly string[];
  /** What a search looks at. */
  readonly search: string;
}
/** Blocks hold blocks; a document that goes on deeper than anyone nests is not walked to its end. */
const MAX_DEPTH = 8;

export function nodePlaces(doc: GraphDoc): readonly NodePlace[] {
  const walk = (graph: Subgraph, path: readonly string[], within: readonly string[]): NodePlace[] => Object.entries(graph.nodes).flatMap(([id, node]) => {
    const block = node.block === undefined ? undefined : doc.blocks?.[node.block];
    const known = nodeType(node.type);
    const type = block === undefined ? known?.title ?? { en: node.type, zh: node.type } : { en: block.name, zh: block.name };
    const label = node.label ?? id;
    const place: NodePlace = { id: [...path, id].join('/'), label, type, category: block === undefined ? known?.category ?? 'shape' : 'block', within, search: [label, id, type.en, type.zh, ...(known?.synonyms ?? [])].join(' ') };
    return block === undefined || path.length >= MAX_DEPTH ? [place] : [place, ...walk(block, [...path, id], [...within, label])];
  });
  return walk(doc, [], []);
}

export const revealPlace = (workspace: Workspace, { id }: NodePlace): void => {
  if (reveal(workspace, id)) document.querySelector<HTMLElement>('main [data-region-entry]')?.focus();
};

export function NodePlaceRow({ place: { label, type, category, within } }: { readonly place: NodePlace }) {
  const text = useText();
  return <><span className="app-pick-icon"><span className="app-swatch" style={{ background: `var(--cat-${category})` }} /></span><span className="app-pick-title">{label}</span><span className="app-pick-note">{[...within, text(type)].join(' › ')}</span></>;
}
