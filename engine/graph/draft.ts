/**
 * What the checker knows of a node while it checks: what could be resolved, and whether anything is
 * wrong with it, so that one mistake is told once and not again at every node behind it.
 */
import type { AnyNodeType, TensorType, Text, WeightSpec } from '../nodes/node-type.ts';
import type { CheckedNodeType, Role } from './checked-graph.ts';
import type { EdgeId, EdgeRec, NodeId, NodeRec, ParamValue } from './document.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** A wire between two ports that exist and are of one kind. */
export interface Wire {
  /** In the flat document; `shown` in the document that the user sees. They differ where a wire leads into a block. */
  readonly id: EdgeId;
  readonly shown: EdgeId;
  readonly edge: EdgeRec;
  readonly source: Draft;
  /** Index among the source's outputs. */
  readonly output: number;
}

export interface Draft {
  readonly id: NodeId;
  readonly label: string;
  readonly record: NodeRec;
  /** Undefined when the type is unknown; such a node is faulty. */
  readonly definition: CheckedNodeType | undefined;
  readonly role: Role;
  params: Readonly<Record<string, ParamValue>>;
  /** Accepted wires, in port order, then in the order of their ids. */
  incoming: Wire[];
  /** Where wires come from, the bad ones included: what the user meant to connect is not called unconnected. */
  readonly feeders: Set<Draft>;
  /** Has an error of its own that leaves its output types unknown. */
  faulty: boolean;
  /** Set by inference; undefined when the node or one that it depends on is faulty. */
  inputTypes: readonly TensorType[] | undefined;
  outputTypes: readonly TensorType[] | undefined;
  weights: Readonly<Record<string, WeightSpec>>;
  /** The node by which its weights are named: itself, or the first of those that it has them in common with. */
  readonly weightOwner: NodeId;
}

type More = Omit<Problem, 'code' | 'severity' | 'message' | 'text'>;

/** Collects problems; errors and warnings keep the order in which they are found. */
export class Report {
  readonly problems: Problem[] = [];

  error(code: ProblemCode, text: Text, more: More = {}): void {
    this.#add(code, 'error', text, more);
  }
  warning(code: ProblemCode, text: Text, more: More = {}): void {
    this.#add(code, 'warning', text, more);
  }
  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }

  #add(code: ProblemCode, severity: Problem['severity'], { en, zh }: Text, more: More): void {
    const message = /[.!?]$/.test(en) ? en : `${en}.`;
    this.problems.push({ code, severity, message, text: { en: message, zh: /[。！？.!?]$/.test(zh) ? zh : `${zh}。` }, ...more });
  }
}

/** How messages call a node: `Conv2D 'conv1'`, with the id behind a label that differs. */
export function named(node: Pick<Draft, 'id' | 'label' | 'record'>): string {
  return `${node.record.type} '${node.label}'${node.label === node.id ? '' : ` (${node.id})`}`;
}

/** The same in Chinese messages, by the type's Chinese title, which is what its readers see: `二维卷积“conv1”`. */
export function namedZh(node: Pick<Draft, 'id' | 'label' | 'record' | 'definition'>): string {
  return `${node.definition?.title.zh ?? node.record.type}“${node.label}”${node.label === node.id ? '' : `（${node.id}）`}`;
}

export function typeText(type: TensorType): string {
  return `${type.dtype} [${type.shape.join(', ')}]`;
}

export function roleOf(definition: AnyNodeType): Role {
  switch (definition.category) {
    case 'data': return 'source';
    case 'loss': return 'loss';
    case 'optimizer': return 'optimizer';
    case 'schedule': return 'schedule';
    case 'metric': return 'metric';
    case 'output': return 'output';
    case 'augmentation': case 'layer': case 'activation': case 'shape': case 'normalization': case 'merge':
      // Input is a layer in the palette, but takes its values from outside like a data node.
      return definition.type === 'Input' ? 'source' : 'compute';
  }
}

/** Every draft that one of `roots` depends on or was meant to depend on, itself included. */
export function draftAncestors(roots: Iterable<Draft>): ReadonlySet<Draft> {
  const found = new Set<Draft>();
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    pending.push(...node.feeders);
  }
  return found;
}
