/**
 * A graph's training step in PyTorch: the code that the exporter writes, run and timed by a Python process which is
 * asked for so many steps at a time, so that its measurements can alternate with ours. Nothing else in Netloom needs Python.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { exportPytorchTraining } from '../../interop/code/pytorch.ts';
import { FormatError } from '../../interop/format-error.ts';
import { writeNpy } from '../../interop/npy.ts';
import type { StoredArray } from '../../interop/stored-array.ts';
import type { SampleArray } from '../../data/dataset.ts';
import { FailedError, InputError } from '../errors.ts';
import type { Prepared } from './prepare.ts';
import { TIMING_LOOP } from './timing-loop.ts';

/** Which Python, when the variable is not set: the first of this name on the PATH. */
const PYTHON_VARIABLE = 'NETLOOM_PYTHON';
const DEFAULT_PYTHON = 'python3';
/** Debian's PyTorch takes the BLAS that the system offers, whose threads may fight those of OpenMP: steps on two threads then take five times as long. This build of it is fair. */
const OPENMP_BLAS = '/usr/lib/x86_64-linux-gnu/openblas-openmp';

const python = (): string => {
  const named = process.env[PYTHON_VARIABLE];
  return named === undefined || named === '' ? DEFAULT_PYTHON : named;
};

function environment(threads: number): NodeJS.ProcessEnv {
  const { LD_LIBRARY_PATH: libraries } = process.env;
  return {
    ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads),
    ...(existsSync(OPENMP_BLAS) ? { LD_LIBRARY_PATH: libraries === undefined || libraries === '' ? OPENMP_BLAS : `${OPENMP_BLAS}:${libraries}` } : {}),
  };
}

const wayOut = `Install PyTorch and NumPy for it, or name another Python with the variable ${PYTHON_VARIABLE}. Everything else in Netloom works without Python.`;
const noPython = (cause: Error): FailedError => new FailedError(`There is no PyTorch to compare with: '${python()}' cannot be started. ${wayOut}`, { cause });
const noTorch = (): FailedError => new FailedError(`There is no PyTorch to compare with: '${python()}' has no torch or no numpy. ${wayOut}`);

/** Throws FailedError, with the way out, where there is no Python with PyTorch. */
export async function requireTorch(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(python(), ['-c', 'import numpy, torch'], { stdio: 'ignore', env: environment(1) });
    child.on('error', (error) => reject(noPython(error)));
    child.on('close', (status) => (status === 0 ? resolve() : reject(noTorch())));
  });
}

interface Ready {
  readonly version: string;
  /** `cpu`, or the GPU's name. */
  readonly device: string;
}

export interface TorchOptions {
  readonly threads: number;
  /** Processor time instead of the time that passes. */
  readonly cpuTime: boolean;
  /** On a GPU through CUDA where PyTorch finds one. */
  readonly gpu: boolean;
}

export class TorchProcess {
  readonly ready: Ready;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #replies: AsyncIterator<string>;
  readonly #folder: string;
  readonly #ended: Promise<FailedError>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, replies: AsyncIterator<string>, ended: Promise<FailedError>, folder: string, ready: Ready) {
    this.#child = child;
    this.#replies = replies;
    this.#ended = ended;
    this.#folder = folder;
    this.ready = ready;
  }

  /** With the same samples, batch and optimizers. Throws InputError where the graph cannot be written in PyTorch, FailedError where PyTorch does not run it. */
  static async start(prepared: Prepared, options: TorchOptions): Promise<TorchProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'netloom-torch-'));
    try {
      writeTask(folder, prepared, options);
      const child = spawn(python(), [join(folder, 'timing_loop.py'), folder], { stdio: ['pipe', 'pipe', 'pipe'], env: environment(options.threads) });
      const ended = endOf(child);
      const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const ready = await reply<Ready>(replies, ended);
      return new TorchProcess(child, replies, ended, folder, ready);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs so many steps and gives the milliseconds that they took. */
  async runSteps(steps: number): Promise<number> {
    this.#child.stdin.write(`${steps}\n`);
    return (await reply<{ readonly milliseconds: number }>(this.#replies, this.#ended)).milliseconds;
  }

  async dispose(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What became of the process, as the error that it is while an answer is awaited. */
function endOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<FailedError> {
  let errors = '';
  child.stderr.on('data', (text) => (errors += String(text)));
  // A process that ends early is told by its end, not by the pipe that it leaves behind.
  child.stdin.on('error', () => undefined);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(noPython(error)));
    child.on('close', (status, signal) => {
      if (/No module named '(torch|numpy)'/.test(errors)) resolve(noTorch());
      else resolve(new FailedError(`PyTorch did not run the graph: ${errors.trim().split('\n').at(-1) || `the process ended with ${signal ?? `code ${status}`} and said nothing`}`));
    });
  });
}

async function reply<T>(replies: AsyncIterator<string>, ended: Promise<FailedError>): Promise<T> {
  const line = await replies.next();
  if (line.done === true) throw await ended;
  return JSON.parse(line.value) as T;
}

const dtypes = new Map<unknown, StoredArray['dtype']>([[Float32Array, 'f32'], [Int32Array, 'i32'], [Uint8Array, 'u8']]);

/** The script, the samples and the settings, as files. */
function writeTask(folder: string, { graph, samples, batch, stride }: Prepared, options: TorchOptions): void {
  const { code, inputs } = torchCode(graph);
  writeFileSync(join(folder, 'model.py'), code);
  writeFileSync(join(folder, 'timing_loop.py'), TIMING_LOOP);
  const described = inputs.map(({ node, port, type }, i) => {
    if (node.definition.drawn === true) return { drawn: type.shape.map((dim) => (dim === 'N' ? batch : dim)) };
    const array: SampleArray | undefined = samples[node.id]?.[port];
    if (array === undefined) throw new Error(`The data has no samples for '${node.id}.${port}'.`);
    const { data, shape, scale = 1, shift = 0 } = array;
    const file = `${i}.npy`;
    writeFileSync(join(folder, file), writeNpy({ dtype: dtypes.get(data.constructor) ?? 'f32', shape, data }));
    return { file, integer: type.dtype === 'i32', scale, shift };
  });
  writeFileSync(join(folder, 'task.json'), JSON.stringify({ inputs: described, batch, stride, ...options }));
}

function torchCode(graph: Prepared['graph']): ReturnType<typeof exportPytorchTraining> {
  try {
    return exportPytorchTraining(graph);
  } catch (error) {
    if (error instanceof FormatError) throw new InputError(error.message);
    throw error;
  }
}
