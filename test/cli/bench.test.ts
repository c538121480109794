/** `netloom bench` beyond the plain time of a step: profiles, and the comparison with PyTorch, for which a script stands in that only answers. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { kernelWork } from '../../engine/backends/kernel-work.ts';
import { HELD_OUT } from '../../engine/cli/bench/held-out.ts';
import { TIMING_LOOP } from '../../engine/cli/bench/timing-loop.ts';
import { comparisonTable } from '../../engine/cli/bench/versus-torch.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import { exportPytorchTraining } from '../../engine/interop/code/pytorch.ts';
import { readNpy } from '../../engine/interop/npy.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { makeProgram } from '../../engine/tensor/ir.ts';
import { buildCommand, inTemporaryFolder, jsonLines, netloom } from '../support/cli.ts';

beforeAll(buildCommand, 300_000);

/** Answers as the timing loop does: a step takes it 2 ms. Keeps what it was given for the test to look at. */
const STAND_IN = `#!${process.execPath}
const { cpSync } = require('node:fs');
if (process.argv[2] === '-c') process.exit(0);
cpSync(process.argv[3], 'task-' + process.env.NAME, { recursive: true });
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
say({ version: '9.8.7', device: 'cpu' });
require('node:readline').createInterface({ input: process.stdin }).on('line', (steps) => say({ milliseconds: 2 * Number(steps) }));
`;

function standIn(folder: string, source = STAND_IN): string {
  const path = join(folder, 'python-stand-in.cjs');
  writeFileSync(path, source);
  chmodSync(path, 0o755);
  return path;
}

const FAST = ['--repeats', '3', '--steps', '4', '--backend', 'wasm', '--threads', '1'];

describe('against PyTorch', () => {
  test('the ratio is our time to its time, in rounds', () => inTemporaryFolder(async (cwd) => {
    const { status, stdout, stderr } = await netloom(['bench', 'xor', '--vs-torch', '--json', '--batch', '32', ...FAST], { cwd, env: { NETLOOM_PYTHON: standIn(cwd), NAME: 'xor' } });
    expect(status, stderr).toBe(0);
    const [line] = jsonLines(stdout);
    expect(line).toMatchObject({ model: 'xor', batch: 32, threads: 1, rounds: 3, torch_ms_per_step: 2, torch_version: '9.8.7', torch_device: 'cpu', backend: 'wasm' });
    expect(line!['ratio']).toBeCloseTo((line!['ms_per_step'] as number) / 2, 2);
    expect(line!['ratio_min'] as number).toBeLessThanOrEqual(line!['ratio'] as number);
    expect(line!['ratio_max'] as number).toBeGreaterThanOrEqual(line!['ratio'] as number);
  }));

  test('several models, as a table', () => inTemporaryFolder(async (cwd) => {
    const { status, stdout, stderr } = await netloom(['bench', 'xor', 'spiral', '--vs-torch', ...FAST], { cwd, env: { NETLOOM_PYTHON: standIn(cwd), NAME: 'both' } });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^PyTorch 9\.8\.7 on cpu, Netloom on wasm, 1 thread\./);
    expect(stdout).toMatch(/^xor +128 +[\d.]+ +2\.000 +[\d.]+ +[\d.]+ +[\d.]+ +real$/m);
    expect(stdout).toMatch(/^spiral /m);
  }));

  test('one of the held-out networks, with the samples, the script and the settings that Python gets', () => inTemporaryFolder(async (cwd) => {
    const { status, stdout, stderr } = await netloom(['bench', 'mlp-1000-classes', '--held-out', '--vs-torch', '--json', ...FAST], { cwd, env: { NETLOOM_PYTHON: standIn(cwd), NAME: 'held' } });
    expect(status, stderr).toBe(0);
    expect(jsonLines(stdout)[0]).toMatchObject({ model: 'mlp-1000-classes', batch: 128, data: 'synthetic' });
    const task = JSON.parse(readFileSync(join(cwd, 'task-held', 'task.json'), 'utf8')) as { batch: number; stride: number; threads: number; inputs: { file: string; integer: boolean }[] };
    expect(task).toMatchObject({ batch: 128, stride: 1, threads: 1, gpu: false, cpuTime: false });
    expect(task.inputs.map(({ integer }) => integer)).toEqual([false, true]);
    const [x, y] = task.inputs.map(({ file }) => readNpy(readFileSync(join(cwd, 'task-held', file))));
    expect([x!.dtype, x!.shape.slice(1), y!.dtype, y!.shape.length]).toEqual(['f32', [300], 'i32', 1]);
    expect(x!.shape[0]).toBe(y!.shape[0]);
    expect(readFileSync(join(cwd, 'task-held', 'timing_loop.py'), 'utf8')).toBe(TIMING_LOOP);
    expect(readFileSync(join(cwd, 'task-held', 'model.py'), 'utf8')).toContain('nn.Linear(250, 1000)');
  }));

  test.each([['xor'], ['xor', 'spiral']])('no Python at all: %s', async (...models) => {
    const { status, stderr } = await netloom(['bench', ...models, '--vs-torch', ...FAST], { env: { NETLOOM_PYTHON: '/nowhere/python3' } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/There is no PyTorch to compare with: '\/nowhere\/python3' cannot be started\. .*NETLOOM_PYTHON/);
  });

  test.each([['xor'], ['xor', 'spiral']])('a Python without torch: %s', (...models) => inTemporaryFolder(async (cwd) => {
    const python = standIn(cwd, `#!${process.execPath}\nconsole.error("ModuleNotFoundError: No module named 'torch'");\nprocess.exit(1);\n`);
    const { status, stderr } = await netloom(['bench', ...models, '--vs-torch', ...FAST], { cwd, env: { NETLOOM_PYTHON: python } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/has no torch or no numpy\. Install PyTorch/);
  }));

  test('what PyTorch cannot run is told, beside what it can', () => inTemporaryFolder(async (cwd) => {
    // It breaks down at graphs with a tanh, which xor has.
    const python = standIn(cwd, STAND_IN.replace('const say', "if (require('node:fs').readFileSync(process.argv[3] + '/model.py', 'utf8').includes('nn.Tanh')) { console.error('Traceback\\nRuntimeError: it is too hot'); process.exit(1); }\nconst say"));
    const { status, stdout } = await netloom(['bench', 'xor', 'linear-regression', '--vs-torch', ...FAST], { cwd, env: { NETLOOM_PYTHON: python, NAME: 'some' } });
    expect(status).toBe(1);
    expect(stdout).toMatch(/xor could not be compared: .*PyTorch did not run the graph: RuntimeError: it is too hot/);
    expect(stdout).toMatch(/^linear-regression +128 /m);
  }));

  test('words that make no sense together', async () => {
    const wrong = async (args: readonly string[]): Promise<string> => {
      const { status, stderr } = await netloom(['bench', ...args]);
      expect(status).toBe(2);
      return stderr;
    };
    expect(await wrong(['xor', '--vs-torch', '--profile'])).toContain('exclude each other');
    expect(await wrong(['xor', '--cpu-time', '--threads', '2'])).toContain('--cpu-time measures one thread');
    expect(await wrong(['lstm-7-step', '--held-out'])).toContain("Did you mean 'lstm-7-steps'");
  });

  test('a table without a single comparison has no head', () => {
    expect(comparisonTable([{ model: 'a', error: 'b' }])).toEqual(['a could not be compared: b']);
  });
});

test.each(HELD_OUT.map((graph) => [graph.name, graph] as const))('held-out: %s is trained, and can be written in PyTorch', (_, { doc }) => {
  const { graph, problems } = checkGraph(doc, { forTraining: true });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { code, inputs } = exportPytorchTraining(graph!);
  expect(inputs.map(({ name }) => name)).toEqual(['x', 'target']);
  expect(code).toMatch(/ = \w+_criterion\(dense\w+, target\.long\(\)\)\n/);
});

const PYTHON = process.env['NETLOOM_PYTHON'] ?? 'python3';
const hasTorch = spawnSync(PYTHON, ['-c', 'import torch, numpy']).status === 0;
test.skipIf(!hasTorch)('in PyTorch: a recurrent and a convolutional network of the held-out set, and a pair of adversaries', () => inTemporaryFolder(async (cwd) => {
  for (const args of [['lstm-7-steps', '--held-out', '--batch', '4'], ['depthwise-32x32', '--held-out', '--batch', '2'], ['mnist-gan', '--batch', '4']]) {
    const { status, stdout, stderr } = await netloom(['bench', ...args, '--vs-torch', '--json', '--repeats', '1', '--steps', '2', '--backend', 'wasm', '--threads', '1'], { cwd, env: { NETLOOM_PYTHON: PYTHON } });
    expect(status, stderr).toBe(0);
    expect(jsonLines(stdout)[0]!['torch_ms_per_step']).toBeGreaterThan(0);
  }
}), 300_000);

describe('profiles', () => {
  test('time every kernel and name its nodes, what bounds it and how near it comes', () => inTemporaryFolder(async (cwd) => {
    const { stdout } = await netloom(['bench', 'xor', '--profile', '--json', '--steps', '5'], { cwd });
    const lines = jsonLines(stdout) as { ms: number; share: number; operations: number; bytes: number; unit: string; rate: number; of_peak: number; nodes: string[] }[];
    expect(lines.reduce((sum, line) => sum + line.share, 0)).toBeCloseTo(1, 1);
    expect(lines.map((line) => line.ms)).toEqual(lines.map((line) => line.ms).sort((a, b) => b - a));
    // 128 points, 2 coordinates to 8 units: a multiplication and an addition each.
    expect(lines.find((line) => line.nodes.includes('tanh') && line.operations === 2 * 128 * 2 * 8)).toBeDefined();
    for (const line of lines) {
      expect(line.unit).toBe(line.operations > 0 ? 'GFLOP/s' : 'GB/s');
      expect(line.bytes).toBeGreaterThan(0);
    }
    // On two threads each kernel also tells what they wait for each other; of that there is always some, and one of them works.
    const shared = await netloom(['bench', 'xor', '--profile', '--json', '--steps', '50', '--threads', '2'], { cwd });
    const waits = jsonLines(shared.stdout) as { ms: number; threads: number; waiting: number; nodes: string[] }[];
    expect(waits.map((line) => line.nodes).toSorted()).toEqual(lines.map((line) => line.nodes).toSorted());
    for (const { ms, threads, waiting } of waits) {
      expect(threads).toBe(2);
      expect(ms).toBeGreaterThan(0);
      expect(waiting).toBeGreaterThan(0);
      expect(waiting).toBeLessThanOrEqual(1);
    }
    const table = await netloom(['bench', 'xor', '--profile', '--steps', '5'], { cwd });
    expect(table.stdout).toMatch(/peak on one thread: [1-9]\d* GFLOP\/s in products, \d+\.\d GB\/s/);
  }));

  test('the bytes of a kernel are those that it touches', () => {
    const b = new Builder();
    const x = b.input('x', [6, 10]);
    const table = b.state('table', [50, 10]);
    const index = b.input('index', [6], 'i32');
    const bytes = (make: () => ReturnType<Builder['add']>): number[] => {
      const plan = compileProgram(makeProgram(new Map([['y', make()]])));
      return plan.kernels.map((_, i) => kernelWork(plan, i).bytes);
    };
    // Two inputs of 60 numbers would be 480 bytes; the same one twice is read once, and 60 are written.
    expect(bytes(() => b.mul(b.exp(x), x))).toEqual([4 * (60 + 60)]);
    expect(bytes(() => b.sum(x, [1]))).toEqual([4 * (60 + 6)]);
    // Six rows are picked out of fifty, by six indices.
    expect(bytes(() => b.gather(table, index))).toEqual([4 * (60 + 6 + 60)]);
    // A row that is added to each of six is ten numbers.
    expect(bytes(() => b.add(x, b.slice(table, 0, 3, 4)))).toEqual([4 * (60 + 10 + 60)]);
  });
});
