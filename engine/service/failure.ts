/** Why a request failed, in both languages: failures of the service's own, and what the engine throws brought into that form. */
import { BackendUnavailableError } from '../backends/select.ts';
import { DataError as DatasetError } from '../data/data-error.ts';
import type { NodeId } from '../graph/document.ts';
import type { Problem } from '../graph/problem.ts';
import { FormatError } from '../interop/format-error.ts';
import { type Text, TextError, textOf } from '../text.ts';
import type { EngineError } from '../protocol.ts';
import { CheckpointError } from '../train/checkpoint.ts';
import { DataError } from '../train/device-model.ts';
import { WeightsError } from '../train/weights.ts';

export const text = (en: string, zh: string): Text => ({ en, zh });

export class EngineFailure extends TextError {
  readonly error: EngineError;
  constructor(code: string, message: Text, more: { readonly node?: NodeId; readonly advice?: Text; readonly cause?: unknown } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'EngineFailure';
    this.error = { code, text: message, ...(more.node === undefined ? {} : { node: more.node }), ...(more.advice === undefined ? {} : { advice: more.advice }) };
  }
}

export const cancelled = (): EngineFailure => new EngineFailure('cancelled', text('Cancelled.', '已取消。'));

export function problemFailure(problem: Problem): EngineFailure {
  return new EngineFailure(problem.code, problem.text, problem.node === undefined ? {} : { node: problem.node });
}

/** The first thing that is wrong with a graph. */
export function graphFailure(problems: readonly Problem[]): EngineFailure {
  const first = problems.find(({ severity }) => severity === 'error');
  return first === undefined ? new EngineFailure('graph-faulty', text('The graph cannot be used.', '该图无法使用。')) : problemFailure(first);
}

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);

/** Full disks in Node's words, and in a browser's. */
const isDiskFull = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT' || (error instanceof Error && error.name === 'QuotaExceededError');

export function engineErrorOf(error: unknown): EngineError {
  if (error instanceof EngineFailure) return error.error;
  const message = textOf(error);
  const told = (code: string): EngineError => ({ code, text: message });
  if (error instanceof DatasetError) return told(error.code);
  if (error instanceof DataError) return told('data-mismatch');
  if (error instanceof CheckpointError) return told('checkpoint');
  if (error instanceof WeightsError) return told('weights');
  if (error instanceof FormatError) return told('format');
  if (error instanceof BackendUnavailableError) return told('backend-unavailable');
  if (isDiskFull(error)) return { code: 'disk-full', text: text(`There is no room left to write: ${message.en}`, `存储空间不足，无法写入：${message.zh}`), advice: text('Free some space, or remove old runs, and go on.', '请清理空间或删除旧的运行后继续。') };
  if (error instanceof Error && error.name === 'AbortError') return cancelled().error;
  // What is left and knows both languages was meant to be read: too little memory, a file in another window's hands.
  if (error instanceof TextError) return told('refused');
  return { code: 'internal', text: text(`Something in the engine went wrong: ${message.en}`, `引擎内部出错：${message.zh}`) };
}
