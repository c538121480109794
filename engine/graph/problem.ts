/** What is wrong with a document, in one form for the command line, the editor and the tests. */
import type { Repair, Text } from '../nodes/node-type.ts';
import type { EdgeId, NodeId } from './document.ts';

/** Codes are stable: tests, translations and the editor's repairs hang on them. */
export type ProblemCode =
  // The file as a whole (parse.ts).
  | 'file-too-large' | 'file-not-text' | 'file-not-json' | 'file-not-netloom' | 'file-newer' | 'file-version' | 'file-hostile-key' | 'file-schema'
  // Nodes, wires and parameters.
  | 'unknown-type' | 'unknown-parameter' | 'parameter-type' | 'parameter-range' | 'missing-wire' | 'doubled-wire' | 'edge-node-missing' | 'unknown-port' | 'dataset-port'
  | 'unknown-block' | 'recursive-block' | 'block-port' | 'cannot-bypass' | 'shared-weights'
  | 'kind-mismatch' | 'cycle' | 'unused-node' | 'duplicate-name' | 'too-large'
  // Types along the wires; node types may add codes of their own through ShapeError.
  | 'shape-mismatch' | 'dtype-mismatch' | 'class-count' | 'infer-failed'
  // What the graph is for.
  | 'loss-weights' | 'no-loss' | 'no-optimizer' | 'several-trainers' | 'unknown-optimizer' | 'trainer-without-gradient' | 'optimizer-without-weights' | 'loss-not-optimized' | 'no-prediction' | 'batch-too-small'
  | (string & {});

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: 'error' | 'warning';
  /** English, a full sentence: the node, the port, the numbers and the way out. */
  readonly message: string;
  /** The same in both languages, for the editor. */
  readonly text: Text;
  readonly node?: NodeId;
  readonly port?: string;
  readonly edge?: EdgeId;
  /** The numbers of the message. Shapes are lists, with -1 for the batch axis. */
  readonly numbers?: Readonly<Record<string, number | readonly number[]>>;
  /** A way out that a machine can take; `node` says where, when it is not the problem's own node. */
  readonly repair?: Repair & { readonly node?: NodeId };
}
