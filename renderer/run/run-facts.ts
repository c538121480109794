/** What can be said of a run from its record alone: whether it can go on, how far it is, how long it will take. */
import type { GraphDoc, NodeId } from '../../engine/graph/document.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { type RunRecord, isLive } from './run-store.ts';

/** `training.epochs` is only a wish until the engine has counted the samples. */
export const totalSteps = (record: RunRecord): number | undefined => record.reply?.totalSteps ?? (record.started === undefined ? undefined : record.started.epochs * record.started.stepsPerEpoch);
export const stepsPerEpoch = (record: RunRecord): number | undefined => record.reply?.stepsPerEpoch ?? record.started?.stepsPerEpoch;

/** Cut off or stopped before its end, with at least one step done. */
export function canContinue(record: RunRecord): boolean {
  if (record.phase !== 'interrupted' && record.phase !== 'stopped') return false;
  const total = totalSteps(record);
  return record.step > 0 && (total === undefined || record.step < total);
}

/** 0 to 1; undefined before it is known how long the run is. */
export function shareDone(record: RunRecord): number | undefined {
  const total = totalSteps(record);
  return total === undefined || total === 0 ? undefined : Math.min(1, record.step / total);
}

export interface TimeLeft {
  /** Seconds. */
  readonly epoch: number;
  readonly all: number;
}
export function timeLeft(record: RunRecord): TimeLeft | undefined {
  const total = totalSteps(record);
  const perEpoch = stepsPerEpoch(record);
  if (total === undefined || perEpoch === undefined || record.samplesPerSecond === undefined || record.samplesPerSecond <= 0 || !isLive(record.phase)) return undefined;
  const stepsPerSecond = record.samplesPerSecond / (record.started?.batchSize ?? record.doc.training.batchSize);
  const inEpoch = record.step % perEpoch;
  const left = Math.max(0, total - record.step);
  return { epoch: Math.min(left, perEpoch - inEpoch) / stepsPerSecond, all: left / stepsPerSecond };
}

export interface OptimizerFacts {
  readonly id: NodeId;
  readonly name: string;
  readonly learningRate: number;
}

/** The optimizers of a graph with their learning rates, in the order of their nodes. */
export function optimizersOf(doc: GraphDoc): readonly OptimizerFacts[] {
  return Object.entries(doc.nodes).flatMap(([id, node]): OptimizerFacts[] => {
    const type = nodeType(node.type);
    if (type?.category !== 'optimizer' || node.muted === true) return [];
    const spec: unknown = type.params['learningRate'];
    const initial = typeof spec === 'object' && spec !== null && 'default' in spec ? spec.default : undefined;
    const value = node.params['learningRate'] ?? initial;
    return typeof value === 'number' ? [{ id, name: node.label ?? id, learningRate: value }] : [];
  });
}

/** The rate before any schedule: set by hand, or the optimizer's own. Undefined for one that the run does not have. */
export const baseRate = (record: RunRecord, optimizer: NodeId): number | undefined => record.ratesByHand[optimizer] ?? optimizersOf(record.doc).find(({ id }) => id === optimizer)?.learningRate;
/** What the schedule made of it at the last step. */
export const rateNow = (record: RunRecord, optimizer: NodeId): number | undefined => record.learningRates?.[optimizer] ?? (record.learningRates === undefined ? record.learningRate : undefined) ?? baseRate(record, optimizer);
