/**
 * What the checker found out, by node of the shown graph: output types, numbers of parameters,
 * problems. A node's facts stay the same object while they say the same, so that an edit draws those
 * nodes anew that it concerns and no others.
 */
import { createStore } from 'zustand/vanilla';
import type { CheckResult } from '../../engine/graph/check.ts';
import type { GraphDoc, NodeId } from '../../engine/graph/document.ts';
import type { Problem } from '../../engine/graph/problem.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { nodeKind } from '../document/node-kind.ts';
import { type BlockPath, flatId, subgraphAt } from '../document/scope.ts';
import type { Workspace } from '../workspace/workspace.ts';

export interface NodeFacts {
  /** By output port; none while inputs are missing or do not fit. */
  readonly outputs: Readonly<Record<string, TensorType>>;
  /** Trained numbers; of a block, all inside. */
  readonly parameters: number;
  /** The node's own, and for a block those of its inside. */
  readonly problems: readonly Problem[];
}
export const NO_FACTS: NodeFacts = { outputs: {}, parameters: 0, problems: [] };
export type FactsByNode = ReadonlyMap<NodeId, NodeFacts>;

export function factsAt(doc: GraphDoc, path: BlockPath, { found, problems }: Pick<CheckResult, 'found' | 'problems'>, before: FactsByNode = new Map()): FactsByNode {
  const problemsOf = new Map<NodeId, Problem[]>();
  for (const problem of problems) {
    if (problem.node === undefined) continue;
    forEachOuter(problem.node, (outer) => {
      const list = problemsOf.get(outer);
      if (list === undefined) problemsOf.set(outer, [problem]);
      else list.push(problem);
    });
  }
  const graph = subgraphAt(doc, path);
  const facts = new Map<NodeId, NodeFacts>();
  for (const [id, node] of Object.entries(graph.nodes)) {
    const flat = flatId(path, id);
    const each = found.get(flat);
    const outputs: Record<string, TensorType> = {};
    (nodeKind(doc, node)?.outputs ?? []).forEach(({ name }, i) => {
      const type = each?.outputs?.[i];
      if (type !== undefined) outputs[name] = type;
    });
    const next: NodeFacts = { outputs, parameters: each?.parameters ?? 0, problems: problemsOf.get(flat) ?? NONE };
    const last = before.get(id);
    facts.set(id, last !== undefined && isSame(last, next) ? last : next);
  }
  return facts;
}
const NONE: readonly Problem[] = [];

function isSame(a: NodeFacts, b: NodeFacts): boolean {
  if (a.parameters !== b.parameters || a.problems.length !== b.problems.length) return false;
  const ports = Object.keys(a.outputs);
  if (ports.length !== Object.keys(b.outputs).length) return false;
  return ports.every((port) => isSameType(a.outputs[port], b.outputs[port])) && (a.problems.length === 0 || JSON.stringify(a.problems) === JSON.stringify(b.problems));
}
function isSameType(a: TensorType | undefined, b: TensorType | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.dtype === b.dtype && a.classes === b.classes && a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]));
}

/** An id and the ids of the instances that it is in: `a/b/c`, `a/b`, `a`. */
function forEachOuter(id: NodeId, visit: (outer: NodeId) => void): void {
  visit(id);
  for (let at = id.lastIndexOf('/'); at > 0; at = id.lastIndexOf('/', at - 1)) visit(id.slice(0, at));
}

export type FactsStore = ReturnType<typeof createFactsStore>;

export function createFactsStore({ documents, checks, editor }: Pick<Workspace, 'documents' | 'checks' | 'editor'>) {
  const read = (before?: FactsByNode): FactsByNode => factsAt(documents.getState().doc, editor.getState().path, checks.getState(), before);
  const store = createStore<{ readonly byNode: FactsByNode }>(() => ({ byNode: read() }));
  checks.subscribe(() => store.setState(({ byNode }) => ({ byNode: read(byNode) })));
  editor.subscribe((state, before) => {
    if (state.path !== before.path) store.setState({ byNode: read() });
  });
  return store;
}
const stores = new WeakMap<Workspace, FactsStore>();
/** The window's only one. */
export function factsOf(workspace: Workspace): FactsStore {
  let store = stores.get(workspace);
  if (store === undefined) stores.set(workspace, (store = createFactsStore(workspace)));
  return store;
}
