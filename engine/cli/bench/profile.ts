/** Where the time of a step goes: every kernel, on one CPU thread unless told otherwise, beside what this machine could do at best. */
import { hasRelaxedSimd } from '../../backends/wasm/wasm.ts';
import { peakGflops } from '../../backends/wasm/measure-tuning.ts';
import type { KernelTime } from '../../backends/backend.ts';
import type { Terminal } from '../terminal.ts';
import { formatTable } from '../text.ts';
import { type BenchGraph, type PrepareOptions, REPEAT_MS, WARM_UP_MS, prepare, round } from './prepare.ts';

/** Of one thread. */
export interface Peaks {
  /** Of the register tile that products are made of. */
  readonly gflops: number;
  /** Of a copy between two arrays that no cache holds, bytes read and bytes written added up. */
  readonly gigabytesPerSecond: number;
}

/** Bytes of a copy: several times the last cache of a laptop. */
const COPY_BYTES = 64 * 2 ** 20;
const COPIES = 6;

export function measurePeaks(): Peaks {
  const from = new Float32Array(COPY_BYTES / 4).fill(1);
  const to = new Float32Array(from.length).fill(2);
  let shortest = Infinity;
  for (let i = 0; i < COPIES; i++) {
    const start = performance.now();
    to.set(from);
    shortest = Math.min(shortest, performance.now() - start);
  }
  return { gflops: peakGflops(hasRelaxedSimd()), gigabytesPerSecond: (2 * COPY_BYTES) / shortest / 1e6 };
}

/** What bounds a kernel, how near it comes to that bound. Kernels whose data is in a cache come to more than 1 of the memory's peak, Winograd's to more than 1 of the products'. */
function rateOf({ operations, bytes, milliseconds }: KernelTime, peaks: Peaks, threads: number): { readonly rate: number; readonly unit: 'GFLOP/s' | 'GB/s'; readonly ofPeak: number } {
  const isProduct = operations > 0;
  const rate = (isProduct ? operations : bytes) / milliseconds / 1e6;
  return { rate, unit: isProduct ? 'GFLOP/s' : 'GB/s', ofPeak: rate / threads / (isProduct ? peaks.gflops : peaks.gigabytesPerSecond) };
}

/** The kernels of a step, longest first. */
export async function profile(graph: BenchGraph, options: PrepareOptions, { json, steps: wanted }: { readonly json: boolean; readonly steps: number | undefined }, terminal: Terminal): Promise<void> {
  const peaks = measurePeaks();
  const prepared = await prepare(graph, { ...options, backend: { ...options.backend, backend: 'wasm', threads: options.backend.threads ?? 1, profile: true } });
  const { compiled, runSteps } = prepared;
  const threads = prepared.backend.threads ?? 1;
  for (const until = performance.now() + WARM_UP_MS; performance.now() < until; ) await runSteps(1);
  compiled.executable.profile?.();
  await runSteps(wanted ?? Math.max(2, Math.ceil(REPEAT_MS / (await runSteps(1)))));
  const kernels = [...(compiled.executable.profile?.() ?? [])].sort((a, b) => b.milliseconds - a.milliseconds);
  const total = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  const waited = kernels.reduce((sum, kernel) => sum + kernel.waited, 0);
  const idle = (kernel: KernelTime): number => kernel.waited / threads / kernel.milliseconds;
  if (json) {
    for (const kernel of kernels) {
      const { rate, unit, ofPeak } = rateOf(kernel, peaks, threads);
      terminal.out(JSON.stringify({ model: graph.name, kernel: kernel.name, nodes: kernel.origins, ms: Number(kernel.milliseconds.toPrecision(4)), share: round(kernel.milliseconds / total), threads, waiting: Number(idle(kernel).toPrecision(3)), operations: kernel.operations, bytes: kernel.bytes, rate: round(rate), unit, of_peak: round(ofPeak) }));
    }
  } else {
    terminal.out(`${graph.name}, batch ${prepared.batch}, ${threads === 1 ? 'one thread' : `${threads} threads`}: ${total.toFixed(total < 10 ? 3 : 2)} ms per step${threads === 1 ? '' : `, ${((100 * waited) / threads / total).toFixed(1)} % of it waiting for another thread`}`);
    terminal.out(`this machine's peak on one thread: ${peaks.gflops.toFixed(0)} GFLOP/s in products, ${peaks.gigabytesPerSecond.toFixed(1)} GB/s to and from memory`);
    for (const line of formatTable([
      ['ms', 'share', ...(threads === 1 ? [] : ['waiting']), 'GFLOP/s', 'GB/s', 'of peak', 'kernel'],
      ...kernels.map((kernel) => {
        const { rate, unit, ofPeak } = rateOf(kernel, peaks, threads);
        return [kernel.milliseconds.toFixed(3), `${((100 * kernel.milliseconds) / total).toFixed(1)} %`, ...(threads === 1 ? [] : [`${(100 * idle(kernel)).toFixed(1)} %`]), unit === 'GFLOP/s' ? rate.toFixed(1) : '', unit === 'GB/s' ? rate.toFixed(1) : '', `${(100 * ofPeak).toFixed(0)} %`, kernel.name];
      }),
    ])) terminal.out(line);
  }
  await prepared.dispose();
}
