/** A checked graph made ready to train: its weights laid out, and the rules of its optimizer, schedule and metrics looked up once. */
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { NodeId, ParamValue } from '../graph/document.ts';
import { type Arena, type ParameterLayout, layOutParameters } from '../graph/parameters.ts';
import type { OptimizerParams } from '../nodes/optimizer/optimizer-parts.ts';
import type { MetricValues, OptimizerStep } from '../protocol.ts';
import { type CheckedMetricRule, metricRule } from './metrics/index.ts';
import { addSums, type MetricResult, type Sums } from './metrics/metric-rule.ts';
import { optimizerRule } from './optimizers/index.ts';
import { scheduleRule } from './schedules/index.ts';

type Params = Readonly<Record<string, ParamValue>>;

export interface ModelMetric {
  readonly node: NodeId;
  readonly rule: CheckedMetricRule;
  readonly params: Params;
}

export interface ModelOptimizer {
  readonly node: NodeId;
  readonly rule: ReturnType<typeof optimizerRule>;
  readonly params: OptimizerParams & Params;
  readonly schedule: { readonly rule: ReturnType<typeof scheduleRule>; readonly params: Params } | undefined;
  /** The losses whose weighted sum it minimises. */
  readonly losses: readonly NodeId[];
  /** Those whose weights it changes. */
  readonly arenas: readonly Arena[];
  readonly turn: number;
  readonly every: number;
}

/** Whether an optimizer updates at `step`, counted from 1. */
export const actsAt = ({ every }: ModelOptimizer, step: number): boolean => step % every === 0;

/** Steps of one kind have one program: those at which the same optimizers act. */
export const stepKind = ({ optimizers }: TrainModel, step: number): string => optimizers.map((optimizer) => (actsAt(optimizer, step) ? 1 : 0)).join('');

export interface TrainModel {
  readonly graph: CheckedGraph;
  readonly layout: ParameterLayout;
  /** By their turns. */
  readonly optimizers: readonly ModelOptimizer[];
  readonly metrics: readonly ModelMetric[];
  /** Trained and frozen weights, buffers and padding aside. */
  readonly parameters: number;
}

export function trainModel(graph: CheckedGraph): TrainModel {
  const layout = layOutParameters(graph);
  return {
    graph,
    layout,
    optimizers: graph.optimizers.map(({ node, schedule, losses, turn, every }) => ({
      node: node.id,
      rule: optimizerRule(node.definition.type),
      // The checker has validated them against the optimizer's own specs, all of which have these.
      params: node.params as unknown as OptimizerParams & Params,
      schedule: schedule === undefined ? undefined : { rule: scheduleRule(schedule.definition.type), params: schedule.params },
      losses, arenas: layout.arenas.filter((arena) => arena.optimizer === node.id), turn, every,
    })),
    metrics: graph.metrics.map((node) => ({ node: node.id, rule: metricRule(node.definition.type), params: node.params })),
    parameters: layout.entries.reduce((sum, entry) => sum + (entry.buffer ? 0 : entry.count), 0),
  };
}

/** What has been added up over the batches of an epoch or an evaluation; plain JSON, for checkpoints. */
export interface Totals {
  readonly samples: number;
  /** Σ loss · samples, and the same of each loss node when there are several. */
  readonly loss: number;
  readonly losses: Readonly<Record<NodeId, number>>;
  readonly metrics: Readonly<Record<NodeId, Sums>>;
}
export const NO_TOTALS: Totals = { samples: 0, loss: 0, losses: {}, metrics: {} };

export function addTotals(model: TrainModel, a: Totals, b: Totals): Totals {
  const losses: Record<NodeId, number> = { ...a.losses };
  for (const [node, loss] of Object.entries(b.losses)) losses[node] = (losses[node] ?? 0) + loss;
  const metrics: Record<NodeId, Sums> = { ...a.metrics };
  for (const { node, rule } of model.metrics) {
    const one = a.metrics[node];
    const two = b.metrics[node];
    if (two !== undefined) metrics[node] = one === undefined ? two : (rule.merge ?? addSums)(one, two);
  }
  return { samples: a.samples + b.samples, loss: a.loss + b.loss, losses, metrics };
}

/** Each metric node's result over all the batches. */
export function metricResults(model: TrainModel, totals: Totals): { readonly node: NodeId; readonly result: MetricResult }[] {
  return model.metrics.flatMap(({ node, rule, params }) => {
    const sums = totals.metrics[node];
    return sums === undefined ? [] : [{ node, result: rule.result(params, sums) }];
  });
}

/** What a step event says of each optimizer. */
export function optimizerSteps(model: TrainModel, totals: Totals, step: number, rates: Readonly<Record<NodeId, number>>): Readonly<Record<NodeId, OptimizerStep>> {
  return Object.fromEntries(model.optimizers.map((optimizer) => [optimizer.node, { loss: minimised(optimizer, totals), learningRate: rates[optimizer.node] ?? 0, acted: actsAt(optimizer, step) }]));
}

/** The mean of what an optimizer minimises; where one loss is all there is, it has no sum of its own. */
const minimised = ({ losses }: ModelOptimizer, totals: Totals): number => losses.reduce((sum, loss) => sum + (totals.losses[loss] ?? totals.loss), 0) / totals.samples;

/** The name under which `metricValues` gives what an optimizer minimises. */
export const ownLoss = (model: TrainModel, optimizer: NodeId): string => (model.optimizers.length > 1 ? `${optimizer}.loss` : 'loss');

/** The mean loss and every metric, by the names that events carry. Two nodes that report one name carry their node's id in front. */
export function metricValues(model: TrainModel, totals: Totals): MetricValues {
  const results = metricResults(model, totals);
  const seen = new Map<string, number>();
  for (const { result } of results) for (const name of Object.keys(result.values)) seen.set(name, (seen.get(name) ?? 0) + 1);
  const values: Record<string, number> = { loss: totals.loss / totals.samples };
  for (const [node, loss] of Object.entries(totals.losses)) values[`${node}.loss`] = loss / totals.samples;
  if (model.optimizers.length > 1) {
    for (const optimizer of model.optimizers) values[ownLoss(model, optimizer.node)] = minimised(optimizer, totals);
  }
  for (const { node, result } of results) {
    for (const [name, value] of Object.entries(result.values)) values[(seen.get(name) ?? 0) > 1 || name === 'loss' ? `${node}.${name}` : name] = value;
  }
  return values;
}
