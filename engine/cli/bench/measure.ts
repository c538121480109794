/** The time of a step in steady state, and what it costs to get there. */
import { formatTable } from '../text.ts';
import { type BenchGraph, type PrepareOptions, type Prepared, REPEAT_MS, SUBMISSION, WARM_UP_MS, clockOf, median, prepare, round } from './prepare.ts';

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
  readonly data: Prepared['data'];
}

/** `steps` per repeat: as many as take about REPEAT_MS when left out. */
export interface Repetition {
  readonly steps: number | undefined;
  readonly repeats: number;
}

/** Runs until the code is warm; gives the milliseconds of a step as they then are. */
export async function warmUp(prepared: Prepared, options: PrepareOptions): Promise<number> {
  const clock = clockOf(options);
  let warm = 0;
  let msPerStep = 0;
  for (const until = clock() + WARM_UP_MS; clock() < until || warm < 2; warm++) msPerStep = (await prepared.runSteps(SUBMISSION)) / SUBMISSION;
  return msPerStep;
}

export const stepsPerRepeat = (msPerStep: number): number => Math.max(2, Math.ceil(REPEAT_MS / Math.max(msPerStep, 1e-3) / SUBMISSION) * SUBMISSION);

export async function measure(graph: BenchGraph, options: PrepareOptions, repetition: Repetition): Promise<BenchLine> {
  const prepared = await prepare(graph, options);
  const { backend, compiled, runSteps } = prepared;
  await runSteps(1);
  const firstStepMs = clockOf(options)() - prepared.started;
  const msPerStep = await warmUp(prepared, options);
  const steps = repetition.steps ?? stepsPerRepeat(msPerStep);
  const times: number[] = [];
  for (let repeat = 0; repeat < repetition.repeats; repeat++) times.push((await runSteps(steps)) / steps);
  const { stats } = compiled.executable;
  const line: BenchLine = {
    model: graph.name, ms_per_step: round(median(times)), min: round(Math.min(...times)), max: round(Math.max(...times)),
    threads: backend.threads ?? 1, backend: backend.name, device: backend.device, rss_mb: Math.round(peakResidentBytes() / 1e5) / 10, batch: prepared.batch,
    first_step_ms: Math.round(firstStepMs), compile_ms: Math.round(prepared.compileMs), kernels: stats.kernels, code_bytes: stats.codeBytes, arena_bytes: stats.arenaBytes,
    steps, repeats: times.length, data: prepared.data,
  };
  await prepared.dispose();
  return line;
}

function peakResidentBytes(): number {
  // Kilobytes on every system that Node runs on.
  return process.resourceUsage().maxRSS * 1024;
}

export function benchTable(lines: readonly BenchLine[]): string[] {
  return formatTable([
    ['model', 'ms/step', 'min', 'max', 'batch', 'images/s', 'backend', 'threads', 'MB', 'first step ms', 'kernels', 'data'],
    ...lines.map((line) => [line.model, line.ms_per_step.toFixed(3), line.min.toFixed(3), line.max.toFixed(3), String(line.batch), Math.round((1000 * line.batch) / line.ms_per_step).toLocaleString('en-US'), line.backend, String(line.threads), line.rss_mb.toFixed(1), String(line.first_step_ms), String(line.kernels), line.data]),
  ]);
}
