/** The graph document: what a `.netloom` file holds. Plain JSON; edited by patches, never in place. */

export type NodeId = string;
export type EdgeId = string;
export type ParamValue = number | string | boolean | null | readonly number[];

export interface NodeRec {
  /** A registered node type, for example `Conv2D`. */
  readonly type: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** What the user calls it; the id when left out. */
  readonly label?: string;
  readonly position: { readonly x: number; readonly y: number };
  /** The optimizer leaves this node's weights alone. */
  readonly frozen?: boolean;
  /** Multiplies the optimizer's learning rate for this node's weights; 1 when left out. */
  readonly learningRateFactor?: number;
}

export interface PortRef {
  readonly node: NodeId;
  readonly port: string;
}

export interface EdgeRec {
  readonly from: PortRef;
  readonly to: PortRef;
}

/** How the document is trained unless the command line says otherwise. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Share of the training samples that is held back for validation, in [0, 1). */
  readonly validationSplit: number;
  /** Stop when the watched loss has not improved for `patience` epochs and restore the best weights. */
  readonly earlyStopping?: { readonly patience: number; readonly minDelta: number };
}

export interface GraphDoc {
  readonly format: 'netloom';
  readonly version: number;
  readonly name: string;
  readonly description?: string;
  /** `name` and `description` in the product's other language; those above are in English. */
  readonly translations?: { readonly zh?: { readonly name: string; readonly description?: string } };
  readonly nodes: Readonly<Record<NodeId, NodeRec>>;
  readonly edges: Readonly<Record<EdgeId, EdgeRec>>;
  readonly training: TrainingSettings;
}

export const DOCUMENT_VERSION = 1;
