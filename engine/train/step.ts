/**
 * The programs of a model: one training step, one batch of an evaluation, one batch of a prediction.
 * Batches are gathered on the device; the whole optimizer is IR over arenas; what changes from step
 * to step comes in as scalars.
 */
import { gradients } from '../autodiff/gradients.ts';
import type { CheckedNode } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import { type Goal, goalNodes, type Lowered, type LowerOptions, lowerGraph, shapeOf, sumOfLosses } from '../graph/lower.ts';
import { type Arena, arenaValue, type ParameterEntry } from '../graph/parameters.ts';
import type { PerChannel, SampleArray } from '../data/dataset.ts';
import type { TensorType } from '../nodes/node-type.ts';
import { clamp, clipFactor, globalNorm } from '../tensor/composites.ts';
import { Builder, type Operand } from '../tensor/builder.ts';
import { type DType, elementCount, makeProgram, type Program, type Value } from '../tensor/ir.ts';
import type { ModelOptimizer, TrainModel } from './model.ts';
import type { NamedValues } from './optimizers/optimizer-rule.ts';

/** A source's samples as the program has to know them: what is on the device, not the numbers. */
export type SampleLayouts = Readonly<Record<NodeId, Readonly<Record<string, SampleLayout>>>>;
export interface SampleLayout {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly scale: PerChannel;
  readonly shift: PerChannel;
}

export function sampleLayout(array: SampleArray): SampleLayout {
  const dtype = array.data instanceof Uint8Array ? 'u8' : array.data instanceof Int32Array ? 'i32' : 'f32';
  return { shape: array.shape, dtype, scale: array.scale ?? 1, shift: array.shift ?? 0 };
}

export const dataState = (split: string, node: NodeId, port: string): string => `data.${split}.${node}.${port}`;
export const momentState = (moment: string, arena: string): string => `moment.${moment}.${arena}`;
/** The input that feeds an optimizer's scalar for one arena. */
export const scalarInput = (arena: string, scalar: string): string => `${arena}.${scalar}`;
export const metricOutput = (node: NodeId, sum: string): string => `metric.${node}.${sum}`;
export const lossOutput = (node: NodeId): string => `loss.${node}`;
const predictionOutput = (node: NodeId): string => `prediction.${node}`;
/** What is left of a weight after decoupled decay: 1 − learning rate · weight decay. */
export const KEEP_SCALAR = 'keep';

/** A program over batches of one size, and what its metric sums need besides its outputs. */
export interface BatchProgram {
  readonly program: Program;
  readonly batch: number;
  /** By metric node: the sums that are known without computing. */
  readonly known: Readonly<Record<NodeId, Readonly<Record<string, number>>>>;
  /** By name in `program.outputs`: the node that an output predicts for. */
  readonly predictions: readonly { readonly node: NodeId; readonly output: string; readonly type: TensorType }[];
}

export interface Lowering {
  readonly b: Builder;
  readonly lowered: Lowered;
}

export interface LoweringOptions {
  readonly batch: number;
  readonly goal: Goal;
  /** Lower just what these nodes need, instead of what the goal needs. */
  readonly until?: readonly NodeId[];
  readonly brought?: ReadonlySet<NodeId>;
  readonly after?: LowerOptions['after'];
}

function lower(model: TrainModel, layouts: SampleLayouts, split: string, batch: number, goal: Goal): Lowering {
  const b = new Builder();
  return lowerModel(model, b, gathered(b, layouts, split, batch), { batch, goal });
}

/** A batch of each source's port, taken from the samples on the device by the input `index`. */
export function gathered(b: Builder, layouts: SampleLayouts, split: string, batch: number): LowerOptions['source'] {
  const index = b.input('index', [batch], 'i32');
  return (node: CheckedNode, port: string, type: TensorType): Value => {
    const layout = layouts[node.id]?.[port];
    if (layout === undefined) throw new Error(`Node '${node.label}' gives no samples at '${port}' in the ${split} data.`);
    const raw = b.gather(b.state(dataState(split, node.id, port), layout.shape, layout.dtype), index);
    const wanted = shapeOf(type, batch);
    if (elementCount(raw.shape) !== elementCount(wanted)) {
      throw new Error(`The ${split} data of node '${node.label}' has samples of shape [${layout.shape.slice(1).join(', ')}] at '${port}'; the graph was checked for [${wanted.slice(1).join(', ')}].`);
    }
    const shaped = b.reshape(raw, wanted);
    if (type.dtype === 'i32') return b.toI32(shaped);
    const scaled = layout.scale === 1 ? b.toF32(shaped) : b.mul(b.toF32(shaped), byChannel(b, layout.scale, wanted));
    return layout.shift === 0 ? scaled : b.add(scaled, byChannel(b, layout.shift, wanted));
  };
}

/** One number for all, or one for each index of axis 1. */
const byChannel = (b: Builder, numbers: PerChannel, { length: rank }: readonly number[]): Operand =>
  typeof numbers === 'number' ? numbers : b.literal(Float32Array.from(numbers), Array.from({ length: rank }, (_, axis) => (axis === 1 ? numbers.length : 1)));

/**
 * Evaluation and prediction draw with a seed of their own, the same in every run, so that two models are judged
 * by the same noise, and none by noise that it was trained on. "eval" in ASCII.
 */
const EVALUATION_SEED = 0x6576616c;

/** Random numbers come by the inputs `seed` (training only) and `step`: the step, or the number of the batch in its pass. */
export function lowerModel(model: TrainModel, b: Builder, source: LowerOptions['source'], { batch, goal, until, brought, after }: LoweringOptions): Lowering {
  const seed = goal === 'train' ? b.input('seed', [], 'i32') : b.constant(EVALUATION_SEED, [], 'i32');
  const lowered = lowerGraph(model.graph, {
    builder: b, layout: model.layout, batch, goal, source, seed, step: b.input('step', [], 'i32'), ...(until === undefined ? {} : { until }), ...(brought === undefined ? {} : { brought }), ...(after === undefined ? {} : { after }),
  });
  return { b, lowered };
}

type Losses = Lowered['losses'];

/** Loss and metric sums as outputs. `losses` are all that are trained, in the graph's order, when the lowering does not have them as they are wanted. */
export function reports(model: TrainModel, { b, lowered }: Lowering, losses: Losses = lowered.losses): { outputs: Map<string, Value>; known: Record<NodeId, Readonly<Record<string, number>>> } {
  const outputs = new Map<string, Value>();
  const known: Record<NodeId, Readonly<Record<string, number>>> = {};
  const total = losses === lowered.losses ? lowered.totalLoss : sumOfLosses(b, losses);
  if (total !== undefined) outputs.set('loss', total);
  if (losses.length > 1) for (const { node, value } of losses) outputs.set(lossOutput(node), value);
  for (const { node, rule, params } of model.metrics) {
    const metric = lowered.metrics.find((candidate) => candidate.node === node);
    const [prediction, target] = metric?.inputs ?? [];
    if (metric === undefined || prediction === undefined || target === undefined) continue;
    const sums = b.at(node, () => rule.sums(b, params, { prediction, target, types: metric.inputTypes }));
    known[node] = sums.known;
    for (const [name, value] of Object.entries(sums.device)) outputs.set(metricOutput(node, name), value);
  }
  return { outputs, known };
}

/**
 * One step of training: forward, backward, clipping, decay, update. Those of `acting` (all optimizers when left out)
 * that have one turn update at once; between turns the losses of the next are computed with the weights as they are
 * by then, and only what sees a new weight is computed again. Those that rest have their losses told, no more.
 */
export function trainingProgram(model: TrainModel, layouts: SampleLayouts, batch: number, acting: readonly ModelOptimizer[] = model.optimizers): BatchProgram {
  const { updates, reported: { outputs, known } } = trainingPasses(model, layouts, batch, acting);
  return { program: makeProgram(outputs, updates), batch, known, predictions: [] };
}

interface Passes {
  /** In the order in which they are computed: of each turn that of the acting optimizers, then a look at the losses of those that rest. */
  readonly passes: readonly Lowering[];
  readonly updates: readonly Update[];
  /** Metrics as the first pass has them, each loss as it was when its optimizer's turn came. */
  readonly reported: ReturnType<typeof reports>;
}

function trainingPasses(model: TrainModel, layouts: SampleLayouts, batch: number, acting: readonly ModelOptimizer[]): Passes {
  if (model.optimizers.length === 0 || model.graph.losses.length === 0) throw new Error('A graph without a loss and an optimizer cannot be trained.');
  const b = new Builder();
  const source = gathered(b, layouts, 'train', batch);
  const turns = [...new Set(model.optimizers.map(({ turn }) => turn))].map((turn) => model.optimizers.filter((optimizer) => optimizer.turn === turn));
  const isAlone = turns.length === 1 && acting.length === model.optimizers.length;
  const values = new Map<NodeId, Losses[number]>();
  const updates: Update[] = [];
  const passes: Lowering[] = [];
  /** The last pass that belongs to the step: looks at resting losses leave no trace. */
  let before: Lowering | undefined;
  let arenas: ReadonlyMap<string, Value> = new Map();
  /** The arenas that have changed since that pass. */
  let updated: ReadonlySet<string> = new Set();
  let reported: ReturnType<typeof reports> | undefined;
  const pass = (optimizers: readonly ModelOptimizer[]): Lowering => {
    const wanted = optimizers.flatMap(({ losses }) => losses);
    const lowering = lowerModel(model, b, source, {
      batch, goal: 'train',
      ...(isAlone ? {} : { until: passes.length === 0 ? firstGoals(model, wanted) : wanted }),
      ...(before === undefined ? {} : { after: { lowered: before.lowered, arenas, updated } }),
    });
    passes.push(lowering);
    if (isAlone) reported = reports(model, lowering);
    // A loss that several minimise is told as the first of them saw it.
    for (const loss of lowering.lowered.losses) if (wanted.includes(loss.node) && !values.has(loss.node)) values.set(loss.node, loss);
    return lowering;
  };
  for (const together of turns) {
    const busy = together.filter((optimizer) => acting.includes(optimizer));
    const resting = together.filter((optimizer) => !acting.includes(optimizer));
    const changed = new Map(arenas);
    if (busy.length > 0) {
      const lowering = pass(busy);
      before = lowering;
      updated = new Set();
      for (const optimizer of busy) {
        const own = optimizerUpdates(lowering, optimizer);
        updates.push(...own);
        if (together === turns.at(-1)) continue;
        // What comes after takes the new weights as they are, not as a function of the old ones.
        for (const arena of optimizer.arenas) changed.set(arena.name, b.detach(own.find(({ state }) => state.attrs.name === arena.name)!.value));
      }
    }
    if (resting.length > 0) pass(resting);
    arenas = changed;
    updated = new Set([...updated, ...busy.flatMap((optimizer) => optimizer.arenas.map(({ name }) => name))]);
  }
  const buffers = before?.lowered.bufferUpdate;
  if (buffers !== undefined) updates.push(buffers);
  reported ??= reports(model, passes[0]!, model.graph.losses.flatMap(({ node }) => values.get(node.id) ?? []));
  return { passes, updates, reported };
}

/** What the first of several passes computes: the losses of its turn, and all that is told besides losses. */
function firstGoals({ graph }: TrainModel, losses: readonly NodeId[]): NodeId[] {
  const later = new Set(graph.losses.map(({ node }) => node.id).filter((id) => !losses.includes(id)));
  return goalNodes(graph, 'train').filter((id) => !later.has(id));
}

/** Loss and metric sums of a batch in inference mode; changes nothing. */
export function evaluationProgram(model: TrainModel, layouts: SampleLayouts, split: string, batch: number): BatchProgram {
  const { outputs, known } = reports(model, lower(model, layouts, split, batch, 'evaluate'));
  return { program: makeProgram(outputs), batch, known, predictions: [] };
}

/** What the Output nodes get (or the prediction, in a graph without one), in inference mode. */
export function predictionProgram(model: TrainModel, layouts: SampleLayouts, split: string, batch: number): BatchProgram {
  const { lowered } = lower(model, layouts, split, batch, 'predict');
  const wanted = lowered.outputs.length > 0 ? lowered.outputs : lowered.prediction === undefined ? [] : [lowered.prediction];
  if (wanted.length === 0) throw new Error('The graph predicts nothing: it has no Output node and no loss whose prediction could stand in for one.');
  const predictions = wanted.map(({ node, type }) => ({ node, output: predictionOutput(node), type }));
  return { program: makeProgram(new Map(wanted.map(({ node, value }) => [predictionOutput(node), value]))), batch, known: {}, predictions };
}

/** The training step's forward passes with every node's outputs returned, to find where a number went wrong. Changes nothing. */
export function inspectionProgram(model: TrainModel, layouts: SampleLayouts, batch: number, acting: readonly ModelOptimizer[] = model.optimizers): BatchProgram & { readonly seen: readonly { readonly node: NodeId; readonly outputs: readonly string[] }[] } {
  const outputs = new Map<string, Value>();
  const seen: { node: NodeId; outputs: readonly string[] }[] = [];
  const known = new Set<Value>();
  for (const [pass, { lowered }] of trainingPasses(model, layouts, batch, acting).passes.entries()) {
    for (const [node, values] of lowered.values) {
      const names: string[] = [];
      values.forEach((value, i) => {
        if (value === undefined || value.dtype !== 'f32' || (pass > 0 && known.has(value))) return;
        known.add(value);
        const name = pass === 0 ? `${i}.${node}` : `${i}.${node}.${pass + 1}`;
        names.push(name);
        outputs.set(name, value);
      });
      if (pass === 0 || names.length > 0) seen.push({ node, outputs: names });
    }
  }
  return { program: makeProgram(outputs), batch, known: {}, predictions: [], seen };
}

interface Update {
  readonly state: Value<'state'>;
  readonly value: Value;
}

function optimizerUpdates({ b, lowered }: Lowering, optimizer: ModelOptimizer): Update[] {
  const { rule, params, arenas } = optimizer;
  const loss = sumOfLosses(b, lowered.losses.filter(({ node }) => optimizer.losses.includes(node)));
  if (loss === undefined) throw new Error(`Optimizer '${optimizer.node}' has no loss.`);
  const grads = arenaGradients(b, lowered, loss, arenas);
  return b.at(optimizer.node, () => {
    const clipped = clip(b, grads, params.clipValue, params.clipNorm);
    return arenas.flatMap((arena, i) => {
      const grad = clipped[i];
      if (grad === undefined) throw new Error(`Arena ${arena.name} has no gradient.`);
      const state = arenaValue(b, arena);
      const momentStates = rule.moments(params).map((name) => [name, b.state(momentState(name, arena.name), [arena.length])] as const);
      const scalars: NamedValues = Object.fromEntries(rule.scalarNames.map((name) => [name, b.input(scalarInput(arena.name, name), [])]));
      const decayed = withDecay(b, arena, state, grad, params.weightDecay, params.decayBiases, rule.decoupledDecay);
      const updated = rule.update(b, params, { ...decayed, moments: Object.fromEntries(momentStates), scalars });
      return [{ state, value: updated.theta }, ...momentStates.map(([name, moment]) => {
        const value = updated.moments[name];
        if (value === undefined) throw new Error(`The optimizer's rule leaves its moment '${name}' without a value.`);
        return { state: moment, value };
      })];
    });
  });
}

/** The gradient of each weight that an optimizer trains, by its key, from the one optimizer's losses: flat, in storage order. */
export function optimizerGradients(b: Builder, lowered: Lowered, { losses, arenas }: ModelOptimizer): { readonly entry: ParameterEntry; readonly gradient: Value }[] {
  const loss = sumOfLosses(b, lowered.losses.filter(({ node }) => losses.includes(node)));
  return loss === undefined ? [] : entryGradients(b, lowered, loss, arenas);
}

function entryGradients(b: Builder, lowered: Lowered, loss: Value, arenas: readonly Arena[]): { readonly entry: ParameterEntry; readonly gradient: Value }[] {
  const used = arenas.flatMap((arena) => arena.entries).flatMap((entry) => {
    const slice = lowered.weightSlices.get(entry.key);
    return slice === undefined ? [] : [{ entry, slice }];
  });
  const flat = gradients(b, loss, used.map(({ slice }) => slice));
  return used.flatMap(({ entry }, i) => (flat[i] === undefined ? [] : [{ entry, gradient: flat[i] }]));
}

/** The gradient of each arena as one vector: its weights' flat gradients end to end, padding zero. */
function arenaGradients(b: Builder, lowered: Lowered, loss: Value, arenas: readonly Arena[]): Value[] {
  const byKey = new Map(entryGradients(b, lowered, loss, arenas).map(({ entry, gradient }) => [entry.key, gradient]));
  return arenas.map((arena) => b.concat(arena.entries.map((entry) => {
    const gradient = byKey.get(entry.key);
    return gradient === undefined ? b.constant(0, [entry.padded]) : b.at(entry.node, () => b.pad(gradient, [0], [entry.padded - entry.count]));
  }), 0));
}

function clip(b: Builder, grads: readonly Value[], value: number | null, norm: number | null): readonly Value[] {
  const cut = value === null ? grads : grads.map((grad) => clamp(b, grad, -value, value));
  if (norm === null) return cut;
  const factor = clipFactor(b, globalNorm(b, cut), norm);
  return cut.map((grad) => b.mul(grad, factor));
}

function withDecay(b: Builder, arena: Arena, theta: Value, grad: Value, weightDecay: number, decayBiases: boolean, decoupled: boolean): { theta: Value; grad: Value } {
  if (weightDecay === 0) return { theta, grad };
  const everywhere = decayBiases || arena.decayed === arena.length;
  /** `inside` for weights that decay, `outside` for the biases and norm weights at the arena's end. */
  const choose = (inside: Value | number, outside: number): Value | number =>
    everywhere ? inside : b.select(b.less(b.iota([arena.length], 0), b.constant(arena.decayed, [arena.length], 'i32')), inside, outside);
  if (!decoupled) return { theta, grad: b.add(grad, b.mul(theta, choose(weightDecay, 0))) };
  return { theta: b.mul(theta, choose(b.input(scalarInput(arena.name, KEEP_SCALAR), []), 1)), grad };
}
