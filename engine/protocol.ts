/** What a run tells the world: plain JSON objects, the same on a terminal, in a log file and between processes. */
import type { NodeId } from './graph/document.ts';

export type MetricValues = Readonly<Record<string, number>>;

export type RunEvent =
  /** What is going on, so that nothing spins for ever: "compiling", "loading mnist", "training". */
  | { readonly kind: 'phase'; readonly phase: 'loading' | 'compiling' | 'training' | 'evaluating' | 'saving' | 'paused' | 'stopped' | 'done'; readonly detail?: string }
  | { readonly kind: 'start'; readonly model: string; readonly backend: string; readonly device: string; readonly why: string; readonly parameters: number; readonly trainSamples: number; readonly testSamples: number; readonly batchSize: number; readonly epochs: number; readonly stepsPerEpoch: number; readonly seed: number }
  /** Loss before the step's update, at full float32 precision. `step` counts from 1 over the whole run. */
  | { readonly kind: 'step'; readonly step: number; readonly epoch: number; readonly loss: number; readonly learningRate: number }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly step: number; readonly train: MetricValues; readonly validation?: MetricValues; readonly test?: MetricValues; readonly seconds: number; readonly samplesPerSecond: number }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly path: string }
  | { readonly kind: 'tensor'; readonly step: number; readonly node: NodeId; readonly name: string; readonly shape: readonly number[]; readonly data: readonly number[] }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string; readonly node?: NodeId }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly node?: NodeId; readonly step?: number; readonly advice?: string };

/** What an engine can be asked while it trains. */
export type RunCommand =
  | { readonly kind: 'pause' } | { readonly kind: 'resume' } | { readonly kind: 'stop' } | { readonly kind: 'step' }
  | { readonly kind: 'learning-rate'; readonly value: number };
