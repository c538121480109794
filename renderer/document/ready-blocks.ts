/** The blocks that ship with the product, as the palette offers them: their text comes with the window, their definition goes into the document with the first instance. */
import type { BlockDef, BlockId, GraphDoc } from '../../engine/graph/document.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { READY_BLOCKS, definitionOf } from '../../engine/graph/ready-blocks.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import type { NewNode } from './editing.ts';
import { type NodeKind, nodeKind } from './node-kind.ts';

const sources = import.meta.glob<string>('../../assets/blocks/*.netloom', { eager: true, query: '?raw', import: 'default' });

export interface ReadyBlockDocument {
  readonly id: string;
  readonly source: string;
  readonly synonyms: readonly string[];
  readonly title: Text;
  readonly summary: Text;
  readonly definition: BlockDef;
}

let parsed: readonly ReadyBlockDocument[] | undefined;

export function readyBlocks(): readonly ReadyBlockDocument[] {
  return (parsed ??= READY_BLOCKS.flatMap((block) => {
    const source = sources[`../../assets/${block.file}`];
    const doc = source === undefined ? undefined : parseDocument(source).doc;
    const definition = doc === undefined ? undefined : definitionOf(block, doc);
    if (doc === undefined || definition === undefined) return [];
    const { zh } = doc.translations ?? {};
    return [{
      id: block.id, source: block.source, synonyms: block.synonyms, definition,
      title: { en: doc.name, zh: zh?.name ?? doc.name }, summary: { en: doc.description ?? '', zh: zh?.description ?? doc.description ?? '' },
    }];
  }));
}
export const readyBlock = (id: string): ReadyBlockDocument | undefined => readyBlocks().find((block) => block.id === id);

/** Texts of definitions, which are never changed in place. */
const texts = new WeakMap<BlockDef, string>();
/** The same for definitions that compute the same in the same way, whatever they are called and wherever their nodes lie. */
function contentOf(definition: BlockDef): string {
  const known = texts.get(definition);
  if (known !== undefined) return known;
  const { name: _, frames: _frames, comments: _comments, ...content } = definition;
  const text = JSON.stringify(content, (key, item: unknown) => {
    if (key === 'position') return undefined;
    return typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item;
  });
  texts.set(definition, text);
  return text;
}

/** The block of the document that a ready one is already in it as, unless it has been changed since. */
export function inDocument({ blocks = {} }: Pick<GraphDoc, 'blocks'>, { definition }: ReadyBlockDocument): BlockId | undefined {
  return Object.keys(blocks).find((id) => contentOf(blocks[id]!) === contentOf(definition));
}

/** What a node that is to be added will be; undefined for a type or block that does not exist. */
export function newNodeKind(doc: Pick<GraphDoc, 'blocks'>, node: NewNode): NodeKind | undefined {
  const ready = node.ready === undefined ? undefined : readyBlock(node.ready);
  if (ready !== undefined) {
    const kind = nodeKind({ blocks: { [ready.id]: ready.definition } }, { type: node.type, block: ready.id });
    return kind === undefined ? undefined : { ...kind, title: ready.title };
  }
  return nodeKind(doc, { type: node.type, ...(node.block === undefined ? {} : { block: node.block }) });
}
