/**
 * Every edit of the document, in the user's terms. All of them act on what the editor shows (its path)
 * and, where no other subject is named, on what is selected; each is one step of undo.
 */
import type { BlockId, CommentId, CommentRec, EdgeId, FrameId, FrameRec, NodeId, NodeRec, ParamValue, PortRef, TrainingSettings } from '../../engine/graph/document.ts';
import type { Problem } from '../../engine/graph/problem.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface NewNode {
  readonly type: string;
  /** For an instance of a block: its definition; `type` is `Block` then. */
  readonly block?: BlockId;
  /** For an instance of a block that ships with the product, instead of `block`: its definition comes into the document too, where it is not there yet. */
  readonly ready?: string;
  readonly params?: Readonly<Record<string, ParamValue>>;
}
export interface AddOptions {
  /** The wire that was dropped on empty canvas: the new node is connected to this port, by its first port that fits. */
  readonly wire?: { readonly port: PortRef; readonly side: 'output' | 'input' };
  /** Inserted into this wire. */
  readonly onWire?: EdgeId;
}
/** What a text was that could not be pasted; `recursive`: it would put a block into itself, `too-large`: the document would have too many nodes. */
export class PasteError extends Error {
  readonly code: 'not-netloom' | 'newer' | 'damaged' | 'recursive' | 'too-large';
  constructor(code: PasteError['code']) {
    super(code);
    this.name = 'PasteError';
    this.code = code;
  }
}
export type Alignment = 'left' | 'center' | 'right' | 'top' | 'middle' | 'bottom';

export interface Editing {
  /** The new node is selected. Its id is made from its type: `conv2`. */
  addNode(node: NewNode, position: Point, options?: AddOptions): NodeId;
  /** A wire into a port that takes only one takes the place of the one there. Undefined for a doubled wire or a loop onto itself. */
  connect(from: PortRef, to: PortRef): EdgeId | undefined;
  /** Moves one end of a wire. */
  reconnect(edge: EdgeId, end: { readonly from?: PortRef; readonly to?: PortRef }): void;
  disconnect(edges: Iterable<EdgeId>): void;
  /** Deletes the selection; with `reconnect`, a deleted node's first input is wired to what its first output fed. */
  remove(options?: { readonly reconnect?: boolean }): void;
  /** Inserts a node that has no wires into a wire. False where it has no ports for it. */
  insertOnWire(node: NodeId, edge: EdgeId): boolean;
  move(positions: Readonly<Partial<Record<'nodes' | 'frames' | 'comments', ReadonlyMap<string, Point>>>>): void;
  /** With all wires among the copies, and those that come in from outside. */
  duplicate(offset?: Point): readonly NodeId[];

  /** Each keystroke of one field is one undo step together with the next. `undefined` takes the parameter back to its default. */
  setParam(node: NodeId, param: string, value: ParamValue | undefined): void;
  rename(node: NodeId, label: string): void;
  setNode(nodes: Iterable<NodeId>, part: Partial<Pick<NodeRec, 'frozen' | 'muted' | 'collapsed' | 'learningRateFactor' | 'trainedBy' | 'weightGroup'>>): void;
  setTraining(part: Partial<TrainingSettings>): void;
  setName(name: string): void;
  setDescription(description: string): void;

  /** The selection (with the blocks it uses) as a fragment of a document, as text. Undefined when nothing is selected. */
  copy(): string | undefined;
  cut(): string | undefined;
  /** At `position`, or a little beside where it was copied. Throws PasteError. */
  paste(text: string, position?: Point): readonly NodeId[];

  /** A block of the selected nodes, in whose place one instance stands. Undefined when nothing is selected. */
  group(name: string): NodeId | undefined;
  /** The exact inverse: the instance's inside in its place. */
  unpack(instance: NodeId): readonly NodeId[];
  renameBlock(block: BlockId, name: string): void;
  /** Ports and parameters of a block, as the user names and orders them. */
  /** Names look like ids. False for one that does not, or that is taken; wires at all instances follow. */
  renamePort(block: BlockId, side: 'input' | 'output', name: string, next: string): boolean;
  movePort(block: BlockId, side: 'input' | 'output', name: string, index: number): void;
  /**
   * Makes an inner port one of the block's, or with `input` lets that input of the block feed it too.
   * Returns the port's name; undefined where it is one already, or is fed from inside.
   */
  addPort(block: BlockId, side: 'input' | 'output', ref: PortRef, input?: string): string | undefined;
  /** Its wires at all instances go with it. */
  removePort(block: BlockId, side: 'input' | 'output', name: string): void;
  /** False for a name that is none or taken, and for what is exposed already. */
  exposeParam(block: BlockId, node: NodeId, param: string, name: string): boolean;
  hideParam(block: BlockId, name: string): void;
  /** A definition of its own for this instance. Undefined when no other instance shares the one it has. */
  makeUnique(instance: NodeId): BlockId | undefined;
  /** Deletes the definitions that no instance uses. Returns how many. */
  removeUnusedBlocks(): number;

  /** Around the selection; an empty one at `position` when nothing is selected. */
  addFrame(position: Point): FrameId;
  updateFrame(frame: FrameId, part: Partial<FrameRec>): void;
  addComment(position: Point): CommentId;
  updateComment(comment: CommentId, part: Partial<CommentRec>): void;

  align(alignment: Alignment): void;
  distribute(axis: 'horizontal' | 'vertical'): void;
  /**
   * Everything shown, or the selected nodes when there are two or more, in layers from left to right. Loads the
   * layout library. False when another graph is shown by then; rejects with the signal's reason when given up.
   */
  layout(signal?: AbortSignal): Promise<boolean>;

  /** Takes the repair that the checker offers. False when it has none, or the document has changed so that it no longer fits. */
  repair(problem: Problem): boolean;
}
