/** The shelf: its list, its verification and its table. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verify } from '../../engine/cli/commands/shelf.ts';
import { EXIT } from '../../engine/cli/errors.ts';
import { leastSquares } from '../../engine/cli/shelf/least-squares.ts';
import { measure } from '../../engine/cli/shelf/measure.ts';
import { type Verified, shelfTable } from '../../engine/cli/shelf/table.ts';
import { trainTemplate } from '../../engine/cli/shelf/train-template.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import { TEMPLATES, TEMPLATE_FAMILIES, findTemplate } from '../../engine/graph/templates.ts';
import { buildCommand, inTemporaryFolder, netloom } from '../support/cli.ts';

beforeAll(buildCommand);

const rowOf = (table: string, id: string): string => table.split('\n').find((line) => line.startsWith(`| \`${id}\``)) ?? '';

test('lists every template with its figure and bound', async () => {
  const { status, stdout } = await netloom(['shelf']);
  expect(status).toBe(0);
  for (const { id } of TEMPLATES) expect(stdout).toMatch(new RegExp(`^  ${id} .*\\d`, 'm'));
  for (const { title } of TEMPLATE_FAMILIES) expect(stdout).toContain(title.en);
  const quick = (await netloom(['shelf', '--quick', '--under', '5'])).stdout;
  expect(quick).toContain('xor');
  expect(quick).not.toContain('mnist-cnn');
});

describe('verification', () => {
  test('trains what it is asked to, and writes the table; other rows stay as they were', () => inTemporaryFolder(async (cwd) => {
    const old = shelfTable(TEMPLATE_FAMILIES, new Map([['spiral', { value: 0.5, seconds: 7, machine: 'an old machine', date: '2001-02-03' }]]));
    writeFileSync(join(cwd, 'shelf.md'), old);
    const { status, stdout, stderr } = await netloom(['shelf', '--verify', 'xor', 'logistic-regression', '--write', 'shelf.md', '--backend', 'wasm'], { cwd });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^xor .* holds$/m);
    expect(stdout).toContain('2 as promised, 0 missed, 0 skipped');
    const table = readFileSync(join(cwd, 'shelf.md'), 'utf8');
    expect(rowOf(table, 'spiral')).toBe(rowOf(old, 'spiral'));
    expect(rowOf(table, 'spiral')).toContain('an old machine');
    expect(rowOf(table, 'xor')).toMatch(/accuracy \(test\): \d+(\.\d+)? % \| ≥ \d+ % .* thread.*\d{4}-\d\d-\d\d/);
    expect(rowOf(table, 'mnist-cnn')).toContain('not trained yet');
  }));
  test('a missed bound and a run that fails end with 1, and the others are trained all the same', async () => {
    const lines: string[] = [];
    const terminal = { interactive: false, columns: 80, out: (line: string) => void lines.push(line), err: () => undefined, status: () => undefined };
    const flags = { verify: true, under: undefined, quick: false, write: undefined, datasets: undefined, backend: 'wasm', threads: 1, choices: undefined, 'gpu-f16': false, 'gpu-subgroups': false } as const;
    const logistic = findTemplate('logistic-regression')!;
    const impossible = { ...logistic, figure: { ...logistic.figure, bound: { atLeast: 1.01 } } };
    const unmeasured = { ...logistic, figure: { ...logistic.figure, measure: 'rmse' as const } };
    expect(await verify([impossible, unmeasured, logistic], flags, terminal)).toBe(EXIT.failed);
    expect(lines.join('\n')).toMatch(/but ≥ 101 % was promised[\s\S]*failed\. The run reports no rmse[\s\S]* MISSED\n[\s\S]* failed\n[\s\S]* holds\n/);
    expect(lines.at(-1)).toBe('1 as promised, 2 missed, 0 skipped');
    expect(await verify([logistic], flags, terminal)).toBe(EXIT.done);
  });
  test('a template whose data cannot be had is skipped, and says so', () => inTemporaryFolder(async (cwd) => {
    const { status, stdout } = await netloom(['shelf', '--verify', 'mnist-softmax', 'mnist-mlp'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^mnist-softmax: skipped\. MNIST is neither .*\nmnist-mlp: skipped\./m);
    expect(stdout).toContain('0 as promised, 0 missed, 2 skipped');
  }));
});

describe('the table', () => {
  const verified: Verified = { value: 0.0003661, seconds: 0.1, machine: 'A|B', date: '2026-01-02' };
  test('has a row for every template, and none for those that are gone', () => {
    const table = shelfTable(TEMPLATE_FAMILIES, new Map(), '| `gone` | x |\n| `xor` | kept |');
    expect(TEMPLATES.filter(({ id }) => rowOf(table, id) === '')).toEqual([]);
    expect(table).not.toContain('gone');
    expect(rowOf(table, 'xor')).toBe('| `xor` | kept |');
  });
  test('is left as it is by being written again', () => {
    const table = shelfTable(TEMPLATE_FAMILIES, new Map([['linear-regression', verified]]));
    expect(rowOf(table, 'linear-regression')).toContain('0.000366 | ≤');
    expect(rowOf(table, 'linear-regression')).toContain('A\\|B');
    expect(shelfTable(TEMPLATE_FAMILIES, new Map(), table)).toBe(table);
  });
});

describe('figures', () => {
  test('least squares gives the coefficients that noiseless points were made of', () => {
    const x = Float32Array.from([0, 0, 1, 0, 0, 1, 2, 3, -1, 4]);
    const y = Float32Array.from({ length: 5 }, (_, i) => 1.5 * x[2 * i]! - 2 * x[2 * i + 1]! + 0.25);
    const found = leastSquares({ shape: [5, 2], data: x }, { data: y });
    expect(found.map((value) => Number(value.toFixed(6)))).toEqual([1.5, -2, 0.25]);
  });
  test('what a run does not report, or a graph does not have, is said', async () => {
    const backend = createReferenceBackend();
    const trained = await trainTemplate(findTemplate('linear-regression')!, { backend });
    await expect(measure({ measure: 'accuracy', split: 'test', reached: 0, bound: {} }, trained)).rejects.toThrow(/no accuracy of its test samples; it reports .*loss/);
    await expect(measure({ measure: 'closed-form', split: 'train', reached: 0, bound: {} }, { ...trained, weights: {} })).rejects.toThrow(/single Dense/);
  });
});
