/** What a training step costs by node, asked of the engine a moment after the last edit: the bars on the nodes. */
import { createStore } from 'zustand/vanilla';
import type { NodeId } from '../../engine/graph/document.ts';
import type { CostsReply } from '../../engine/protocol.ts';
import type { Workspace } from '../workspace/workspace.ts';

export interface CostState {
  /** Undefined while unknown: before the first answer, and for a graph with errors. */
  readonly costs: CostsReply | undefined;
  /** Share of a step's arithmetic, 0 to 1, by flat id; a block's id has the sum of its inside. */
  readonly shares: ReadonlyMap<NodeId, number>;
}
export type CostStore = ReturnType<typeof createCostStore>;

/** Longer than between two key strokes; costs are not looked at while typing. */
const QUIET_MS = 600;

export function createCostStore({ engine, checks, documents }: Pick<Workspace, 'engine' | 'checks' | 'documents'>) {
  const unknown: CostState = { costs: undefined, shares: new Map() };
  const store = createStore<CostState>(() => unknown);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: AbortController | undefined;

  async function ask(): Promise<void> {
    abort = new AbortController();
    try {
      const costs = await engine.request('costs', { doc: documents.getState().doc }, { signal: abort.signal });
      store.setState({ costs, shares: sharesOf(costs.flops) });
    } catch {
      // Costs are an extra: without an answer there is no bar.
      if (!abort.signal.aborted) store.setState(unknown);
    }
  }
  let described: unknown;
  const plan = (): void => {
    const { graph } = checks.getState();
    const doc = documents.getState().doc;
    clearTimeout(timer);
    abort?.abort();
    if (graph === undefined) {
      described = undefined;
      store.setState(unknown);
      return;
    }
    timer = setTimeout(() => {
      // Moving nodes about costs nothing new.
      const description = JSON.stringify([Object.entries(doc.nodes).map(([id, { type, params, muted, block }]) => [id, type, params, muted, block]), doc.edges, doc.blocks, doc.training.batchSize]);
      if (description === described && store.getState().costs !== undefined) return;
      described = description;
      void ask();
    }, QUIET_MS);
  };
  checks.subscribe(plan);
  plan();
  return store;
}

export function sharesOf(flops: Readonly<Record<NodeId, number>>): ReadonlyMap<NodeId, number> {
  const total = Object.values(flops).reduce((sum, each) => sum + each, 0);
  const shares = new Map<NodeId, number>();
  if (total <= 0) return shares;
  for (const [id, each] of Object.entries(flops)) {
    const path = id.split('/');
    for (let length = 1; length <= path.length; length++) {
      const outer = path.slice(0, length).join('/');
      shares.set(outer, (shares.get(outer) ?? 0) + each / total);
    }
  }
  return shares;
}

const stores = new WeakMap<Workspace, CostStore>();
/** The window's only one. */
export function costsOf(workspace: Workspace): CostStore {
  let store = stores.get(workspace);
  if (store === undefined) stores.set(workspace, (store = createCostStore(workspace)));
  return store;
}
