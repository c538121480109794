/** Whole trainings, judged by what the network has learned. The real MNIST only where NETLOOM_DATASETS has it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeNpz } from '../../engine/interop/npz.ts';
import { buildCommand, inTemporaryFolder, jsonLines, netloom } from '../support/cli.ts';

beforeAll(buildCommand);

/** A training may take a while on two busy cores. */
const LIMIT_MS = 8 * 60_000;
const datasets = process.env['NETLOOM_DATASETS'];

async function accuracyOf(template: string, ...flags: string[]): Promise<number> {
  return inTemporaryFolder(async (cwd) => {
    const { status, stdout, stderr } = await netloom(['train', template, '--json', '--out', 'run', ...flags], { cwd, ...(datasets === undefined ? {} : { env: { NETLOOM_DATASETS: datasets } }) });
    expect(status, stderr).toBe(0);
    const epochs = jsonLines(stdout).filter((event) => event['kind'] === 'epoch') as { test?: { accuracy?: number } }[];
    return epochs.at(-1)?.test?.accuracy ?? 0;
  });
}

describe('the templates learn', () => {
  test('digits-cnn reads its own test set to 97 %', async () => expect(await accuracyOf('digits-cnn')).toBeGreaterThanOrEqual(0.97), LIMIT_MS);
  test('xor', async () => expect(await accuracyOf('xor')).toBeGreaterThan(0.95), LIMIT_MS);
  test('spiral', async () => expect(await accuracyOf('spiral')).toBeGreaterThan(0.95), LIMIT_MS);
});

describe.skipIf(datasets === undefined)(`the real MNIST${datasets === undefined ? ' [skipped: NETLOOM_DATASETS names no folder with MNIST]' : ''}`, () => {
  test('mnist-softmax, 1 epoch', async () => expect(await accuracyOf('mnist-softmax', '--epochs', '1')).toBeGreaterThan(0.85), LIMIT_MS);
  test('mnist-mlp, 1 epoch', async () => expect(await accuracyOf('mnist-mlp', '--epochs', '1')).toBeGreaterThan(0.93), LIMIT_MS);
  test('mnist-cnn, 1 epoch', async () => expect(await accuracyOf('mnist-cnn', '--epochs', '1')).toBeGreaterThan(0.97), LIMIT_MS);
  test('a CNN that has only seen drawn digits reads 90 % of handwritten ones', () => inTemporaryFolder(async (cwd) => {
    const idx = (name: string, header: number): Uint8Array => new Uint8Array(gunzipSync(readFileSync(join(datasets ?? '', 'mnist', name)))).slice(header);
    const labels = Int32Array.from(idx('t10k-labels-idx1-ubyte.gz', 8));
    writeFileSync(join(cwd, 'test.npz'), writeNpz({ x: { shape: [labels.length, 1, 28, 28], dtype: 'u8', data: idx('t10k-images-idx3-ubyte.gz', 16) }, y: { shape: [labels.length], dtype: 'i32', data: labels } }));
    expect((await netloom(['train', 'digits-cnn', '--json', '--out', 'run'], { cwd })).status).toBe(0);
    const { status, stdout, stderr } = await netloom(['eval', 'run', '--data', 'test.npz', '--json'], { cwd });
    expect(status, stderr).toBe(0);
    const [result] = jsonLines(stdout) as { metrics?: { accuracy?: number } }[];
    expect(result?.metrics?.accuracy).toBeGreaterThanOrEqual(0.9);
  }), LIMIT_MS);
});
