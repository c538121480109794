/**
 * What a node of the document is, whether of a registered type or an instance of a block: its title,
 * category, ports and parameters, for everything that is generated from them.
 */
import { portsOf } from '../../engine/graph/blocks.ts';
import { BLOCK_TYPE, type BlockDef, type BlockId, type GraphDoc, type NodeRec, type ParamValue } from '../../engine/graph/document.ts';
import type { AnyNodeType, Category, ParamSpec, Port, Text } from '../../engine/nodes/node-type.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { subgraphAt } from './scope.ts';

export type KindCategory = Category | 'block';

export interface NodeKind {
  readonly title: Text;
  readonly category: KindCategory;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** Undefined for an instance of a block. */
  readonly definition: AnyNodeType | undefined;
  readonly block: { readonly id: BlockId; readonly definition: BlockDef } | undefined;
}

const sameInBoth = (words: string): Text => ({ en: words, zh: words });

/** Undefined for a type or a block that this version does not know. */
export function nodeKind(doc: Pick<GraphDoc, 'blocks'>, node: Pick<NodeRec, 'type' | 'block'>): NodeKind | undefined {
  if (node.type !== BLOCK_TYPE) {
    const definition = nodeType(node.type);
    return definition === undefined ? undefined : { ...definition, definition, block: undefined };
  }
  const definition = node.block === undefined ? undefined : doc.blocks?.[node.block];
  const ports = portsOf(doc, node);
  if (definition === undefined || node.block === undefined || ports === undefined) return undefined;
  return { title: sameInBoth(definition.name), category: 'block', inputs: ports.inputs, outputs: ports.outputs, params: blockParams(doc, definition), definition: undefined, block: { id: node.block, definition } };
}

/** The exposed parameters of a block, by their names there; each defaults to what the definition's node has. */
function blockParams(doc: Pick<GraphDoc, 'blocks'>, block: BlockDef): Readonly<Record<string, ParamSpec>> {
  const specs: Record<string, ParamSpec> = {};
  for (const { name, node: id, param } of block.params) {
    const inner = block.nodes[id];
    const spec = inner === undefined ? undefined : nodeKind(doc, inner)?.params[param];
    if (inner === undefined || spec === undefined || Object.hasOwn(specs, name)) continue;
    // Whether it matters depends on parameters inside, which the instance does not have.
    const { when: _, ...rest } = spec;
    specs[name] = { ...rest, title: sameInBoth(name), default: inner.params[param] ?? spec.default } as ParamSpec;
  }
  return specs;
}

/** A parameter as the node has it, or its default. */
export function paramValue(spec: ParamSpec, node: Pick<NodeRec, 'params'>, param: string): ParamValue {
  const value = node.params[param];
  return value === undefined ? spec.default : value;
}

/** Every parameter of a node with its value, as `when` and the shape rules take them. */
export const paramValues = (kind: Pick<NodeKind, 'params'>, node: Pick<NodeRec, 'params'>): Readonly<Record<string, ParamValue>> =>
  Object.fromEntries(Object.entries(kind.params).map(([name, spec]) => [name, paramValue(spec, node, name)]));

/** What the user calls the node of a flat id (`block1/conv2`): the labels along its path. */
export function nameOf(doc: GraphDoc, flatId: string): string {
  const ids = flatId.split('/');
  return ids.map((id, i) => subgraphAt(doc, ids.slice(0, i)).nodes[id]?.label ?? id).join(' / ');
}
