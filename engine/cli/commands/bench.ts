/**
 * `netloom bench`: how long a training step takes once everything is warm, what it costs to get there, where the time
 * goes, and how that compares with PyTorch. One process per model, so that peak memory and compile time are the model's own.
 */
import { spawn } from 'node:child_process';
import { newerNodeGain } from '../../platform/node-switches.ts';
import { backendFlags, backendRequest } from '../backend.ts';
import { HELD_OUT } from '../bench/held-out.ts';
import { type BenchLine, benchTable, measure } from '../bench/measure.ts';
import { type BenchGraph, type PrepareOptions, REPEAT_MS } from '../bench/prepare.ts';
import { profile } from '../bench/profile.ts';
import { requireTorch } from '../bench/torch-process.ts';
import { type Comparison, type Failure, compareWithTorch, comparisonTable } from '../bench/versus-torch.ts';
import { type FlagValues, defineCommand } from '../command.ts';
import { EXIT, type ExitCode, FailedError, InputError } from '../errors.ts';
import { requireChecked, requireGraph } from '../graphs.ts';
import { didYouMean } from '../nearest.ts';
import type { Terminal } from '../terminal.ts';

/** Those that speed is judged by: a perceptron, convolutions, recurrence, attention. */
const DEFAULT_MODELS = ['mnist-mlp', 'mnist-cnn', 'mnist-lstm', 'mnist-vit'];
const DEFAULT_BATCH = 128;
const DEFAULT_REPEATS = 7;

const flags = {
  json: { kind: 'switch', help: 'A line of JSON per model.' },
  batch: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: `Samples per step; ${DEFAULT_BATCH} when left out.` },
  steps: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: `Steps per repeat; as many as take about ${REPEAT_MS} ms when left out.` },
  repeats: { kind: 'integer', value: 'N', min: 1, max: 1000, help: `How often the time is taken; ${DEFAULT_REPEATS} when left out.` },
  'vs-torch': { kind: 'switch', help: "Instead: against PyTorch's time for the same step, taken in turns. Needs a python3 with torch, or one that the variable NETLOOM_PYTHON names." },
  'held-out': { kind: 'switch', help: 'Networks of other shapes with made-up data, instead of templates and files; a name picks one of them.' },
  profile: { kind: 'switch', help: "Instead: the time of every kernel on one CPU thread, or on as many as --threads says with what they wait for each other, longest first, with GFLOP/s for products and convolutions, GB/s for others, and the share of this machine's peak that this is." },
  'cpu-time': { kind: 'switch', help: 'Processor time on one thread instead of the time that passes: for a machine that is busy with other things.' },
  datasets: { kind: 'text', value: 'DIR|URL', help: 'Where the real data lies (or the variable NETLOOM_DATASETS). Nothing is downloaded.' },
  ...backendFlags,
} as const;
type BenchFlags = FlagValues<typeof flags>;

export const benchCommand = defineCommand({
  name: 'bench',
  summary: 'Measure the time of a training step.',
  description: 'Steady state, batch gather included, after a warm-up; the median, the least and the most of several repeats. Uses the real data where it is at hand, else made-up samples of the same shapes, and says which.',
  positionals: [{ name: 'graph', help: `templates or files; ${DEFAULT_MODELS.join(', ')} when left out`, optional: true, many: true }],
  flags,
  examples: ['netloom bench', 'netloom bench mnist-cnn --threads 1 --json', 'netloom bench mnist-cnn --profile', 'netloom bench --vs-torch', 'netloom bench --vs-torch --held-out'],
  async run({ positionals, flags: given }, terminal) {
    if (given.profile && given['vs-torch']) throw new InputError('--profile and --vs-torch exclude each other.');
    if (given['cpu-time'] && (given.threads ?? 1) !== 1) throw new InputError('--cpu-time measures one thread; leave --threads out.');
    // Names are checked first: a mistyped one should not cost the time of the others.
    const graphs = chosenGraphs(positionals, given);
    const [only] = graphs;
    const repetition = { steps: given.steps, repeats: given.repeats ?? DEFAULT_REPEATS };
    if (given.profile) {
      for (const graph of graphs) await profile(graph, prepareOptions(given), { json: given.json, steps: given.steps }, terminal);
      return EXIT.done;
    }
    if (given['vs-torch']) {
      if (graphs.length === 1 && only !== undefined) return showComparisons([await compareWithTorch(only, prepareOptions(given), repetition)], given, terminal);
      await requireTorch();
      return showComparisons(await inTurn(graphs, given, terminal, true), given, terminal);
    }
    const lines = graphs.length === 1 && only !== undefined ? [await measure(only, prepareOptions(given), repetition)] : await inTurn(graphs, given, terminal, false);
    if (given.json) for (const line of lines) terminal.out(JSON.stringify(line));
    else {
      for (const line of benchTable(lines)) terminal.out(line);
      hintAtNode(lines, terminal);
    }
    return EXIT.done;
  },
});

function chosenGraphs(names: readonly string[], given: BenchFlags): readonly BenchGraph[] {
  if (given['held-out']) {
    const chosen = names.length === 0 ? HELD_OUT : names.map((name) => {
      const found = HELD_OUT.find((graph) => graph.name === name);
      if (found === undefined) throw new InputError(`The held-out networks have no '${name}'.${didYouMean(name, HELD_OUT.map((graph) => graph.name))} They are ${HELD_OUT.map((graph) => graph.name).join(', ')}.`);
      return found;
    });
    return chosen.map((graph) => ({ ...graph, batch: given.batch ?? graph.batch }));
  }
  return (names.length === 0 ? DEFAULT_MODELS : names).map((name) => {
    const { doc } = requireGraph(name);
    requireChecked(doc, name, { forTraining: true }, () => undefined);
    return { name, doc, batch: given.batch ?? DEFAULT_BATCH };
  });
}

const prepareOptions = (given: BenchFlags): PrepareOptions => ({
  backend: given['cpu-time'] ? { backend: given.backend ?? 'wasm', threads: 1 } : backendRequest(given), datasets: given.datasets, cpuTime: given['cpu-time'],
});

function showComparisons(lines: readonly (Comparison | Failure)[], given: BenchFlags, terminal: Terminal): ExitCode {
  if (given.json) for (const line of lines) terminal.out(JSON.stringify(line));
  else {
    for (const line of comparisonTable(lines)) terminal.out(line);
    hintAtNode(lines, terminal);
  }
  return lines.some((line) => 'error' in line) ? EXIT.failed : EXIT.done;
}

/** Figures of the CPU are those of this Node's WebAssembly. */
function hintAtNode(lines: readonly object[], terminal: Terminal): void {
  const gain = newerNodeGain();
  if (gain !== undefined && lines.some((line) => 'backend' in line && line.backend === 'wasm')) terminal.out(gain);
}

/** A process of its own for each model, one after the other. `tolerant`: one that fails is told beside the others. */
function inTurn(graphs: readonly BenchGraph[], given: BenchFlags, terminal: Terminal, tolerant: false): Promise<BenchLine[]>;
function inTurn(graphs: readonly BenchGraph[], given: BenchFlags, terminal: Terminal, tolerant: true): Promise<(Comparison | Failure)[]>;
async function inTurn(graphs: readonly BenchGraph[], given: BenchFlags, terminal: Terminal, tolerant: boolean): Promise<unknown[]> {
  const passed = Object.entries(given).flatMap(([name, value]) => (value === undefined || value === false || name === 'json' ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)]));
  const lines: unknown[] = [];
  for (const { name } of graphs) {
    terminal.status(`measuring ${name} …`);
    try {
      lines.push(await measureApart(name, passed));
    } catch (error) {
      if (!tolerant || !(error instanceof FailedError || error instanceof InputError)) throw error;
      lines.push({ model: name, error: error.message } satisfies Failure);
    }
  }
  terminal.status('');
  return lines;
}

function measureApart(name: string, flagsPassed: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'bench', '--json', ...flagsPassed, '--', name], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (errors += String(text)));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === EXIT.done) resolve(JSON.parse(output));
      else if (status === EXIT.wrongInput) reject(new InputError(`${name}: ${errors.trim()}`));
      else reject(new FailedError(`${name}: ${errors.trim() || 'the benchmark ended without a result'}`));
    });
  });
}
