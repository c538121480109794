/** `netloom train`: from a graph and data to a trained model in a run folder, with progress that people and programs can read. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fallbackBackend } from '../../backends/select.ts';
import type { CheckedGraph } from '../../graph/checked-graph.ts';
import type { GraphDoc, TrainingSettings } from '../../graph/document.ts';
import { readSafetensors } from '../../interop/safetensors.ts';
import { matchWeights, requireFittingWeights } from '../../interop/weights.ts';
import { type NamedTensors, storedTensors } from '../../interop/named-tensors.ts';
import { nodePlatform } from '../../platform/node.ts';
import type { RunEvent } from '../../protocol.ts';
import { createRun } from '../../train/run.ts';
import { loadModel } from '../../train/saved-model.ts';
import type { Run, RunResult } from '../../train/run-contract.ts';
import { backendFlags, backendRequest, openBackend } from '../backend.ts';
import { commandLine } from '../command-line.ts';
import { type FlagValues, defineCommand } from '../command.ts';
import { diskTrouble } from '../disk-trouble.ts';
import { EXIT, type ExitCode, FailedError, InputError } from '../errors.ts';
import { type EventLog, openEventLog } from '../event-log.ts';
import { requireChecked, requireGraph } from '../graphs.ts';
import { onInterrupt } from '../interrupt.ts';
import { type GivenData, openGivenData } from '../given-data.ts';
import { dataContext, loadGraphData, refreshOf, sampleUnit } from '../load-data.ts';
import { type RunNotes, holdsWeights, nextRunFolder, openSavedRun, writeRunNotes } from '../run-folder.ts';
import { claimFolder } from '../run-lock.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { counted, formatMetrics } from '../text.ts';

const MAX_COUNT = 1_000_000_000;
const MAX_SEED = 2 ** 31 - 1;

const flags = {
  data: { kind: 'text', value: 'F.npz|DIR', help: 'Arrays by port name (x, y; x_test, y_test) instead of the graph\'s own data: .npz, .npy, .safetensors, or a folder of .npy files. uint8 inputs are scaled as the graph scales its own, else divided by 255.' },
  datasets: { kind: 'text', value: 'DIR|URL', help: 'Where data sets are looked for before anything is downloaded (or the variable NETLOOM_DATASETS).' },
  init: { kind: 'text', value: 'RUN|W.safetensors', help: 'Start from the weights of a run folder, a checkpoint or a file, by PyTorch\'s names and layouts: <node id>.weight, <node id>.bias. Nodes that are frozen keep them.' },
  'init-fitting': { kind: 'switch', help: 'With --init: take what fits by name and shape and let the rest start anew, as for another head on a trained network.' },
  epochs: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: 'How many times over the training data; the graph says how many when left out.' },
  steps: { kind: 'integer', value: 'N', min: 1, max: MAX_COUNT, help: 'How many steps, instead of --epochs.' },
  batch: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: "Samples per step; the graph's own number when left out." },
  seed: { kind: 'integer', value: 'N', min: 0, max: MAX_SEED, help: "Decides initial weights, order and dropout: the same seed gives the same run, bit for bit. The graph's own when left out." },
  'no-shuffle': { kind: 'switch', help: 'Keep the order of the data.' },
  resume: { kind: 'text', value: 'CKPT', help: 'Go on from a run folder or a checkpoint of it.' },
  out: { kind: 'text', value: 'DIR', help: 'The run folder: weights, checkpoints. Default: runs/<graph>-<number>.' },
  log: { kind: 'text', value: 'F.jsonl', help: 'Also write every event to this file, a line of JSON each.' },
  json: { kind: 'switch', help: 'Print every event as a line of JSON instead of progress.' },
  ...backendFlags,
} as const;
type TrainFlags = FlagValues<typeof flags>;

export const trainCommand = defineCommand({
  name: 'train',
  summary: 'Train a graph and keep the model in a run folder.',
  description: 'Ctrl-C stops with a checkpoint and says how to go on; a second one ends at once.',
  positionals: [{ name: 'graph', help: 'a .netloom file or the name of a template; not needed with --resume', optional: true }],
  flags,
  examples: [
    'netloom train digits-cnn',
    'netloom train mnist-cnn --epochs 3 --out runs/mnist',
    'netloom train model.netloom --data points.npz --seed 7 --json',
    'netloom train --resume runs/mnist',
    'netloom train letters.netloom --init runs/mnist --init-fitting',
  ],
  run: async ({ positionals: [name], flags: values }, terminal) => train(name, values, terminal),
});

/** What a resumed run takes from the run that it goes on with, unless a flag says otherwise. */
interface Plan {
  readonly doc: GraphDoc;
  readonly name: string;
  readonly folder: string;
  readonly notes: RunNotes;
  /** The step that a resumed run goes on from. */
  readonly resumedAt: number | undefined;
}

async function planRun(name: string | undefined, given: TrainFlags): Promise<Plan> {
  if (given.epochs !== undefined && given.steps !== undefined) throw new InputError('--epochs and --steps exclude each other: give one.');
  if (given['init-fitting'] && given.init === undefined) throw new InputError('--init-fitting goes with --init, which says whose weights.');
  if (given.resume !== undefined && given.init !== undefined) throw new InputError('--init and --resume exclude each other: a resumed run goes on with its own weights.');
  const saved = given.resume === undefined ? undefined : await openSavedRun(given.resume, 'state');
  const graph = name !== undefined ? requireGraph(name) : saved === undefined ? undefined : { doc: saved.model.document, name: saved.notes.name };
  if (graph === undefined) throw new InputError("'netloom train' needs a graph: a .netloom file or a template's name ('netloom templates' lists them).");
  const training: TrainingSettings = {
    ...graph.doc.training,
    ...(saved === undefined ? {} : saved.model.document.training),
    ...(given.epochs === undefined ? {} : { epochs: given.epochs }),
    ...(given.batch === undefined ? {} : { batchSize: given.batch }),
    ...(given.seed === undefined ? {} : { seed: given.seed }),
    ...(given['no-shuffle'] ? { shuffle: false } : {}),
  };
  const folder = given.out ?? saved?.folder ?? nextRunFolder(graph.name);
  if (existsSync(folder) && !statSync(folder).isDirectory()) throw new InputError(`${folder} is a file; --out names a folder.`);
  if (saved === undefined && (await holdsWeights(folder))) throw new InputError(`${folder} already holds a run. Go on with it by --resume ${folder}, or name another folder with --out.`);
  const steps = given.epochs !== undefined ? undefined : (given.steps ?? saved?.notes.steps);
  // Absolute, because the run may be gone on with from another folder.
  const data = given.data === undefined ? saved?.notes.data : resolve(given.data);
  return {
    doc: { ...graph.doc, training },
    name: graph.name,
    folder,
    resumedAt: saved?.model.step,
    notes: { name: graph.name, ...(steps === undefined ? {} : { steps }), ...(data === undefined ? {} : { data }) },
  };
}

/** Takes the run folder for this process: the one that was named or, of the numbered ones, the next that nobody else has taken meanwhile. */
async function claimRunFolder(plan: Plan, isNamed: boolean): Promise<{ readonly plan: Plan; readonly release: () => void }> {
  for (let current = plan; ; current = { ...plan, folder: nextRunFolder(plan.name) }) {
    const claim = await claimFolder(current.folder);
    if ('release' in claim) {
      if (isNamed || !(await holdsWeights(current.folder))) return { plan: current, release: claim.release };
      claim.release();
    } else if (isNamed) {
      throw new InputError(`${current.folder} is in use: ${claim.heldBy === 0 ? 'another process' : `process ${claim.heldBy}`} is training into it. Wait until it ends, or name another folder with --out.`);
    }
  }
}

async function train(name: string | undefined, given: TrainFlags, terminal: Terminal): Promise<ExitCode> {
  const wanted = await planRun(name, given);
  const arrays = wanted.notes.data === undefined ? undefined : await openGivenData(wanted.doc, wanted.notes.data);
  const graph = requireChecked(wanted.doc, name ?? wanted.folder, { forTraining: true, ...(arrays === undefined ? {} : { data: arrays.types }) }, (line) => terminal.err(line));
  const initWeights = given.init === undefined ? undefined : await readInitialWeights(given.init, given['init-fitting'], graph, terminal);

  const { plan, release } = await claimRunFolder(wanted, given.out !== undefined || given.resume !== undefined);
  const stopping = new AbortController();
  let run: Run | undefined;
  const ignoreInterrupts = onInterrupt(() => {
    if (!given.json) terminal.err('Stopping after this step; press Ctrl-C again to end at once.');
    stopping.abort();
    run?.command({ kind: 'stop' });
  });
  let log: EventLog | undefined;
  try {
    log = given.log === undefined ? undefined : await openEventLog(given.log, plan.resumedAt);
    const session = await openSession(graph, plan, given, { arrays, initWeights, log, terminal, signal: stopping.signal });
    run = session.run;
    if (stopping.signal.aborted) session.run.command({ kind: 'stop' });
    const result = await session.run.run();
    session.progress?.end();
    await session.close();
    if (!given.json) tellResult(result, plan, terminal);
    return result.outcome === 'failed' ? EXIT.failed : EXIT.done;
  } catch (error) {
    if (stopping.signal.aborted && run === undefined) throw new FailedError('Stopped before training began; there is nothing to go on from.', { cause: error });
    const trouble = run === undefined ? undefined : diskTrouble(error);
    if (trouble !== undefined) throw new FailedError(`${trouble}. When that is mended, go on from the last checkpoint: ${commandLine('train', '--resume', plan.folder)}`, { cause: error });
    throw error;
  } finally {
    ignoreInterrupts();
    log?.close();
    release();
  }
}

async function readInitialWeights(path: string, fittingOnly: boolean, graph: CheckedGraph, terminal: Terminal): Promise<NamedTensors> {
  if (!existsSync(path)) throw new InputError(`There is no file ${path}, and no run folder of this name.`);
  // A checkpoint's own file holds the optimizer's moments too; its weights are found through its JSON.
  const isModel = statSync(path).isDirectory() || path.endsWith('.json');
  const tensors = isModel ? storedTensors((await loadModel(nodePlatform.files, path)).weights) : readSafetensors(await nodePlatform.files.read(path)).tensors;
  const { weights, missing, misshaped } = fittingOnly ? matchWeights(graph, tensors) : requireFittingWeights(graph, tensors, { missingAllowed: true });
  const anew = [...missing, ...misshaped].map(({ name }) => name);
  if (Object.keys(weights).length === 0) throw new InputError(`${path} has no weight that fits the graph by name and shape; its weights are ${Object.keys(tensors).slice(0, 8).join(', ')}.`);
  if (anew.length > 0) terminal.err(`${path} does not have ${anew.join(', ')}${misshaped.length > 0 ? ' in these shapes' : ''}; ${anew.length === 1 ? 'it starts' : 'they start'} as in any new run.`);
  return weights;
}

interface SessionInput {
  readonly arrays: GivenData | undefined;
  readonly initWeights: NamedTensors | undefined;
  readonly log: EventLog | undefined;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function openSession(graph: CheckedGraph, plan: Plan, given: TrainFlags, { arrays, initWeights, log, terminal, signal }: SessionInput) {
  let progress: Progress | undefined;
  const pending: RunEvent[] = [];
  const onEvent = (event: RunEvent): void => {
    log?.write(event);
    if (given.json) terminal.out(JSON.stringify(event));
    else if (progress === undefined) pending.push(event);
    else progress.show(event);
  };
  const context = dataContext({ seed: plan.doc.training.seed, datasets: given.datasets, signal, ...(given.json ? {} : { terminal }) });
  onEvent({ kind: 'phase', phase: 'loading' });
  const data = await loadGraphData(graph, arrays, context);
  const request = backendRequest(given);
  const selected = await openBackend(request);
  const opened = [selected.backend];
  const refresh = refreshOf(graph, arrays, context);
  const run = await createRun({
    graph, data, backend: selected.backend, why: selected.why, files: nodePlatform.files, outFolder: plan.folder, onEvent,
    settings: { ...plan.doc.training, ...(plan.notes.steps === undefined ? {} : { steps: plan.notes.steps }) },
    ...(given.resume === undefined ? {} : { resume: given.resume }),
    ...(initWeights === undefined ? {} : { initWeights }),
    ...(refresh === undefined ? {} : { refresh }),
    onDeviceLost: async () => {
      const backend = await fallbackBackend(nodePlatform, request);
      opened.push(backend);
      return backend;
    },
  });
  await writeRunNotes(plan.folder, plan.notes);
  if (!given.json) {
    progress = new Progress(terminal, { unit: sampleUnit(graph), totalSteps: run.totalSteps, stepsDone: run.stepsDone, batchSize: plan.doc.training.batchSize });
    for (const event of pending) progress.show(event);
  }
  return {
    run,
    progress,
    close: async (): Promise<void> => {
      await run.dispose();
      for (const backend of opened) await backend.dispose();
    },
  };
}

function tellResult(result: RunResult, { doc, folder, notes, resumedAt }: Plan, terminal: Terminal): void {
  const steps = counted(result.steps, 'step');
  const goOn = commandLine('train', '--resume', folder);
  switch (result.outcome) {
    case 'stopped':
      terminal.out(`Stopped after ${steps}. Go on with:`);
      terminal.out(`  ${goOn}`);
      return;
    case 'failed':
      terminal.err(`The run failed after ${steps}.${result.checkpoint === undefined ? '' : ` The last checkpoint is kept: ${goOn}`}`);
      return;
    case 'finished':
    case 'early-stopped': {
      const metrics = result.test ?? result.validation ?? result.train;
      const which = result.test !== undefined ? 'test' : result.validation !== undefined ? 'validation' : 'train';
      if (result.outcome === 'finished' && result.steps === resumedAt) {
        const more = notes.steps === undefined ? ['--epochs', String(doc.training.epochs + 1)] : ['--steps', String(2 * notes.steps)];
        terminal.out(`This run had come to its end before, after ${steps}. Train it further:`);
        terminal.out(`  ${commandLine('train', '--resume', folder, ...more)}`);
        return;
      }
      terminal.out(`${result.outcome === 'finished' ? 'Done' : 'Done early: no more progress'} after ${steps}.${metrics === undefined ? '' : ` ${which} ${formatMetrics(metrics)}`}`);
      terminal.out(`The model is in ${folder}. Take it with you:`);
      terminal.out(`  ${commandLine('export', folder, '--format', 'onnx', '--out', 'model.onnx')}`);
    }
  }
}
