/**
 * What comes over the wire is read, not trusted: each request's parameters are taken apart and put
 * together again, so that whatever a sender makes up ends in a failure of its request and nowhere else.
 */
import type { GraphDoc } from '../graph/document.ts';
import { parseDocument } from '../graph/parse.ts';
import type { BackendName, EngineMethod, EngineMethods, RunCommand, TensorData } from '../protocol.ts';
import { textOf } from '../text.ts';
import { EngineFailure, problemFailure, text } from './failure.ts';

const MAX_THREADS = 64;
const MAX_INDICES = 100_000;
const MAX_NAMES = 10_000;
/** Tokens, temperature and sentences of one question. */
const MAX_WRITTEN = 100_000;
const MAX_TEMPERATURE = 100;
const MAX_SENTENCES = 100;
const RUN_ID = /^[A-Za-z0-9-]{1,80}$/;

function refuse(en: string, zh: string): never {
  throw new EngineFailure('bad-request', text(`The request cannot be understood: ${en}.`, `无法理解该请求：${zh}。`));
}

type Fields = Readonly<Record<string, unknown>>;
function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return refuse('its parameters must be an object', '其参数必须是一个对象');
  return Object.fromEntries(Object.entries(value));
}
function textAt(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' && value.length <= 4096 ? value : refuse(`'${name}' must be a text`, `“${name}”必须是文本`);
}
function runAt(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' && RUN_ID.test(value) ? value : refuse(`'${name}' must name a run by letters, digits and '-'`, `“${name}”必须用字母、数字和“-”指明一个运行`);
}
function wholeAt(fields: Fields, name: string, most: number): number {
  const value = fields[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : refuse(`'${name}' must be a whole number from 0 to ${most}`, `“${name}”必须是 0 到 ${most} 的整数`);
}
function numberAt(fields: Fields, name: string, most: number): number {
  const value = fields[name];
  return typeof value === 'number' && value >= 0 && value <= most ? value : refuse(`'${name}' must be a number from 0 to ${most}`, `“${name}”必须是 0 到 ${most} 的数`);
}
const flagAt = (fields: Fields, name: string): boolean => {
  const value = fields[name];
  return value === undefined || typeof value === 'boolean' ? value === true : refuse(`'${name}' must be true or false`, `“${name}”必须是 true 或 false`);
};
function oneOf<T extends string>(fields: Fields, name: string, choices: readonly T[]): T {
  const value = fields[name];
  return choices.find((choice) => choice === value) ?? refuse(`'${name}' must be one of ${choices.join(', ')}`, `“${name}”必须是以下之一：${choices.join('、')}`);
}
function namesAt(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  if (value === undefined) return [];
  return Array.isArray(value) && value.length <= MAX_NAMES && value.every((item) => typeof item === 'string') ? value : refuse(`'${name}' must be a list of names`, `“${name}”必须是名称列表`);
}

/** A document from the wire is as strange as one from a file, and goes through the same hands. */
function docAt(fields: Fields): GraphDoc {
  let json: string | undefined;
  try {
    json = JSON.stringify(fields['doc']);
  } catch (error) {
    const why = textOf(error);
    return refuse(`'doc' is no plain data (${why.en})`, `“doc”不是普通数据（${why.zh}）`);
  }
  const { doc, problem } = parseDocument(json ?? '');
  if (problem !== undefined) throw problemFailure(problem);
  return doc;
}

function tensorOf(value: unknown, name: string): TensorData {
  const { shape, data } = fieldsOf(value);
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every((n) => typeof n === 'number' && Number.isInteger(n) && n >= 0)) return refuse(`the shape of '${name}' must be a list of whole numbers`, `“${name}”的形状必须是整数列表`);
  if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array)) return refuse(`the data of '${name}' must be a Float32Array, Int32Array or Uint8Array`, `“${name}”的数据必须是 Float32Array、Int32Array 或 Uint8Array`);
  const sizes = shape.map(Number);
  const count = sizes.reduce((product, n) => product * n, 1);
  return count === data.length ? { shape: sizes, data } : refuse(`'${name}' holds ${data.length} numbers, but its shape [${sizes.join(', ')}] has ${count}`, `“${name}”有 ${data.length} 个数，但其形状 [${sizes.join(', ')}] 需要 ${count} 个`);
}

function commandOf(value: unknown): RunCommand {
  const fields = fieldsOf(value);
  const kind = oneOf(fields, 'kind', ['pause', 'resume', 'stop', 'step', 'learning-rate']);
  if (kind !== 'learning-rate') return { kind };
  const { value: rate, optimizer } = fields;
  return typeof rate === 'number' && Number.isFinite(rate) && rate >= 0 ? { kind, value: rate, ...(optimizer === undefined ? {} : { optimizer: String(optimizer) }) } : refuse(`a learning rate must be a number of at least 0, not ${String(rate)}`, `学习率必须是不小于 0 的数，而不是 ${String(rate)}`);
}

const BACKENDS: readonly BackendName[] = ['auto', 'webgpu', 'wasm', 'reference'];
const SPLITS = ['train', 'test'] as const;
const nothing = (): Record<string, never> => ({});
const runAlone = (fields: Fields): { readonly run: string } => ({ run: runAt(fields, 'run') });

const readers: { readonly [M in EngineMethod]: (fields: Fields) => EngineMethods[M]['params'] } = {
  info: nothing,
  runs: nothing,
  train: (fields) => ({
    run: runAt(fields, 'run'), doc: docAt(fields), backend: oneOf(fields, 'backend', BACKENDS),
    resume: flagAt(fields, 'resume'), startPaused: flagAt(fields, 'startPaused'),
    ...(fields['threads'] === undefined ? {} : { threads: Math.max(1, wholeAt(fields, 'threads', MAX_THREADS)) }),
    ...(fields['initFrom'] === undefined ? {} : { initFrom: runAt(fields, 'initFrom') }),
    ...(flagAt(fields, 'halfPrecision') ? { halfPrecision: true } : {}),
  }),
  command: (fields) => ({ run: runAt(fields, 'run'), command: commandOf(fields['command']) }),
  close: runAlone,
  forget: runAlone,
  history: runAlone,
  samples: (fields) => {
    const indices = fields['indices'];
    if (!Array.isArray(indices) || indices.length > MAX_INDICES || !indices.every((i) => typeof i === 'number' && Number.isInteger(i) && i >= 0)) return refuse(`'indices' must be a list of at most ${MAX_INDICES} whole numbers`, `“indices”必须是至多 ${MAX_INDICES} 个整数的列表`);
    return { doc: docAt(fields), node: textAt(fields, 'node'), split: oneOf(fields, 'split', SPLITS), indices: indices.map(Number) };
  },
  predict: (fields) => ({ run: runAt(fields, 'run'), inputs: Object.fromEntries(Object.entries(fieldsOf(fields['inputs'])).map(([node, tensor]) => [node, tensorOf(tensor, node)])) }),
  write: (fields) => ({
    run: runAt(fields, 'run'), prompt: textAt(fields, 'prompt'), length: wholeAt(fields, 'length', MAX_WRITTEN), temperature: numberAt(fields, 'temperature', MAX_TEMPERATURE),
    topK: wholeAt(fields, 'topK', Number.MAX_SAFE_INTEGER), seed: wholeAt(fields, 'seed', Number.MAX_SAFE_INTEGER),
  }),
  fill: (fields) => {
    const sentences = namesAt(fields, 'sentences');
    return sentences.length <= MAX_SENTENCES && sentences.every((sentence) => sentence.length <= 4096) ? { run: runAt(fields, 'run'), sentences, examples: wholeAt(fields, 'examples', MAX_SENTENCES) } : refuse(`'sentences' must be at most ${MAX_SENTENCES} sentences of at most 4096 characters`, `“sentences”最多为 ${MAX_SENTENCES} 个句子，每句至多 4096 个字符`);
  },
  evaluate: (fields) => ({ run: runAt(fields, 'run'), split: oneOf(fields, 'split', SPLITS) }),
  inspect: (fields) => ({
    run: runAt(fields, 'run'), featureMaps: namesAt(fields, 'featureMaps'), gradients: flagAt(fields, 'gradients'),
    ...(fields['maps'] === undefined ? {} : { maps: wholeAt(fields, 'maps', 4096) }),
    ...(fields['sample'] === undefined ? {} : { sample: wholeAt(fields, 'sample', Number.MAX_SAFE_INTEGER) }),
  }),
  costs: (fields) => ({ doc: docAt(fields) }),
  export: (fields) => ({ run: runAt(fields, 'run'), format: oneOf(fields, 'format', ['onnx', 'safetensors', 'npz', 'pytorch']) }),
  code: (fields) => ({ doc: docAt(fields), framework: oneOf(fields, 'framework', ['pytorch']) }),
};

export const isMethod = (name: unknown): name is EngineMethod => typeof name === 'string' && Object.hasOwn(readers, name);

/** Throws EngineFailure. */
export function readParams<M extends EngineMethod>(method: M, params: unknown): EngineMethods[M]['params'] {
  return readers[method](fieldsOf(params ?? {}));
}
