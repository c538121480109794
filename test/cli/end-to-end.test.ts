/** Whole trainings, judged by what the network has learned. The real MNIST only where NETLOOM_DATASETS has it. */
import { beforeAll, describe, expect, test } from 'vitest';
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
});
