/** `netloom train` from the outside: events, data and weights from files, and runs that are cut short and go on. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { requireGraph } from '../../engine/cli/graphs.ts';
import { writeNpy } from '../../engine/interop/npy.ts';
import { writeNpz } from '../../engine/interop/npz.ts';
import { readSafetensors, writeSafetensors } from '../../engine/interop/safetensors.ts';
import type { StoredArray } from '../../engine/interop/stored-array.ts';
import { type CliOptions, type CliResult, buildCommand, inTemporaryFolder, jsonLines, netloom } from '../support/cli.ts';

beforeAll(buildCommand);

const CPU = ['--backend', 'wasm', '--threads', '2'];
/** Epochs of a run that is to be interrupted: long enough to be hit in the middle, some seconds at most. */
const LONG = 150;
const WEIGHTS = 'weights.safetensors';

async function succeed(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const result = await netloom(args, options);
  expect(result.status, result.stderr).toBe(0);
  return result;
}
const steps = (stdout: string) => jsonLines(stdout).filter((event) => event['kind'] === 'step') as { step: number; loss: number }[];
const losses = (stdout: string) => steps(stdout).map((event) => event.loss);
const weights = (folder: string): string => readFileSync(join(folder, WEIGHTS)).toString('base64');
const floats = (shape: readonly number[], value: (i: number) => number): StoredArray => ({ dtype: 'f32', shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)) });

describe('events', () => {
  test('a JSON line for every step and epoch, the same in the log', () => inTemporaryFolder(async (cwd) => {
    const { stdout } = await succeed(['train', 'xor', ...CPU, '--epochs', '2', '--json', '--log', 'logs/run.jsonl', '--out', 'run'], { cwd });
    const events = jsonLines(stdout);
    expect(steps(stdout).map((event) => event.step)).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
    // Full float32 precision: rounding to float32 changes nothing.
    for (const loss of losses(stdout)) expect(Math.fround(loss)).toBe(loss);
    const epochs = events.filter((event) => event['kind'] === 'epoch');
    expect(epochs).toHaveLength(2);
    for (const epoch of epochs) {
      expect(epoch).toMatchObject({ train: { loss: expect.any(Number), accuracy: expect.any(Number) }, test: { loss: expect.any(Number) } });
      expect(epoch['seconds']).toBeGreaterThan(0);
    }
    expect(events.find((event) => event['kind'] === 'start')).toMatchObject({ backend: 'wasm', trainSamples: 400, batchSize: 32, parameters: 33 });
    expect(readFileSync(join(cwd, 'logs', 'run.jsonl'), 'utf8')).toBe(stdout);
  }));

  test('plain lines in a pipe, with no control characters', () => inTemporaryFolder(async (cwd) => {
    const { stdout } = await succeed(['train', 'xor', ...CPU, '--epochs', '2', '--out', 'run'], { cwd });
    expect(stdout).toMatch(/^epoch 2\/2 .*accuracy/m);
    expect(stdout).toContain('netloom.js export run --format onnx');
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  }));

  test('--steps ends the run on the step; --batch, --seed and --no-shuffle are heard', () => inTemporaryFolder(async (cwd) => {
    const run = async (...flags: string[]) => losses((await succeed(['train', 'xor', ...CPU, '--json', '--steps', '5', ...flags], { cwd })).stdout);
    const first = await run();
    expect(first).toHaveLength(5);
    expect(await run()).toEqual(first);
    expect(await run('--seed', '2')).not.toEqual(first);
    expect(await run('--batch', '7')).not.toEqual(first);
    expect(await run('--no-shuffle')).not.toEqual(first);
    expect(readdirSync(join(cwd, 'runs')).sort()).toEqual(['xor-1', 'xor-2', 'xor-3', 'xor-4', 'xor-5']);
  }));

  test('the same run with 1, 2 and 4 threads, bit for bit', () => inTemporaryFolder(async (cwd) => {
    for (const threads of ['1', '2', '4']) await succeed(['train', 'spiral', '--backend', 'wasm', '--threads', threads, '--epochs', '3', '--out', threads], { cwd });
    expect(weights(join(cwd, '2'))).toBe(weights(join(cwd, '1')));
    expect(weights(join(cwd, '4'))).toBe(weights(join(cwd, '1')));
  }));

  test("--choices computes as another run's record says, bit for bit, and writes nothing into the cache", () => inTemporaryFolder(async (cwd) => {
    const train = ['train', 'digits-cnn', ...CPU, '--steps', '3'];
    await succeed([...train, '--out', 'a'], { cwd });
    const cache = readFileSync(join(cwd, 'cache-home', 'netloom', 'choices.json'), 'utf8');
    const record = JSON.parse(readFileSync(join(cwd, 'a', 'run.json'), 'utf8')) as { choices: { convolutions: Record<string, string> } };
    const entries = Object.entries(record.choices.convolutions);
    expect(entries.length).toBeGreaterThan(0);
    const other = { ...record, choices: { ...record.choices, convolutions: Object.fromEntries(entries.map(([key, way]) => [key, way === 'direct' ? 'filtering' : 'direct'])) } };
    writeFileSync(join(cwd, 'other.json'), JSON.stringify(other));
    await succeed([...train, '--out', 'b', '--choices', 'other.json'], { cwd });
    expect(weights(join(cwd, 'b'))).not.toBe(weights(join(cwd, 'a')));
    expect(readFileSync(join(cwd, 'cache-home', 'netloom', 'choices.json'), 'utf8')).toBe(cache);
    // On a machine that remembers nothing.
    await succeed([...train, '--out', 'c', '--choices', 'b/run.json'], { cwd, env: { XDG_CACHE_HOME: join(cwd, 'empty') } });
    expect(weights(join(cwd, 'c'))).toBe(weights(join(cwd, 'b')));
    expect(existsSync(join(cwd, 'empty'))).toBe(false);
    const { status, stderr } = await netloom([...train, '--out', 'd', '--choices', 'none.json'], { cwd });
    expect([status, stderr]).toEqual([2, expect.stringContaining('none.json')]);
  }));

  test('a loss that is no number ends with exit code 1, the step and advice', () => inTemporaryFolder(async (cwd) => {
    const doc = structuredClone(requireGraph('linear-regression').doc) as unknown as { nodes: Record<string, { type: string; params: Record<string, unknown> }> };
    for (const node of Object.values(doc.nodes)) if (node.type === 'SGD') node.params['learningRate'] = 10;
    writeFileSync(join(cwd, 'wild.netloom'), JSON.stringify(doc));
    const { status, stderr } = await netloom(['train', 'wild.netloom', ...CPU, '--out', 'run'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toMatch(/step \d+/);
    expect(stderr).toMatch(/learning rate/i);
  }));
});

describe('data and weights from files', () => {
  const points = (n: number): Record<string, StoredArray> => ({
    x: floats([n, 2], (i) => Math.sin(i * 1.7) * 2),
    y: floats([n], (i) => (Math.sin(i * 3.4) * Math.sin((2 * i + 1) * 1.7) < 0 ? 1 : 0)),
  });

  test('--data as .npz, .npy folder and safetensors give the same run', () => inTemporaryFolder(async (cwd) => {
    const arrays = points(64);
    writeFileSync(join(cwd, 'points.npz'), writeNpz(arrays));
    writeFileSync(join(cwd, 'points.safetensors'), writeSafetensors(arrays));
    for (const [name, array] of Object.entries(arrays)) {
      cpSync(join(cwd, 'points.npz'), join(cwd, 'folder', 'ignored.txt'));
      writeFileSync(join(cwd, 'folder', `${name}.npy`), writeNpy(array));
    }
    const runs = [];
    for (const file of ['points.npz', 'points.safetensors', 'folder']) {
      runs.push(losses((await succeed(['train', 'xor', ...CPU, '--json', '--data', file, '--no-shuffle', '--steps', '4', '--batch', '16'], { cwd })).stdout));
    }
    expect(runs[0]).toHaveLength(4);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  }));

  test('arrays that do not fit are refused with the numbers', () => inTemporaryFolder(async (cwd) => {
    const refuse = async (arrays: Record<string, StoredArray>, complaint: RegExp): Promise<void> => {
      writeFileSync(join(cwd, 'bad.npz'), writeNpz(arrays));
      const { status, stderr } = await netloom(['train', 'xor', ...CPU, '--data', 'bad.npz'], { cwd });
      expect(status, stderr).toBe(2);
      expect(stderr).toMatch(complaint);
    };
    const { x, y } = points(8) as { x: StoredArray; y: StoredArray };
    await refuse({ x, y: floats([7], () => 0) }, /8 samples.*7|7.*8/);
    await refuse({ x }, /'y'/);
    await refuse({ z: x }, /has z; the graph takes x, y/);
    await refuse({ x, y: floats([8, 3], () => 0) }, /3/);
    await refuse({ x, y, x_test: x }, /test data of '\w+' has 'x' but not 'y'/);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    mkdirSync(join(cwd, 'empty'));
    expect(await netloom(['train', 'xor', '--data', 'empty'], { cwd })).toMatchObject({ status: 2, stderr: expect.stringContaining('.npz') as string });
    writeFileSync(join(cwd, 'torn.npz'), writeNpz({ x, y }).subarray(0, 100));
    expect((await netloom(['train', 'xor', '--data', 'torn.npz'], { cwd })).status).toBe(2);
  }));

  test('--init starts from the weights of another run, and refuses weights of another shape', () => inTemporaryFolder(async (cwd) => {
    await succeed(['train', 'xor', ...CPU, '--steps', '20', '--out', 'first'], { cwd });
    const from = await succeed(['train', 'xor', ...CPU, '--init', 'first/weights.safetensors', '--steps', '1', '--json', '--no-shuffle', '--out', 'a'], { cwd });
    const fresh = await succeed(['train', 'xor', ...CPU, '--steps', '1', '--json', '--no-shuffle', '--out', 'b'], { cwd });
    expect(losses(from.stdout)).not.toEqual(losses(fresh.stdout));
    const { tensors } = readSafetensors(readFileSync(join(cwd, 'first', WEIGHTS)));
    expect(tensors['fc1.weight']?.shape).toEqual([8, 2]);
    writeFileSync(join(cwd, 'wrong.safetensors'), writeSafetensors({ 'fc1.weight': floats([8, 3], () => 0), 'nobody.bias': floats([1], () => 0) }));
    const { status, stderr } = await netloom(['train', 'xor', ...CPU, '--init', 'wrong.safetensors'], { cwd });
    expect(status).toBe(2);
    for (const words of ['[8, 3]', '[8, 2]', 'nobody.bias']) expect(stderr).toContain(words);
  }));

  test('fine-tuning: a trained run\'s weights by name, a frozen trunk, another head that starts anew', () => inTemporaryFolder(async (cwd) => {
    await succeed(['train', 'xor', ...CPU, '--steps', '20', '--out', 'first'], { cwd });
    const graph = JSON.parse(readFileSync(join(cwd, 'first', 'graph.netloom'), 'utf8')) as { nodes: Record<string, { type: string; params: Record<string, unknown>; frozen?: boolean }> };
    const [head = ''] = Object.keys(graph.nodes).filter((id) => graph.nodes[id]!.type === 'Dense' && id !== 'fc1');
    graph.nodes['fc1']!.frozen = true;
    graph.nodes['other'] = graph.nodes[head]!;
    delete graph.nodes[head];
    writeFileSync(join(cwd, 'tuned.netloom'), JSON.stringify(graph).replaceAll(`"node":"${head}"`, '"node":"other"'));
    const refused = await netloom(['train', 'tuned.netloom', ...CPU, '--init', 'first', '--steps', '5', '--out', 'no'], { cwd });
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(`${head}.weight`) as string]);
    const tuned = await succeed(['train', 'tuned.netloom', ...CPU, '--init', 'first', '--init-fitting', '--steps', '5', '--out', 'second'], { cwd });
    expect(tuned.stderr).toContain('other.weight');
    const [before, after] = ['first', 'second'].map((run) => readSafetensors(readFileSync(join(cwd, run, WEIGHTS))).tensors);
    expect(after!['fc1.weight']!.data).toEqual(before!['fc1.weight']!.data);
    expect(after!['other.weight']!.data).not.toEqual(before![`${head}.weight`]!.data);
    expect(await netloom(['train', 'xor', ...CPU, '--init-fitting'], { cwd })).toMatchObject({ status: 2 });
    expect(await netloom(['train', 'digits-cnn', ...CPU, '--init', 'first', '--init-fitting'], { cwd })).toMatchObject({ status: 2 });
  }));
});

describe('runs that are cut short', () => {
  const train = (out: string, ...flags: string[]): string[] => ['train', 'xor', ...CPU, '--epochs', String(LONG), '--json', '--out', out, ...flags];

  test('Ctrl-C makes a checkpoint, kill -9 needs none: both go on to the very same weights', () => inTemporaryFolder(async (cwd) => {
    await succeed(train('whole'), { cwd });

    const interrupted = await netloom(train('stopped'), { cwd }, (line, child) => {
      if (line.includes('"kind":"epoch","epoch":20,')) child.kill('SIGINT');
    });
    expect(interrupted.status, interrupted.stderr).toBe(0);
    expect(steps(interrupted.stdout).length).toBeLessThan(13 * LONG);
    await succeed(['train', '--resume', 'stopped', ...CPU, '--json'], { cwd });
    expect(weights(join(cwd, 'stopped'))).toBe(weights(join(cwd, 'whole')));

    const killed = await netloom(train('killed'), { cwd }, (line, child) => {
      if (line.includes('"kind":"epoch","epoch":20,')) child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(join(cwd, 'killed', WEIGHTS))).toBe(false);
    const resumed = await succeed(['train', '--resume', 'killed', ...CPU, '--json'], { cwd });
    expect(steps(resumed.stdout)[0]?.step).toBeGreaterThan(13);
    expect(weights(join(cwd, 'killed'))).toBe(weights(join(cwd, 'whole')));
  }));

  test('killed in front of its first whole checkpoint, it is begun again by the same command, and nothing half-written stays', () => inTemporaryFolder(async (cwd) => {
    const train = (out: string) => ['train', 'xor', ...CPU, '--epochs', '2', '--json', '--out', out];
    await succeed(train('whole'), { cwd });
    await succeed(train('killed'), { cwd });
    const checkpoints = join(cwd, 'killed', 'checkpoints');
    for (const name of readdirSync(checkpoints)) if (name.endsWith('.json')) rmSync(join(checkpoints, name));
    rmSync(join(cwd, 'killed', WEIGHTS));
    for (const folder of [checkpoints, join(cwd, 'killed')]) writeFileSync(join(folder, '.82a70c5e73a0.part'), 'half');
    expect((await netloom(['train', '--resume', 'killed'], { cwd })).stderr).toContain('begun again, by the same command');
    await succeed(train('killed'), { cwd });
    expect(weights(join(cwd, 'killed'))).toBe(weights(join(cwd, 'whole')));
    expect(readdirSync(join(cwd, 'killed'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'))).toEqual([]);
    const again = await netloom(train('killed'), { cwd });
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('already holds a run');
  }));

  test('Ctrl-C says how to go on; a second one ends at once', () => inTemporaryFolder(async (cwd) => {
    const long = ['train', 'xor', ...CPU, '--epochs', '100000', '--out', 'run'];
    const once = await netloom(long, { cwd }, (line, child) => {
      if (line.startsWith('epoch 3/')) child.kill('SIGINT');
    });
    expect(once.status, once.stderr).toBe(0);
    expect(once.stdout).toContain('netloom.js train --resume run');
    const goesOn = await netloom(['train', '--resume', 'run', ...CPU], { cwd }, (line, child) => {
      if (!line.startsWith('epoch ')) return;
      child.kill('SIGINT');
    });
    expect(goesOn.status, goesOn.stderr).toBe(0);
  }));

  test('a damaged newest checkpoint is passed over', () => inTemporaryFolder(async (cwd) => {
    await succeed(['train', 'xor', ...CPU, '--epochs', '4', '--json', '--out', 'whole'], { cwd });
    await succeed(['train', 'xor', ...CPU, '--epochs', '3', '--json', '--out', 'run'], { cwd });
    const checkpoints = readdirSync(join(cwd, 'run', 'checkpoints')).filter((name) => name.endsWith('.safetensors')).sort();
    appendFileSync(join(cwd, 'run', 'checkpoints', checkpoints.at(-1) ?? ''), 'x');
    const { stdout } = await succeed(['train', '--resume', 'run', ...CPU, '--epochs', '4', '--json'], { cwd });
    expect(steps(stdout)[0]?.step).toBe(27);
    expect(weights(join(cwd, 'run'))).toBe(weights(join(cwd, 'whole')));
  }));

  test('a run goes on from its checkpoint though its other files are damaged; as a model it is refused', () => inTemporaryFolder(async (cwd) => {
    for (const out of ['whole', 'damaged']) await succeed(['train', 'xor', ...CPU, '--epochs', '2', '--out', out], { cwd });
    for (const file of ['graph.netloom', WEIGHTS]) writeFileSync(join(cwd, 'damaged', file), 'x');
    expect((await netloom(['eval', 'damaged', ...CPU], { cwd })).status).toBe(2);
    for (const out of ['whole', 'damaged']) await succeed(['train', '--resume', out, ...CPU, '--epochs', '4'], { cwd });
    expect(weights(join(cwd, 'damaged'))).toBe(weights(join(cwd, 'whole')));
  }));

  test('a run that is on is not resumed; two that begin together get a folder each', () => inTemporaryFolder(async (cwd) => {
    let refused: Promise<CliResult> | undefined;
    const first = netloom(['train', 'xor', ...CPU, '--epochs', '100000', '--json'], { cwd }, (line, child) => {
      if (refused !== undefined || !line.includes('"kind":"epoch"')) return;
      refused = netloom(['train', '--resume', 'runs/xor-1', ...CPU], { cwd });
      void refused.then(() => child.kill('SIGINT'));
    });
    expect((await first).status).toBe(0);
    const { status, stderr } = await (refused ?? Promise.reject(new Error('no epoch')));
    expect(status, stderr).toBe(2);
    expect(stderr).toMatch(/runs\/xor-1 is in use: process \d+/);
    await Promise.all([1, 2].map(() => succeed(['train', 'xor', ...CPU, '--steps', '2'], { cwd })));
    expect(readdirSync(join(cwd, 'runs')).sort()).toEqual(['xor-1', 'xor-2', 'xor-3']);
    for (const run of ['xor-2', 'xor-3']) expect(readdirSync(join(cwd, 'runs', run))).not.toContain('in-use.json');
  }));

  test('the log of a killed and resumed run tells every step once', () => inTemporaryFolder(async (cwd) => {
    const killed = await netloom([...train('run'), '--log', 'log.jsonl'], { cwd }, (line, child) => {
      if (line.includes('"kind":"epoch","epoch":20,')) child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    await succeed(['train', '--resume', 'run', ...CPU, '--log', 'log.jsonl'], { cwd });
    expect(steps(readFileSync(join(cwd, 'log.jsonl'), 'utf8')).map((event) => event.step)).toEqual(Array.from({ length: 13 * LONG }, (_, i) => i + 1));
  }));

  test('a run that has ended says so and how to train on', () => inTemporaryFolder(async (cwd) => {
    await succeed(['train', 'xor', ...CPU, '--epochs', '2', '--out', 'my run'], { cwd });
    expect((await succeed(['train', '--resume', 'my run', ...CPU], { cwd })).stdout).toMatch(/come to its end before, after 26 steps.*\n.*train --resume "my run" --epochs 3/);
  }));

  test('a folder that cannot be written to is told without a stack', () => inTemporaryFolder(async (cwd) => {
    writeFileSync(join(cwd, 'file'), '');
    const file = await netloom(['train', 'xor', ...CPU, '--steps', '2', '--out', 'file'], { cwd });
    expect([file.status, file.stderr]).toEqual([2, 'netloom: file is a file; --out names a folder.\n']);
    const inside = await netloom(['train', 'xor', ...CPU, '--steps', '2', '--out', 'file/run'], { cwd });
    expect(inside.status).toBe(1);
    expect(inside.stderr).toMatch(/^netloom: .*file.*: a part of this path is a file, not a folder \(ENOTDIR\)\.\n$/);
  }));

  test('a folder with a run in it is not written over', () => inTemporaryFolder(async (cwd) => {
    await succeed(['train', 'xor', ...CPU, '--steps', '2', '--out', 'run'], { cwd });
    const before = weights(join(cwd, 'run'));
    const { status, stderr } = await netloom(['train', 'xor', ...CPU, '--steps', '3', '--out', 'run'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain('--resume run');
    expect(weights(join(cwd, 'run'))).toBe(before);
  }));
});

describe('trained models', () => {
  test('eval, predict and export take a run folder', () => inTemporaryFolder(async (cwd) => {
    await succeed(['train', 'xor', ...CPU, '--epochs', '40', '--out', 'run'], { cwd });
    const evaluated = JSON.parse((await succeed(['eval', 'run', ...CPU, '--json'], { cwd })).stdout) as { split: string; samples: number; metrics: { accuracy: number } };
    expect(evaluated).toMatchObject({ split: 'test', samples: 200 });
    expect(evaluated.metrics.accuracy).toBeGreaterThan(0.9);
    const predicted = jsonLines((await succeed(['predict', 'run', ...CPU, '--json', '--out', 'answers.npz'], { cwd })).stdout);
    expect(predicted).toHaveLength(200);
    expect(existsSync(join(cwd, 'answers.npz'))).toBe(true);
    const wrong = await netloom(['predict', 'run', '--out', 'answers.txt'], { cwd });
    expect(wrong.status).toBe(2);
    for (const [format, file] of [['onnx', 'model.onnx'], ['safetensors', 'model.safetensors']] as const) {
      await succeed(['export', 'run', '--format', format, '--out', file], { cwd });
      expect(readFileSync(join(cwd, file)).length).toBeGreaterThan(100);
    }
    const above = await netloom(['eval', '.'], { cwd });
    expect([above.status, above.stderr]).toEqual([2, 'netloom: . holds no run. Did you mean one of run?\n']);
    const other = await netloom(['eval', 'answers.npz'], { cwd });
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('neither a run folder nor a checkpoint')]);
    const unknown = await netloom(['export', 'run', '--format', 'onx', '--out', 'm'], { cwd });
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain("Did you mean 'onnx'");
  }));

  test('write goes on with a text, or fills gaps, as the model was trained', () => inTemporaryFolder(async (cwd) => {
    await succeed(['train', 'char-lstm', ...CPU, '--steps', '2', '--out', 'writer'], { cwd });
    const ask = ['write', 'writer', ...CPU, '--prompt', 'The fox 中', '--length', '20', '--seed', '3'];
    const written = JSON.parse((await succeed([...ask, '--json'], { cwd })).stdout) as { text: string };
    expect(written).toMatchObject({ prompt: 'The fox 中', unknown: ['中'], step: 2 });
    expect(written.text).toHaveLength(20);
    const shown = await succeed(ask, { cwd });
    expect(shown.stdout).toBe(`The fox 中${written.text}\n`);
    expect(shown.stderr).toContain('has no "中"');
    const cold = await netloom(['write', 'writer', '--temperature', '-1'], { cwd });
    expect([cold.status, cold.stderr]).toEqual([2, "netloom: --temperature is a number from 0 to 100, not '-1'.\n"]);
    const refused = await netloom(['write', 'writer', ...CPU, '--fill', 'The f_x'], { cwd });
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('give it a prompt')]);

    await succeed(['train', 'masked-bert', ...CPU, '--steps', '2', '--out', 'filler'], { cwd });
    const filled = JSON.parse((await succeed(['write', 'filler', ...CPU, '--fill', 'The f_x', '--json'], { cwd })).stdout) as { text: string; parts: { text: string; candidates?: { probability: number }[] }[] };
    expect(filled.text).toMatch(/^The f.x$/s);
    expect(filled.parts.map(({ candidates }) => candidates?.length)).toEqual([undefined, 5, undefined]);
    expect((await succeed(['write', 'filler', ...CPU, '--fill', 'The f□x'], { cwd })).stdout).toMatch(/^The f.x\n {2}gap 1 .* %\n$/s);

    await succeed(['train', 'xor', ...CPU, '--steps', '2', '--out', 'points'], { cwd });
    const none = await netloom(['write', 'points', ...CPU], { cwd });
    expect([none.status, none.stderr]).toEqual([2, 'netloom: The graph reads no text: it has no Text or Masked text node.\n']);
  }));

  test('predict needs no labels, also where they have an Input of their own; eval refuses labels that are no classes', () => inTemporaryFolder(async (cwd) => {
    const position = { x: 0, y: 0 };
    const nodes = {
      x: { type: 'Input', params: { name: 'x', shape: [2] }, position }, labels: { type: 'Input', params: { name: 'labels', shape: [], dtype: 'i32' }, position },
      dense: { type: 'Dense', params: { units: 3 }, position }, loss: { type: 'CrossEntropy', params: {}, position }, sgd: { type: 'SGD', params: {}, position },
    };
    const wires = [['x', 'y', 'dense', 'x'], ['dense', 'y', 'loss', 'prediction'], ['labels', 'y', 'loss', 'target'], ['loss', 'loss', 'sgd', 'loss']] as const;
    const edges = Object.fromEntries(wires.map(([from, port, to, into], i) => [`e${i}`, { from: { node: from, port }, to: { node: to, port: into } }]));
    const training = { epochs: 1, batchSize: 4, seed: 1, shuffle: false, validationSplit: 0 };
    writeFileSync(join(cwd, 'g.netloom'), JSON.stringify({ format: 'netloom', version: 1, name: 'g', nodes, edges, training }));
    const x = floats([6, 2], (i) => i / 12);
    const labelled = (from: number) => writeNpz({ x, labels: { dtype: 'i32', shape: [6], data: Int32Array.from({ length: 6 }, (_, i) => from + (i % 3)) } });
    writeFileSync(join(cwd, 'good.npz'), labelled(0));
    writeFileSync(join(cwd, 'wrong.npz'), labelled(1));
    writeFileSync(join(cwd, 'x.npz'), writeNpz({ x }));
    await succeed(['train', 'g.netloom', ...CPU, '--data', 'good.npz', '--out', 'run'], { cwd });
    expect(jsonLines((await succeed(['predict', 'run', ...CPU, '--data', 'x.npz', '--json'], { cwd })).stdout)).toHaveLength(6);
    await succeed(['eval', 'run', ...CPU, '--data', 'good.npz'], { cwd });
    const wrong = await netloom(['eval', 'run', ...CPU, '--data', 'wrong.npz'], { cwd });
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/Label 3 of sample 2 .* has 3 of them, 0 to 2/);
  }));

  test('bench prints a line of JSON per model', () => inTemporaryFolder(async (cwd) => {
    const { stdout } = await succeed(['bench', 'xor', 'mnist-softmax', '--json', '--repeats', '3', '--steps', '5', ...CPU], { cwd });
    const lines = jsonLines(stdout);
    expect(lines.map((line) => line['model'])).toEqual(['xor', 'mnist-softmax']);
    for (const line of lines) {
      expect(line).toMatchObject({ backend: 'wasm', threads: 2, batch: 128, repeats: 3, steps: 5 });
      for (const key of ['ms_per_step', 'min', 'max', 'rss_mb', 'first_step_ms', 'kernels']) expect(line[key]).toBeGreaterThan(0);
      expect(line['min'] as number).toBeLessThanOrEqual(line['ms_per_step'] as number);
      expect(line['ms_per_step'] as number).toBeLessThanOrEqual(line['max'] as number);
    }
    // Neither network nor data here, so MNIST's samples are made up, and the line says so.
    expect(lines.map((line) => line['data'])).toEqual(['real', 'synthetic']);
  }));
});
