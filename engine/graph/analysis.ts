/**
 * Everything that the checker finds out about the nodes and wires of a document before it asks what the
 * graph is for. Kept by document, because an editor asks several things about the same one: what is
 * wrong with it, and where a wire would fit.
 */
import { allNodeTypes, nodeType } from '../nodes/registry.ts';
import type { CheckCache } from './check-cache.ts';
import { checkSharing } from './check-sharing.ts';
import { type GivenTypes, type InferContext, inferTypes } from './check-types.ts';
import { type TypeLookup, connect, draftNodes, topologicalOrder } from './check-wires.ts';
import type { GraphDoc, NodeId } from './document.ts';
import { type Draft, Report } from './draft.ts';
import { type Expansion, expand } from './expand.ts';
import type { Problem } from './problem.ts';

export interface Analysis {
  readonly flat: Expansion;
  readonly drafts: ReadonlyMap<NodeId, Draft>;
  /** Topological. */
  readonly order: readonly Draft[];
  readonly context: InferContext;
  readonly problems: readonly Problem[];
}

export interface AnalysisOptions {
  readonly data?: GivenTypes;
  readonly types?: TypeLookup;
  readonly cache?: CheckCache;
}

const known = new WeakMap<GraphDoc, Analysis>();

/** Documents are never changed in place, so that the same object is the same document. */
export function analyze(doc: GraphDoc, options: AnalysisOptions = {}): Analysis {
  const isPlain = options.data === undefined && options.types === undefined;
  const before = isPlain ? known.get(doc) : undefined;
  if (before !== undefined) return before;
  const report = new Report();
  const lookup = options.types ?? { nodeType, allNodeTypes };
  const flat = expand(doc, lookup);
  report.problems.push(...flat.problems);
  const drafts = draftNodes(flat, lookup, report, options.cache);
  connect(flat, drafts, report);
  const order = topologicalOrder(drafts, report);
  const context = inferTypes(order, options.data, doc.training.batchSize, report, options.cache);
  checkSharing(drafts, report);
  const analysis = { flat, drafts, order, context, problems: report.problems };
  if (isPlain) known.set(doc, analysis);
  return analysis;
}
