/** A training step against PyTorch's on the same machine: both are warm and take turns, so that what else the machine does meets both. */
import { formatTable } from '../text.ts';
import { stepsPerRepeat, warmUp, type Repetition } from './measure.ts';
import { type BenchGraph, type PrepareOptions, type Prepared, WARM_UP_MS, clockOf, median, prepare, round } from './prepare.ts';
import { TorchProcess } from './torch-process.ts';

/** Milliseconds are per step, medians over the rounds. */
export interface Comparison {
  readonly model: string;
  readonly batch: number;
  readonly threads: number;
  readonly ms_per_step: number;
  readonly torch_ms_per_step: number;
  /** Ours to PyTorch's: below 1 we are faster. Median of the rounds' ratios, and the least and the most. */
  readonly ratio: number;
  readonly ratio_min: number;
  readonly ratio_max: number;
  readonly rounds: number;
  readonly backend: string;
  readonly torch_version: string;
  readonly torch_device: string;
  readonly data: Prepared['data'];
}
export interface Failure {
  readonly model: string;
  readonly error: string;
}

export async function compareWithTorch(graph: BenchGraph, options: PrepareOptions, { steps, repeats }: Repetition): Promise<Comparison> {
  const prepared = await prepare(graph, options);
  try {
    const { backend } = prepared;
    const threads = backend.threads ?? 1;
    const torch = await TorchProcess.start(prepared, { threads, cpuTime: options.cpuTime, gpu: backend.name === 'webgpu' });
    try {
      const ourSteps = steps ?? stepsPerRepeat(await warmUp(prepared, options));
      const torchSteps = steps ?? stepsPerRepeat(await warmUpTorch(torch, options));
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < repeats; round++) {
        ours.push((await prepared.runSteps(ourSteps)) / ourSteps);
        theirs.push((await torch.runSteps(torchSteps)) / torchSteps);
      }
      const ratios = ours.map((ms, i) => ms / (theirs[i] ?? Number.NaN));
      return {
        model: graph.name, batch: prepared.batch, threads, ms_per_step: round(median(ours)), torch_ms_per_step: round(median(theirs)),
        ratio: round(median(ratios)), ratio_min: round(Math.min(...ratios)), ratio_max: round(Math.max(...ratios)), rounds: repeats,
        backend: backend.name, torch_version: torch.ready.version, torch_device: torch.ready.device, data: prepared.data,
      };
    } finally {
      await torch.dispose();
    }
  } finally {
    await prepared.dispose();
  }
}

async function warmUpTorch(torch: TorchProcess, options: PrepareOptions): Promise<number> {
  const clock = clockOf({ ...options, cpuTime: false });
  let msPerStep = await torch.runSteps(1);
  for (const until = clock() + WARM_UP_MS; clock() < until; ) msPerStep = (await torch.runSteps(4)) / 4;
  return msPerStep;
}

export function comparisonTable(lines: readonly (Comparison | Failure)[]): string[] {
  const compared = lines.filter((line): line is Comparison => !('error' in line));
  const [first] = compared;
  return [
    ...(first === undefined ? [] : [
      `PyTorch ${first.torch_version} on ${first.torch_device}, Netloom on ${first.backend}, ${first.threads} ${first.threads === 1 ? 'thread' : 'threads'}. A ratio below 1: Netloom is faster.`,
      ...formatTable([
        ['model', 'batch', 'ours ms', 'PyTorch ms', 'ratio', 'least', 'most', 'data'],
        ...compared.map((line) => [line.model, String(line.batch), line.ms_per_step.toFixed(3), line.torch_ms_per_step.toFixed(3), line.ratio.toFixed(2), line.ratio_min.toFixed(2), line.ratio_max.toFixed(2), line.data]),
      ]),
    ]),
    ...lines.flatMap((line) => ('error' in line ? [`${line.model} could not be compared: ${line.error}`] : [])),
  ];
}
