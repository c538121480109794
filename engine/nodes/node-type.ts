/**
 * What a node type is. One file per type holds all of it: ports, parameters, shape rule, weights,
 * lowering, maths, code and examples. Palette, inspector, docs, exports and tests read it from there.
 */
import type { ParamValue } from '../graph/document.ts';
import type { Builder } from '../tensor/builder.ts';
import type { DType, Shape, Value } from '../tensor/ir.ts';
import { type Text, TextError } from '../text.ts';
import type { OnnxScope } from './onnx-scope.ts';

export type { Text } from '../text.ts';

export type Category = 'data' | 'augmentation' | 'layer' | 'activation' | 'shape' | 'normalization' | 'merge' | 'loss' | 'optimizer' | 'schedule' | 'metric' | 'output';

/** The batch axis is the letter N (any size); every other axis is a number. */
export type Dim = number | 'N';
export interface TensorType {
  readonly shape: readonly Dim[];
  readonly dtype: DType;
  /** Number of classes, where the values are class indices or tokens and the source knows it. */
  readonly classes?: number;
}

/** What travels along a wire. Only like connects to like. */
export type PortKind = 'tensor' | 'loss' | 'schedule';
export interface Port {
  readonly name: string;
  readonly kind: PortKind;
  readonly title: Text;
  /** May stay unconnected. Only for inputs. */
  readonly optional?: boolean;
  /** Takes any number of wires, in the order of the edge ids. Only for inputs. */
  readonly multiple?: boolean;
}

interface ParamBase<T> {
  readonly title: Text;
  readonly help: Text;
  readonly default: T;
  /** Shown on the node itself, not only in the inspector. */
  readonly prominent?: boolean;
  /** Hidden (and irrelevant) unless this holds for the node's parameters. */
  readonly when?: (params: Readonly<Record<string, ParamValue>>) => boolean;
}
export interface NumberParam extends ParamBase<number> {
  readonly kind: 'int' | 'float';
  readonly min: number;
  readonly max: number;
  /** `min` and `max` themselves are not allowed. */
  readonly exclusive?: 'min' | 'max' | 'both';
  readonly unit?: Text;
  /** A slider runs over the logarithm. */
  readonly logarithmic?: boolean;
}
/** A number that may be absent: null means "not set" (no clipping, no weight given, automatic). */
export interface OptionalNumberParam extends ParamBase<number | null> {
  readonly kind: 'optional-float' | 'optional-int';
  readonly min: number;
  readonly max: number;
  readonly exclusive?: 'min' | 'max' | 'both';
}
export interface BoolParam extends ParamBase<boolean> { readonly kind: 'bool' }
export interface ChoiceParam extends ParamBase<string> {
  readonly kind: 'choice';
  readonly options: readonly { readonly value: string; readonly title: Text }[];
}
/** A short list of whole numbers: a kernel's [height, width], a target shape, an axis order. */
export interface IntsParam extends ParamBase<readonly number[]> {
  readonly kind: 'ints';
  readonly min: number;
  readonly max: number;
  readonly minLength: number;
  readonly maxLength: number;
}
export interface TextParam extends ParamBase<string> { readonly kind: 'text'; readonly maxLength: number }
export type ParamSpec = NumberParam | OptionalNumberParam | BoolParam | ChoiceParam | IntsParam | TextParam;
export type ParamSpecs<P> = { readonly [K in keyof P]-?: ParamSpec & { readonly default: P[K] } };

/** A weight (trained) or buffer (kept, not trained) of a node, in PyTorch's name and layout. */
export interface WeightSpec {
  readonly shape: Shape;
  readonly init: InitSpec;
  /** Running statistics: saved with the weights, written by `updateBuffer`, never by an optimizer. */
  readonly buffer?: boolean;
  /**
   * Order of the axes in memory, outermost first; affects speed only. Default: axis 0 last (a
   * Dense weight [out, in] lies as [in, out], a filter OIHW as HWIO), so that outputs are contiguous.
   */
  readonly storage?: readonly number[];
  /** Biases and the weights of norms: optimizers may leave them out of weight decay. */
  readonly noDecay?: boolean;
}

/** `fanIn` and `fanOut` as in Glorot & Bengio 2010; needed where the shape does not tell. */
export type InitSpec =
  | { readonly kind: 'zeros' } | { readonly kind: 'ones' }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal' | 'truncated-normal'; readonly mean: number; readonly std: number }
  | { readonly kind: 'glorot-uniform' | 'glorot-normal' | 'he-uniform' | 'he-normal' | 'lecun-normal' | 'lecun-uniform'; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'orthogonal'; readonly gain: number };

/** What a graph is lowered for. train: a step, in training mode. evaluate: losses, metrics and looks inside. predict: answers, and what is exported. */
export type Goal = 'train' | 'evaluate' | 'predict';

/** The builder that a lowering gets: IR, and this node's own weights, randomness and mode. */
export interface LowerScope {
  readonly b: Builder;
  /** Rows of this batch: the N of the node's types. */
  readonly batch: number;
  /** False for evaluation, prediction and export: dropout passes, batch norm uses its running statistics. */
  readonly training: boolean;
  readonly goal: Goal;
  /** The types that `infer` saw, by port; several wires give several entries. */
  readonly inputTypes: readonly TensorType[];
  /** A declared weight or buffer in its declared shape (PyTorch's layout). */
  weight(name: string): Value;
  /** At the end of a training step the buffer takes this value. */
  updateBuffer(name: string, value: Value): void;
  /** Fresh numbers at each step, the same on every backend; each call is a stream of its own. */
  random(shape: Shape, distribution: 'uniform' | 'normal'): Value;
}

/**
 * What a loss over classes is given: one number per class (logits or log-probabilities), or one number for
 * yes against no (a logit or a probability). From it predictions become probabilities, and panels are chosen.
 */
export type ClassPrediction = 'logits' | 'log-probabilities' | 'logit' | 'probability';

/** A data source's promise to the graph, made before anything is loaded. */
export interface DataSource {
  /** Id of a dataset in `engine/data/datasets`; the node's parameters go with it. */
  readonly dataset: string;
  /** Megabytes fetched from the network at first use; left out by sets that need no network. */
  readonly downloadMegabytes?: number;
  /** `x` is a window of a text's tokens; what `y` asks for at each of its places: the token behind it, or the one that a mask hides. */
  readonly language?: 'next-token' | 'masked-tokens';
}

/** Thrown by `infer` when inputs do not fit. The checker adds the node and makes a sentence of it: words only, no full stop; give the numbers and the way out. */
export class ShapeError extends TextError {
  readonly code: string;
  /** Which input port is at fault, when one is. */
  readonly port: string | undefined;
  /** A machine-readable way out that the checker and the editor can offer. */
  readonly repair: Repair | undefined;
  constructor(text: Text, options: { code?: string; port?: string; repair?: Repair } = {}) {
    super(text);
    this.name = 'ShapeError';
    this.code = options.code ?? 'shape-mismatch';
    this.port = options.port;
    this.repair = options.repair;
  }
}
export type Repair =
  | { readonly kind: 'insert-node'; readonly type: string; readonly params?: Readonly<Record<string, ParamValue>>; readonly beforePort: string }
  | { readonly kind: 'set-param'; readonly param: string; readonly value: ParamValue }
  /** Take the parameter out of the record: there is none of this name. */
  | { readonly kind: 'remove-param'; readonly param: string }
  | { readonly kind: 'set-muted'; readonly muted: boolean }
  /** Let these nodes and blocks be trained by one of the optimizers; without one, by the one that reaches them. */
  | { readonly kind: 'set-trainer'; readonly nodes: readonly string[]; readonly optimizer?: string }
  | { readonly kind: 'remove-node' }
  | { readonly kind: 'remove-edge' } | { readonly kind: 'connect'; readonly port: string } | { readonly kind: 'add-node'; readonly type: string };

/** Independent numbers: normal around 0 with the standard deviation `scale`, or uniform between -`scale` and `scale`. */
export interface Latent {
  readonly distribution: 'normal' | 'uniform';
  readonly scale: number;
}

export interface NodeType<P extends object = Record<string, ParamValue>> {
  /** As documents name it, for example `Conv2D`. What it means changes only together with a migration of documents (`graph/migrations.ts`). */
  readonly type: string;
  readonly category: Category;
  readonly title: Text;
  /** One or two sentences: what it does and when to use it. */
  readonly summary: Text;
  /** Other names that people search for: "linear", "fully connected". */
  readonly synonyms: readonly string[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly params: ParamSpecs<P>;
  /** KaTeX source. */
  readonly maths?: { readonly forward: string; readonly backward?: string };
  /** Where it comes from: authors, title, year. */
  readonly source?: string;
  /** Types of the outputs, in port order. Throws ShapeError. `ins` has an entry per wire, in port order (absent optional ports: none). */
  infer(params: P, ins: readonly TensorType[]): readonly TensorType[];
  weights?(params: P, ins: readonly TensorType[]): Readonly<Record<string, WeightSpec>>;
  /** Emit IR; one Value per output port. Loss nodes give one f32 scalar: the mean over the batch, before the node's weight factor. */
  lower(scope: LowerScope, params: P, ins: readonly Value[]): readonly Value[];
  /** No gradient flows from its outputs to its inputs. */
  readonly stopsGradient?: boolean;
  /**
   * Its output is drawn, not computed. An exported model takes it as an input under the node's id; where a
   * question does not bring it, it is drawn in evaluation and prediction too.
   */
  readonly drawn?: true;
  /** Its output has this distribution, or is trained to have it: draws from it, in its place, make new samples. */
  latent?(params: P): Latent;
  /** Data sources only. */
  readonly data?: DataSource;
  /** Losses over classes only: what the numbers at `prediction` mean. A loss without it is about quantities. */
  classes?(params: P): ClassPrediction;
  /** Its result depends on which samples are in one batch, as it weighs them against each other: evaluated in batches of the training's size. */
  readonly comparesSamples?: boolean;
  /** The ONNX operators of its inference form; without it the exporter writes the lowering op by op. Returns the output names. */
  onnx?(scope: OnnxScope, params: P, ins: readonly string[]): readonly string[];
  /** The same layer as a line of each framework (module constructor or functional call). */
  readonly code: {
    pytorch(params: P, ins: readonly TensorType[]): string;
    /** How a module is called that does not just take its inputs in order: an expression of `layer` and the ports that are wired. */
    pytorchCall?(params: P, ins: readonly TensorType[]): string;
    keras(params: P, ins: readonly TensorType[]): string;
  };
  /** Small working examples: parameters and input types; the derived tests run each on every backend. */
  readonly examples: readonly { readonly params: Partial<P>; readonly inputs: readonly TensorType[] }[];
}

/**
 * The erased type under which the registry keeps all node types. Parameters are validated against
 * `params` (`validateParams`) before any call, and passed `as never`.
 */
export interface AnyNodeType extends Omit<NodeType<never>, 'params' | 'examples'> {
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly examples: readonly { readonly params: Readonly<Record<string, ParamValue | undefined>>; readonly inputs: readonly TensorType[] }[];
}

/** Keeps the parameter type while the file is written, for inference of `P`. */
export function defineNode<P extends object>(definition: NodeType<P>): NodeType<P> {
  return definition;
}
