/**
 * Distributions over the steps of a run, as the inspections bring them. Each is a histogram over its own
 * range; for a picture they are spread over one common range. When there are too many, every other one goes.
 */
import type { Distribution, InspectReply, RunId } from '../../engine/protocol.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { inspectionOf } from './inspection-store.ts';

export interface Moment {
  readonly step: number;
  readonly distribution: Distribution;
}
export type DistributionKind = 'weights' | 'activations' | 'gradients';
/** A picture is some hundred pixels wide; more moments cannot be seen. */
const MOST_MOMENTS = 240;

export class DistributionHistory {
  run: RunId | undefined;
  /** By kind and name. */
  readonly #moments = new Map<string, Moment[]>();

  add(run: RunId, reply: InspectReply): void {
    if (this.run !== run) {
      this.#moments.clear();
      this.run = run;
    }
    for (const kind of ['weights', 'activations', 'gradients'] as const) {
      for (const [name, distribution] of Object.entries(reply[kind])) this.#append(`${kind} ${name}`, { step: reply.step, distribution });
    }
  }
  #append(key: string, moment: Moment): void {
    let moments = this.#moments.get(key) ?? [];
    if (moments.at(-1)?.step === moment.step) moments = moments.slice(0, -1);
    // A resumed run goes back: what it does again takes the place of what was.
    else moments = moments.filter(({ step }) => step < moment.step);
    moments.push(moment);
    if (moments.length > MOST_MOMENTS) moments = moments.filter((_, i) => i % 2 === 0 || i === moments.length - 1);
    this.#moments.set(key, moments);
  }
  names(kind: DistributionKind): readonly string[] {
    return [...this.#moments.keys()].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1));
  }
  moments(kind: DistributionKind, name: string): readonly Moment[] {
    return this.#moments.get(`${kind} ${name}`) ?? [];
  }
}

const histories = new WeakMap<Workspace, DistributionHistory>();
/** Fills itself from now on, whoever causes the inspections. */
export function historyOf(workspace: Workspace): DistributionHistory {
  let history = histories.get(workspace);
  if (history === undefined) {
    const own = new DistributionHistory();
    histories.set(workspace, (history = own));
    const store = inspectionOf(workspace);
    const take = (): void => {
      const { run, reply } = store.getState();
      if (run !== undefined && reply !== undefined) own.add(run, reply);
    };
    take();
    store.subscribe(take);
  }
  return history;
}

/** Share of each distribution in `rows` equal parts of [min, max], largest value on top: [rows][moments] row-major, columns are moments. */
export function spread(moments: readonly Moment[], rows: number, min: number, max: number): Float32Array {
  const columns = moments.length;
  const result = new Float32Array(rows * columns);
  const height = (max - min) / rows;
  moments.forEach(({ distribution: { bins, count, min: low, max: high } }, column) => {
    const width = (high - low) / bins.length;
    bins.forEach((amount, i) => {
      if (amount === 0 || count === 0) return;
      const from = low + i * width;
      if (!(width > 0) || !(height > 0)) {
        const row = height > 0 ? Math.min(rows - 1, Math.max(0, Math.floor((from - min) / height))) : rows >> 1;
        result[(rows - 1 - row) * columns + column]! += amount / count;
        return;
      }
      // A bin lies over one or several rows: each takes its part.
      const first = Math.max(0, Math.floor((from - min) / height));
      const last = Math.min(rows - 1, Math.floor((from + width - min) / height));
      for (let row = first; row <= last; row++) {
        const overlap = Math.min(from + width, min + (row + 1) * height) - Math.max(from, min + row * height);
        if (overlap > 0) result[(rows - 1 - row) * columns + column]! += (amount / count) * (overlap / width);
      }
    });
  });
  return result;
}
