/** In what runs differ, so that curves laid over one another say why they are not the same: settings, parameters, nodes. */
import type { GraphDoc, NodeRec, ParamValue } from '../../engine/graph/document.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import type { RunId } from '../../engine/protocol.ts';
import { optimizersOf } from './run-facts.ts';
import type { RunRecord } from './run-store.ts';

export type Difference =
  | { readonly kind: 'training'; readonly setting: 'epochs' | 'batchSize' | 'seed' | 'shuffle' | 'validationSplit' | 'earlyStopping'; readonly value: string }
  | { readonly kind: 'backend'; readonly value: string }
  /** One for each optimizer whose rate was turned. */
  | { readonly kind: 'rate-by-hand'; readonly values: readonly number[] }
  /** `title` names the parameter; `node` is the type and the node's name: "Conv2D conv1". */
  | { readonly kind: 'parameter'; readonly node: string; readonly name: string; readonly title: Text; readonly value: ParamValue; /** The graph has no second optimizer. */ readonly isOnly: boolean }
  | { readonly kind: 'with-node' | 'without-node'; readonly node: string }
  /** The nodes are the same, the wires are not. */
  | { readonly kind: 'wiring'; readonly wires: number };

interface Fact {
  readonly compared: string;
  readonly difference: Difference;
}

const TRAINING = ['epochs', 'batchSize', 'seed', 'shuffle', 'validationSplit'] as const;

function* nodesOf(doc: GraphDoc): Generator<readonly [string, NodeRec]> {
  for (const [id, node] of Object.entries(doc.nodes)) yield [id, node];
  for (const [block, definition] of Object.entries(doc.blocks ?? {})) for (const [id, node] of Object.entries(definition.nodes)) yield [`${block}/${id}`, node];
}
const wiresOf = (doc: GraphDoc): string[] => [doc, ...Object.values(doc.blocks ?? {})].flatMap((graph, i) => Object.values(graph.edges).map(({ from, to }) => `${i}:${from.node}.${from.port}>${to.node}.${to.port}`)).toSorted();
const shownName = (id: string, node: NodeRec): string => `${node.type} ${node.label ?? id}`;

/** A node whose type has changed is another node. */
const keyOf = (id: string, { type }: NodeRec): string => `${id}:${type}`;

function factsOf(record: RunRecord): Map<string, Fact> {
  const { doc } = record;
  const facts = new Map<string, Fact>();
  for (const setting of TRAINING) facts.set(`training.${setting}`, fact(String(doc.training[setting]), { kind: 'training', setting, value: String(doc.training[setting]) }));
  const early = doc.training.earlyStopping;
  facts.set('training.earlyStopping', fact(JSON.stringify(early ?? null), { kind: 'training', setting: 'earlyStopping', value: early === undefined ? '–' : early.metric === undefined ? String(early.patience) : `${early.patience} (${early.metric})` }));
  const backend = record.started?.backend ?? record.backend;
  facts.set('backend', fact(backend, { kind: 'backend', value: backend }));
  const byHand = Object.values(record.ratesByHand);
  facts.set('rate-by-hand', fact(JSON.stringify(record.ratesByHand), { kind: 'rate-by-hand', values: byHand }));
  const optimizers = optimizersOf(doc).length;
  for (const [id, node] of nodesOf(doc)) {
    for (const [name, spec] of Object.entries(nodeType(node.type)?.params ?? {})) {
      const value = node.params[name] ?? spec.default;
      facts.set(`param.${keyOf(id, node)}.${name}`, fact(JSON.stringify(value), { kind: 'parameter', node: shownName(id, node), name, title: spec.title, value, isOnly: optimizers < 2 }));
    }
  }
  return facts;
}
const fact = (compared: string, difference: Difference): Fact => ({ compared, difference });

/** By run: what is not the same in all of `runs`. Nothing for a single run. */
export function runDifferences(runs: readonly RunRecord[]): ReadonlyMap<RunId, readonly Difference[]> {
  const found = new Map<RunId, Difference[]>(runs.map(({ id }) => [id, []]));
  if (runs.length < 2) return found;
  const facts = runs.map(factsOf);
  const nodes = runs.map(({ doc }) => new Map([...nodesOf(doc)].map(([id, node]) => [keyOf(id, node), shownName(id, node)])));
  const wires = runs.map(({ doc }) => wiresOf(doc));

  for (const key of new Set(facts.flatMap((each) => [...each.keys()]))) {
    const values = new Set(facts.map((each) => each.get(key)?.compared));
    // A parameter of a node that not all have is told by the node.
    if (values.size < 2 || (key.startsWith('param.') && values.has(undefined))) continue;
    runs.forEach(({ id, ratesByHand }, i) => {
      const own = facts[i]!.get(key);
      if (own !== undefined && !(key === 'rate-by-hand' && Object.keys(ratesByHand).length === 0)) found.get(id)!.push(own.difference);
    });
  }
  let nodesDiffer = false;
  const all = new Map(nodes.flatMap((each) => [...each]));
  for (const [key, name] of all) {
    const having = nodes.filter((each) => each.has(key)).length;
    if (having === runs.length) continue;
    nodesDiffer = true;
    // Told from the side of the fewer, or each run would list what only one of them has changed.
    const tellsHaving = having <= runs.length - having;
    runs.forEach(({ id }, i) => {
      if (nodes[i]!.has(key) === tellsHaving) found.get(id)!.push({ kind: tellsHaving ? 'with-node' : 'without-node', node: name });
    });
  }
  if (!nodesDiffer && new Set(wires.map((each) => each.join('|'))).size > 1) runs.forEach(({ id }, i) => found.get(id)!.push({ kind: 'wiring', wires: wires[i]!.length }));
  return found;
}
