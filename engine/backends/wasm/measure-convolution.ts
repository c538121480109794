/**
 * Direct or by minimal filtering: which way this machine computes a small convolution faster, found out by running a
 * part of it both ways in a memory of its own. That takes some 25 ms a convolution, most of it until V8 has optimised
 * the code, so the largest of a plan come first and those that a plan's time does not reach go by the rule: filtering.
 */
import { accessesOf } from '../../compile/accesses.ts';
import type { ContractKernel, Plan } from '../../compile/plan.ts';
import { bytesPerElement } from '../../tensor/ir.ts';
import type { ChoiceBook, ConvolutionWay } from '../choices.ts';
import type { GroupedPlan } from './batch-groups.ts';
import { writeConstants } from './constants.ts';
import { analyzeContract } from './contract-shape.ts';
import type { Tuning } from './contract-tile.ts';
import { buildPlanModule, scratchBytes } from './plan-module.ts';
import { warmUp } from './warm-up.ts';
import { type WinogradShape, analyzeWinograd } from './winograd-shape.ts';

/** Milliseconds for all convolutions of a plan. */
const BUDGET_MS = 50;
/** V8 compiles on another thread meanwhile. */
const SETTLE_MS = 12;
const RUNS = 4;
/** Multiplications and additions of a run, about a millisecond; of a smaller convolution it is an eighth, and of any at the least a 64th. */
const RUN_OPERATIONS = 4e7;
const FEWEST_SHARES = 8;
const MOST_SHARES = 64;
/** Below this, a millisecond, neither way is worth a measurement. */
const LEAST_OPERATIONS = 5e7;
/** Of an optimised kernel: a measurement that would take longer than the time there is does not begin. */
const OPERATIONS_PER_MS = 5e7;
/** Of the time of filtering that direct may take. Where it seems to take less than the least, V8 has not optimised all of the other yet. */
const MOST_TIME = 0.9;
const LEAST_TIME = 0.5;
/** Two of the runs must agree this well, or something else was at work. */
const AGREEMENT = 1.25;
/** A memory of more than this is not asked for. */
const MOST_BYTES = 1 << 29;
const PAGE = 65536;

export const convolutionKey = ({ kind, taps, images, height, width, inner, columns }: WinogradShape): string =>
  `${taps}×${taps} ${kind === 'filter' ? 'convolution' : 'weight gradient'} of ${images} images, ${height}×${width} places, ${inner} to ${columns} channels`;

export interface MeasureOptions {
  readonly relaxed: boolean;
  readonly tuning: Tuning;
  readonly tieringBudget: number;
}

interface Candidate {
  readonly kernel: ContractKernel;
  readonly shape: WinogradShape;
  readonly operations: number;
  /** Threads among which the work is cut for a run, of which it does the first one's. */
  readonly shares: number;
}

function candidate(kernel: ContractKernel, shape: WinogradShape): Candidate {
  const operations = 2 * shape.taps ** 2 * shape.images * shape.height * shape.width * shape.inner * shape.columns;
  return { kernel, shape, operations, shares: Math.max(FEWEST_SHARES, Math.min(MOST_SHARES, Math.round(operations / RUN_OPERATIONS))) };
}

/** The first thread's part of so many units of work. */
const shareOf = (units: number, shares: number): number => Math.ceil(units / shares) / units;
const filteredShare = ({ shape, shares }: Candidate): number => shareOf(shape.kind === 'filter' ? shape.blocks : shape.parts, shares);
function directShare({ kernel, shares }: Candidate, { buffers }: Plan, tuning: Tuning): number {
  const { batch, m, n, blocks, panels } = analyzeContract(kernel, buffers, tuning);
  return shareOf([...batch, ...m.slice(0, -1), ...n.slice(0, -1)].reduce((product, size) => product * size, blocks * panels), shares);
}

/** Decides all convolutions of the plan that are not decided yet. */
export async function chooseConvolutions(plan: Plan, book: ChoiceBook, options: MeasureOptions): Promise<void> {
  const undecided = new Map<string, Candidate>();
  for (const kernel of plan.kernels) {
    const shape = kernel.kind === 'contract' ? analyzeWinograd(kernel) : undefined;
    if (kernel.kind !== 'contract' || shape === undefined || book.find('convolutions', convolutionKey(shape)) !== undefined) continue;
    undecided.set(convolutionKey(shape), candidate(kernel, shape));
  }
  const until = performance.now() + BUDGET_MS;
  for (const [key, each] of [...undecided].sort(([, a], [, b]) => b.operations - a.operations)) {
    const takes = SETTLE_MS + (RUNS * each.operations * (filteredShare(each) + directShare(each, plan, options.tuning))) / OPERATIONS_PER_MS;
    const isMeasured = book.measures && each.operations >= LEAST_OPERATIONS && performance.now() + takes < until;
    book.decide('convolutions', key, isMeasured ? await fasterWay(each, plan, options) : 'filtering');
  }
}

async function fasterWay(each: Candidate, plan: Plan, { relaxed, tuning, tieringBudget }: MeasureOptions): Promise<ConvolutionWay> {
  const { kernel, shares } = each;
  const { buffers } = plan;
  const used = new Set(accessesOf(kernel).flatMap(({ access }) => [access.buffer, ...(access.indirect === undefined ? [] : [access.indirect.index.buffer])]));
  if ([...used].some((id) => buffers[id]?.role === 'window')) return 'filtering';
  let end = PAGE;
  const place = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const addresses = new Map([...used].map((id) => [id, place((buffers[id]?.length ?? 0) * bytesPerElement(buffers[id]?.dtype ?? 'f32'))]));
  const alone: GroupedPlan = { ...plan, kernels: [kernel], loops: [], groups: [] };
  const scratch = place(Math.max(...[true, false].map((winograd) => scratchBytes(alone, { tuning, winograd }, 1))));
  if (end > MOST_BYTES) return 'filtering';
  const pages = Math.ceil(end / PAGE) + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const timed = async (winograd: boolean): Promise<() => number> => {
    const { bytes, warmSizes } = buildPlanModule(alone, { address: ({ id }) => addresses.get(id) ?? 0, scratch }, { relaxed, tuning, winograd, memory: { shared: false, maximumPages: pages } });
    const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(bytes), { env: { memory } });
    warmUp(exports['warm'] as (index: number, calls: number) => void, warmSizes, tieringBudget);
    const run = exports['run'] as (thread: number, threads: number) => void;
    return () => {
      const began = performance.now();
      run(0, shares);
      return performance.now() - began;
    };
  };
  const [direct, filtering] = [await timed(false), await timed(true)];
  writeConstants(memory);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const times: Record<ConvolutionWay, number[]> = { direct: [], filtering: [] };
  for (let run = 0; run < RUNS; run++) {
    times.direct.push(direct());
    times.filtering.push(filtering());
  }
  const shortest = (way: ConvolutionWay): number => {
    const [first = Infinity, second = Infinity] = times[way].sort((a, b) => a - b);
    return second <= AGREEMENT * first ? first : Number.NaN;
  };
  const share = shortest('direct') / directShare(each, plan, tuning) / (shortest('filtering') / filteredShare(each));
  return share > LEAST_TIME && share < MOST_TIME ? 'direct' : 'filtering';
}
