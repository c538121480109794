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
  /**
   * The optimizer that trains this node's weights, or all in this block, by its flat id. Needed only where the losses
   * of several optimizers reach them; left out, the one that reaches them does.
   */
  readonly trainedBy?: NodeId;
  /** Bypassed: its first input goes straight to its first output, where the shapes allow it. */
  readonly muted?: boolean;
  /** Drawn as its title alone. */
  readonly collapsed?: boolean;
  /** Only of type `Block`: the definition that this is an instance of. `params` then holds the exposed parameters by their names. */
  readonly block?: BlockId;
  /**
   * Only of type `Block`: instances of one definition that stand beside each other and name the same
   * group have their weights in common, running statistics included.
   */
  readonly weightGroup?: string;
}

export interface PortRef {
  readonly node: NodeId;
  readonly port: string;
}

export interface EdgeRec {
  readonly from: PortRef;
  readonly to: PortRef;
}

export type BlockId = string;
export type FrameId = string;
export type CommentId = string;

/** A titled rectangle behind nodes; what lies in it moves along. */
export interface FrameRec {
  readonly title: string;
  readonly position: { readonly x: number; readonly y: number };
  readonly size: { readonly width: number; readonly height: number };
  /** One of FRAME_COLORS. */
  readonly color: FrameColor;
}
export const FRAME_COLORS = ['grey', 'blue', 'green', 'yellow', 'red', 'purple'] as const;
export type FrameColor = (typeof FRAME_COLORS)[number];

export interface CommentRec {
  readonly text: string;
  readonly position: { readonly x: number; readonly y: number };
  readonly size: { readonly width: number; readonly height: number };
}

/** What a canvas shows: the document's top level, or the inside of a block. */
export interface Subgraph {
  readonly nodes: Readonly<Record<NodeId, NodeRec>>;
  readonly edges: Readonly<Record<EdgeId, EdgeRec>>;
  readonly frames?: Readonly<Record<FrameId, FrameRec>>;
  readonly comments?: Readonly<Record<CommentId, CommentRec>>;
}

/** Where a wire into a block goes on inside. */
export interface BlockTarget extends PortRef {
  /** The wire's id inside: its place among the wires of a port that takes several (they count in the order of their ids). Before all others when left out. */
  readonly edge?: EdgeId;
}
/** A port of a block; names look like ids. An input may feed several ports inside; an output comes from one. */
export interface BlockInput {
  readonly name: string;
  readonly to: readonly BlockTarget[];
}
export interface BlockOutput {
  readonly name: string;
  readonly from: PortRef;
}
/** A parameter of a node inside that each instance of the block may set. Several of one name are set together; the first gives the default. */
export interface BlockParam {
  readonly name: string;
  readonly node: NodeId;
  readonly param: string;
}
/** A reusable sub-graph. Instances are nodes of type `Block`; their ports are the definition's, in its order. */
export interface BlockDef extends Subgraph {
  readonly name: string;
  readonly inputs: readonly BlockInput[];
  readonly outputs: readonly BlockOutput[];
  readonly params: readonly BlockParam[];
}
/** The type that instances of blocks have; the registry does not know it, `graph/blocks.ts` does. */
export const BLOCK_TYPE = 'Block';

/** How the document is trained unless the command line says otherwise. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Share of the training samples that is held back for validation, in [0, 1). */
  readonly validationSplit: number;
  /**
   * Stop when what is watched has not improved for `patience` epochs and restore the best weights. `metric`: its name
   * as events carry it, of the validation set where there is one; the loss when left out.
   */
  readonly earlyStopping?: { readonly patience: number; readonly minDelta: number; readonly metric?: string };
}

export interface GraphDoc extends Subgraph {
  readonly format: 'netloom';
  readonly version: number;
  readonly name: string;
  readonly description?: string;
  /** `name` and `description` in the product's other language; those above are in English. */
  readonly translations?: { readonly zh?: { readonly name: string; readonly description?: string; /** Names of blocks by their id. */ readonly blocks?: Readonly<Record<BlockId, string>> } };
  readonly blocks?: Readonly<Record<BlockId, BlockDef>>;
  readonly training: TrainingSettings;
}

/** 2: blocks, frames, comments, muted and collapsed nodes. */
export const DOCUMENT_VERSION = 2;
