/**
 * `netloom bench`: how long a training step takes once everything is warm, and what it costs to get
 * there. One process per model, so that peak memory and compile time are the model's own.
 */
import { spawn } from 'node:child_process';
import type { Backend, Feeds } from '../../backends/backend.ts';
import { Random } from '../../data/random.ts';
import type { CheckedGraph } from '../../graph/checked-graph.ts';
import { type CompiledBatch, DeviceModel, splitOf } from '../../train/device-model.ts';
import { learningRates, optimizerFeeds } from '../../train/learning-rate.ts';
import { trainModel } from '../../train/model.ts';
import type { GraphData } from '../../train/run-contract.ts';
import { initialTensors } from '../../train/weights.ts';
import { backendFlags, backendRequest, openBackend } from '../backend.ts';
import { type FlagValues, defineCommand } from '../command.ts';
import { EXIT, type ExitCode, FailedError, InputError } from '../errors.ts';
import { requireChecked, requireGraph } from '../graphs.ts';
import { dataContext, loadGraphData } from '../load-data.ts';
import { syntheticData } from '../synthetic.ts';
import type { Terminal } from '../terminal.ts';
import { formatTable } from '../text.ts';

/** The two that speed is judged by. */
const DEFAULT_MODELS = ['mnist-mlp', 'mnist-cnn'];
const DEFAULT_BATCH = 128;
const DEFAULT_REPEATS = 7;
/** Each repeat takes about this long unless --steps says how many steps it has. */
const REPEAT_MS = 400;
/** Long enough for V8 to have replaced its quick code by the fast one. */
const WARM_UP_MS = 600;
/** Steps in one submission. Training sends several, too. */
const SUBMISSION = 8;
/** Samples when the data is made up: as many as MNIST has, so that gathers miss the caches as they would. */
const SYNTHETIC_SAMPLES = 60_000;

export interface BenchLine {
  readonly model: string;
  /** Median over the repeats; with `min` and `max`, milliseconds per step. */
  readonly ms_per_step: number;
  readonly min: number;
  readonly max: number;
  readonly threads: number;
  readonly backend: string;
  readonly device: string;
  /** Peak resident memory of the process, in MB of a million bytes. */
  readonly rss_mb: number;
  readonly batch: number;
  /** From a checked graph to the first step's result: compile included. */
  readonly first_step_ms: number;
  readonly compile_ms: number;
  readonly kernels: number;
  readonly code_bytes: number;
  readonly arena_bytes: number;
  readonly steps: number;
  readonly repeats: number;
  /** `real`, or `synthetic`: made-up samples of the same shapes. */
  readonly data: 'real' | 'synthetic';
}

const flags = {
  json: { kind: 'switch', help: 'A line of JSON per model.' },
  batch: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: `Samples per step; ${DEFAULT_BATCH} when left out.` },
  steps: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: `Steps per repeat; as many as take about ${REPEAT_MS} ms when left out.` },
  profile: { kind: 'switch', help: 'Instead: the time of every kernel on one CPU thread, longest first, with GFLOP/s for products and convolutions.' },
  repeats: { kind: 'integer', value: 'N', min: 1, max: 1000, help: `How often the time is taken; ${DEFAULT_REPEATS} when left out.` },
  datasets: { kind: 'text', value: 'DIR|URL', help: 'Where the real data lies (or the variable NETLOOM_DATASETS). Nothing is downloaded.' },
  ...backendFlags,
} as const;
type BenchFlags = FlagValues<typeof flags>;

export const benchCommand = defineCommand({
  name: 'bench',
  summary: 'Measure the time of a training step.',
  description: 'Steady state, batch gather included, after a warm-up; the median, the least and the most of several repeats. Uses the real data where it is at hand, else made-up samples of the same shapes, and says which.',
  positionals: [{ name: 'graph', help: `templates or files; ${DEFAULT_MODELS.join(' and ')} when left out`, optional: true, many: true }],
  flags,
  examples: ['netloom bench', 'netloom bench mnist-cnn --threads 1 --json', 'netloom bench mnist-cnn --profile'],
  async run({ positionals, flags: given }, terminal) {
    const models = positionals.length > 0 ? positionals : DEFAULT_MODELS;
    // Names are checked first: a mistyped one should not cost the time of the others.
    for (const model of models) requireChecked(requireGraph(model).doc, model, { forTraining: true }, () => undefined);
    if (given.profile) {
      for (const model of models) await profile(model, given, terminal);
      return EXIT.done;
    }
    const [only] = models;
    const lines = models.length === 1 && only !== undefined ? [await measure(only, given)] : await measureApart(models, given, terminal);
    if (given.json) for (const line of lines) terminal.out(JSON.stringify(line));
    else for (const line of benchTable(lines)) terminal.out(line);
    return EXIT.done satisfies ExitCode;
  },
});

/** A process of its own for each model, one after the other. */
async function measureApart(models: readonly string[], given: BenchFlags, terminal: Terminal): Promise<BenchLine[]> {
  const passed = Object.entries(given).flatMap(([name, value]) => (typeof value === 'boolean' || value === undefined ? [] : [`--${name}`, String(value)]));
  const lines: BenchLine[] = [];
  for (const model of models) {
    terminal.status(`measuring ${model} …`);
    lines.push(await new Promise<BenchLine>((resolve, reject) => {
      const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'bench', '--json', ...passed, '--', model], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      let errors = '';
      child.stdout.on('data', (text) => (output += String(text)));
      child.stderr.on('data', (text) => (errors += String(text)));
      child.on('error', reject);
      child.on('close', (status) => {
        if (status === EXIT.done) resolve(JSON.parse(output) as BenchLine);
        else if (status === EXIT.wrongInput) reject(new InputError(`${model}: ${errors.trim()}`));
        else reject(new FailedError(`${model}: ${errors.trim() || 'the benchmark ended without a result'}`));
      });
    }));
  }
  terminal.status('');
  return lines;
}

interface Prepared {
  readonly backend: Backend;
  readonly device: DeviceModel;
  readonly compiled: CompiledBatch;
  readonly batch: number;
  readonly data: BenchLine['data'];
  readonly started: number;
  readonly compileMs: number;
  /** Runs so many steps and gives the milliseconds that they took. */
  runSteps(wanted: number): Promise<number>;
}

function leastCommonMultiple(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return (a / larger) * b;
}

async function prepare(name: string, given: BenchFlags): Promise<Prepared> {
  const { doc } = requireGraph(name);
  const batch = given.batch ?? DEFAULT_BATCH;
  const graph = requireChecked({ ...doc, training: { ...doc.training, batchSize: batch } }, name, { forTraining: true }, () => undefined);
  const { data, kind } = await benchData(graph, given);
  const { backend } = await openBackend(given.profile ? { backend: 'wasm', threads: 1, profile: true } : backendRequest(given));
  const started = performance.now();
  const model = trainModel(graph);
  const samples = splitOf(data, 'train');
  if (samples === undefined) throw new Error('The data has no training samples.');
  const device = new DeviceModel(model, backend, { train: samples });
  await device.writeTensors({ weights: initialTensors(model.layout, 1), moments: {} });
  const compileStarted = performance.now();
  // The step that costs most: the one at which all optimizers act.
  const stride = model.optimizers.reduce((steps, { every }) => leastCommonMultiple(steps, every), 1);
  const compiled = await device.training(batch, stride);
  const compileMs = performance.now() - compileStarted;

  const count = Object.values(Object.values(samples)[0] ?? {})[0]?.shape[0] ?? batch;
  const random = new Random(1);
  const scalars = optimizerFeeds(model);
  let step = 0;
  const feeds = (): Feeds => {
    const rates = learningRates(model, { step, epoch: 0, totalSteps: 1e6, totalEpochs: 1e3, optimizers: {} });
    step++;
    return { index: Int32Array.from({ length: batch }, () => random.below(count)), seed: 1, step, ...scalars(stride * step, rates) };
  };
  const runSteps = async (wanted: number): Promise<number> => {
    const from = performance.now();
    for (let done = 0; done < wanted; done += SUBMISSION) await compiled.run(Array.from({ length: Math.min(SUBMISSION, wanted - done) }, feeds));
    return performance.now() - from;
  };
  return { backend, device, compiled, batch, data: kind, started, compileMs, runSteps };
}

/** The kernels of a step, longest first. */
async function profile(name: string, given: BenchFlags, terminal: Terminal): Promise<void> {
  const { backend, device, compiled, batch, runSteps } = await prepare(name, given);
  for (const until = performance.now() + WARM_UP_MS; performance.now() < until; ) await runSteps(1);
  compiled.executable.profile?.();
  const steps = given.steps ?? Math.max(2, Math.ceil(REPEAT_MS / (await runSteps(1))));
  await runSteps(steps);
  const kernels = [...(compiled.executable.profile?.() ?? [])].sort((a, b) => b.milliseconds - a.milliseconds);
  const total = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  if (given.json) {
    for (const kernel of kernels) terminal.out(JSON.stringify({ model: name, kernel: kernel.name, nodes: kernel.origins, ms: round(kernel.milliseconds), share: round(kernel.milliseconds / total), operations: kernel.operations }));
  } else {
    terminal.out(`${name}, batch ${batch}, one thread: ${total.toFixed(2)} ms per step`);
    for (const line of formatTable([
      ['ms', 'share', 'GFLOP/s', 'kernel'],
      ...kernels.map((kernel) => [kernel.milliseconds.toFixed(3), `${((100 * kernel.milliseconds) / total).toFixed(1)} %`, kernel.operations === 0 ? '' : (kernel.operations / kernel.milliseconds / 1e6).toFixed(1), kernel.name]),
    ])) terminal.out(line);
  }
  await device.dispose();
  await backend.dispose();
}

async function measure(name: string, given: BenchFlags): Promise<BenchLine> {
  const { backend, device, compiled, batch, data: kind, started, compileMs, runSteps } = await prepare(name, given);
  await runSteps(1);
  const firstStepMs = performance.now() - started;
  let warm = 0;
  let msPerStep = 0;
  for (const until = performance.now() + WARM_UP_MS; performance.now() < until || warm < 2; warm++) msPerStep = (await runSteps(SUBMISSION)) / SUBMISSION;
  const steps = given.steps ?? Math.max(2, Math.ceil(REPEAT_MS / msPerStep / SUBMISSION) * SUBMISSION);
  const times: number[] = [];
  for (let repeat = 0; repeat < (given.repeats ?? DEFAULT_REPEATS); repeat++) times.push((await runSteps(steps)) / steps);
  times.sort((a, b) => a - b);
  const { stats } = compiled.executable;
  const line: BenchLine = {
    model: name, ms_per_step: round(median(times)), min: round(times[0] ?? 0), max: round(times.at(-1) ?? 0),
    threads: threadsOf(backend), backend: backend.name, device: backend.device, rss_mb: Math.round(peakResidentBytes() / 1e5) / 10, batch,
    first_step_ms: Math.round(firstStepMs), compile_ms: Math.round(compileMs), kernels: stats.kernels, code_bytes: stats.codeBytes, arena_bytes: stats.arenaBytes,
    steps, repeats: times.length, data: kind,
  };
  await device.dispose();
  await backend.dispose();
  return line;
}

/** The real data when a folder or the cache has it. The first attempt to ask the network ends the search. */
async function benchData(graph: CheckedGraph, given: BenchFlags): Promise<{ data: GraphData; kind: BenchLine['data'] }> {
  const offline = new AbortController();
  const context = dataContext({ seed: 1, datasets: given.datasets, signal: offline.signal });
  const fetch = async (): Promise<never> => {
    offline.abort();
    throw new Error('a benchmark downloads nothing');
  };
  try {
    return { data: await loadGraphData(graph, undefined, { ...context, platform: { ...context.platform, fetch } }), kind: 'real' };
  } catch (error) {
    if (!offline.signal.aborted) throw error;
    return { data: syntheticData(graph, SYNTHETIC_SAMPLES, 1), kind: 'synthetic' };
  }
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

function median(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** The device's own words hold the number of threads: "CPU · 2 threads". */
function threadsOf(backend: Backend): number {
  const count = /(\d+) threads?\b/.exec(backend.device)?.[1];
  return count === undefined ? 1 : Number(count);
}

function peakResidentBytes(): number {
  // Kilobytes on every system that Node runs on.
  return process.resourceUsage().maxRSS * 1024;
}

function benchTable(lines: readonly BenchLine[]): string[] {
  return formatTable([
    ['model', 'ms/step', 'min', 'max', 'batch', 'images/s', 'backend', 'threads', 'MB', 'first step ms', 'kernels', 'data'],
    ...lines.map((line) => [line.model, line.ms_per_step.toFixed(3), line.min.toFixed(3), line.max.toFixed(3), String(line.batch), Math.round((1000 * line.batch) / line.ms_per_step).toLocaleString('en-US'), line.backend, String(line.threads), line.rss_mb.toFixed(1), String(line.first_step_ms), String(line.kernels), line.data]),
  ]);
}
