/** The ports of nodes, instances of blocks included: those of a block come from the ports inside that they lead to. */
import type { Port } from '../nodes/node-type.ts';
import { nodeType } from '../nodes/registry.ts';
import { type BlockDef, type BlockId, type GraphDoc, type NodeRec, type PortRef, BLOCK_TYPE } from './document.ts';

export interface NodePorts {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

type Blocks = GraphDoc['blocks'];

/** By the record of definitions, which is never changed in place. Undefined while a block's ports are being found: it contains itself. */
const known = new WeakMap<NonNullable<Blocks>, Map<BlockId, NodePorts | undefined>>();

/** Ports of any node, an instance of a block included; undefined for a type or block that does not exist. */
export function portsOf(doc: Pick<GraphDoc, 'blocks'>, node: Pick<NodeRec, 'type' | 'block'>): NodePorts | undefined {
  if (node.type !== BLOCK_TYPE) return nodeType(node.type);
  const { blocks } = doc;
  const id = node.block;
  if (blocks === undefined || id === undefined || !Object.hasOwn(blocks, id)) return undefined;
  const ofAll = known.get(blocks) ?? new Map<BlockId, NodePorts | undefined>();
  known.set(blocks, ofAll);
  if (ofAll.has(id)) return ofAll.get(id);
  ofAll.set(id, undefined);
  const ports = blockPorts(blocks, blocks[id]!);
  ofAll.set(id, ports);
  return ports;
}

/**
 * The ports of a definition: each takes its kind from the port inside that it leads to, and its title
 * too while it is called the same. An input may stay open where all that it feeds may; it takes
 * several wires where all that it feeds do. A port that leads nowhere (any more) carries tensors.
 */
function blockPorts(blocks: NonNullable<Blocks>, definition: BlockDef): NodePorts {
  const inner = (ref: PortRef | undefined, side: 'inputs' | 'outputs'): Port | undefined => {
    const record = ref === undefined || !Object.hasOwn(definition.nodes, ref.node) ? undefined : definition.nodes[ref.node];
    return record === undefined ? undefined : portsOf({ blocks }, record)?.[side].find((port) => port.name === ref?.port);
  };
  const described = (name: string, port: Port | undefined): Pick<Port, 'name' | 'kind' | 'title'> => ({
    name, kind: port?.kind ?? 'tensor', title: port !== undefined && port.name === name ? port.title : { en: name, zh: name },
  });
  return {
    inputs: definition.inputs.map(({ name, to }) => {
      const ports = to.map((ref) => inner(ref, 'inputs'));
      return {
        ...described(name, ports[0]),
        ...(ports.every((port) => port === undefined || port.optional === true) ? { optional: true } : {}),
        ...(ports.length > 0 && ports.every((port) => port?.multiple === true) ? { multiple: true } : {}),
      };
    }),
    outputs: definition.outputs.map(({ name, from }) => described(name, inner(from, 'outputs'))),
  };
}
