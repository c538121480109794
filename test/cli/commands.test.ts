/** The commands that answer at once: help, lists, checks and explanations, and how wrong input ends. */
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { requireGraph } from '../../engine/cli/graphs.ts';
import { DOCUMENT_VERSION } from '../../engine/graph/document.ts';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { buildCommand, inTemporaryFolder, jsonLines, netloom } from '../support/cli.ts';

beforeAll(buildCommand);

const COMMANDS = ['train', 'eval', 'predict', 'write', 'check', 'export', 'templates', 'shelf', 'nodes', 'data', 'bench', 'explain'];
/** The built-in graphs, and no other. */
const IDS = readdirSync(join(projectRoot, 'assets', 'templates')).map((file) => basename(file, '.netloom')).sort();
const STACK_TRACE = /^\s+at .*:\d+/m;

async function expectWrongInput(args: readonly string[], complaint: string | RegExp, cwd?: string): Promise<void> {
  const result = await netloom(args, cwd === undefined ? {} : { cwd });
  expect(result.status, result.stderr).toBe(2);
  expect(result.stderr + result.stdout).toMatch(complaint);
  expect(result.stderr + result.stdout).not.toMatch(STACK_TRACE);
}

describe('help', () => {
  test('lists every command, and each has its own help', async () => {
    const { status, stdout } = await netloom(['--help']);
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    for (const command of COMMANDS) {
      const help = await netloom([command, '--help']);
      expect(help.status).toBe(0);
      expect(help.stdout).toContain(`Usage: netloom ${command}`);
      expect(help.stdout).toContain('Examples:');
    }
  });
  test('no command at all is wrong input, with the list', async () => {
    const { status, stdout } = await netloom([]);
    expect(status).toBe(2);
    expect(stdout).toContain('Usage: netloom <command>');
  });
  test('--version', async () => expect((await netloom(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/));
});

describe('wrong words', () => {
  test.each([
    [['trian'], "Did you mean 'train'"],
    [['train', 'xor', '--epoch', '2'], "Did you mean '--epochs'"],
    [['train', 'mnist-cn'], "Did you mean 'mnist-cnn'"],
    [['train', 'nowhere.netloom'], 'There is no file nowhere.netloom'],
    [['train', 'xor', '--epochs', '0'], 'whole number from 1'],
    [['train', 'xor', '--epochs', '1', '--steps', '1'], 'exclude each other'],
    [['train', 'xor', '--backend', 'cuda'], 'auto, webgpu, wasm, reference'],
    [['train'], 'needs a graph'],
    [['train', '--resume', 'nowhere'], 'no run folder'],
    [['train', 'xor', '--data', 'nowhere.npz'], /no file or folder .*nowhere\.npz/],
    [['train', 'xor', '--init', 'nowhere.safetensors'], 'no file nowhere.safetensors'],
    [['eval', 'nowhere'], 'no run folder'],
    [['predict'], 'needs <run>'],
    [['export', 'nowhere', '--format', 'onnx', '--out', 'x.onnx'], 'no run folder'],
    [['nodes', 'Conv3D'], "Did you mean 'Conv"],
    [['shelf', 'mnist-cn'], "Did you mean 'mnist-cnn'"],
    [['shelf', '--write', 'x.md'], '--write needs --verify'],
    [['shelf', 'mnist-cnn', '--verify', '--quick'], 'No template is as the flags ask'],
    [['data', 'get', 'minst'], "Did you mean 'mnist'"],
    [['data', 'fetch'], 'list, get, preview'],
    [['explain', 'xor', '--stage', 'wsgl'], "Did you mean 'wgsl'"],
    [['check', '.'], 'is a folder'],
  ])('%j', async (args, complaint) => expectWrongInput(args, complaint));
});

describe('documents that are none', () => {
  const good = { format: 'netloom', version: DOCUMENT_VERSION, name: 'g', nodes: {}, edges: {}, training: { epochs: 1, batchSize: 1, seed: 1, shuffle: true, validationSplit: 0 } };
  test.each([
    ['truncated', JSON.stringify(good).slice(0, -20), 'not valid JSON'],
    ['empty', '', 'empty'],
    ['another format', '{"format":"else"}', 'not a Netloom document'],
    ['a newer version', JSON.stringify({ ...good, version: 99 }), 'Update Netloom'],
    ['version text', JSON.stringify({ ...good, version: '1' }), 'version'],
    ['hostile key', '{"format":"netloom","version":1,"name":"g","nodes":{"__proto__":{}},"edges":{}}', '__proto__'],
    ['binary', '\u0000\u0001\u0002', 'JSON'],
    ['a list', '[]', 'not a Netloom document'],
    ['deep', '['.repeat(100_000), 'JSON'],
  ])('%s', (_name, content, complaint) => inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'g.netloom'), content);
    for (const command of ['check', 'train', 'explain']) await expectWrongInput([command, 'g.netloom'], complaint, folder);
  }));
  test('a file of 100 MB is refused without being read into memory', () => inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'big.netloom'), '{"format":"netloom"');
    truncateSync(join(folder, 'big.netloom'), 100_000_000);
    await expectWrongInput(['check', 'big.netloom'], 'at most', folder);
  }));
  test('every problem of a graph is told at once', () => inTemporaryFolder(async (folder) => {
    const doc = {
      ...good,
      nodes: {
        data: { type: 'Blobs', params: { trainSamples: -3 }, position: { x: 0, y: 0 } },
        dense: { type: 'Dens', params: {}, position: { x: 0, y: 0 } },
        loss: { type: 'CrossEntropy', params: {}, position: { x: 0, y: 0 } },
      },
      edges: { e1: { from: { node: 'data', port: 'z' }, to: { node: 'loss', port: 'target' } } },
    };
    writeFileSync(join(folder, 'g.netloom'), JSON.stringify(doc));
    const { status, stdout } = await netloom(['check', 'g.netloom', '--json'], { cwd: folder });
    expect(status).toBe(2);
    const report = JSON.parse(stdout) as { ok: boolean; problems: { code: string; node?: string }[] };
    expect(report.ok).toBe(false);
    const codes = report.problems.map((problem) => problem.code);
    for (const code of ['unknown-type', 'parameter-range', 'dataset-port']) expect(codes).toContain(code);
    const text = await netloom(['train', 'g.netloom'], { cwd: folder });
    expect(text.status).toBe(2);
    for (const word of ['Dens', 'trainSamples', "'z'"]) expect(text.stderr).toContain(word);
  }));
});

describe('lists', () => {
  test('templates', async () => {
    const { status, stdout } = await netloom(['templates', '--json']);
    expect(status).toBe(0);
    const templates = JSON.parse(stdout) as { id: string; title: string; dataset: string }[];
    expect(templates.map((template) => template.id).sort()).toEqual(IDS);
    for (const { title, dataset } of templates) expect([title.length > 0, dataset.length > 0]).toEqual([true, true]);
    expect(templates.find(({ id }) => id === 'mnist-cnn')?.dataset).toBe('mnist');
  });
  test.each(IDS)('template %s is in order', async (id) => {
    const { status, stdout } = await netloom(['check', id, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, problems: [] });
  });
  test('a graph in order is told node by node, and what of it is trained', () => inTemporaryFolder(async (folder) => {
    const { doc } = requireGraph('xor');
    const [first] = Object.entries(doc.nodes).find(([, node]) => node.type === 'Dense') ?? [''];
    writeFileSync(join(folder, 'half.netloom'), JSON.stringify({ ...doc, nodes: { ...doc.nodes, [first]: { ...doc.nodes[first], frozen: true } } }));
    const { stdout } = await netloom(['check', 'half.netloom'], { cwd: folder });
    expect(stdout).toMatch(/fc1 +Dense +\[N, 8\] +24 +frozen\n/);
    expect(stdout).toContain('9 trained weights, 24 frozen.');
  }));
  test('node types', async () => {
    const all = JSON.parse((await netloom(['nodes', '--json'])).stdout) as { type: string; params: unknown[] }[];
    expect(all.length).toBeGreaterThan(60);
    expect(all.map((type) => type.type)).toContain('Conv2D');
    const page = (await netloom(['nodes', 'conv2d'])).stdout;
    for (const word of ['Conv2D', 'kernel', 'Formula', 'Source']) expect(page).toContain(word);
  });
  test('data sets', async () => {
    const sets = JSON.parse((await netloom(['data', 'list', '--json'])).stdout) as { id: string }[];
    for (const id of ['mnist', 'fashion-mnist', 'cifar10', 'digits', 'xor', 'line', 'coloured-shapes', 'adding-problem', 'copy-memory', 'parity', 'sine-forecast', 'text', 'masked-text', 'grid-world', 'cart-pole']) expect(sets.map((set) => set.id)).toContain(id);
  });
  test('previews', async () => {
    expect((await netloom(['data', 'preview', 'digits', '--count', '2'])).stdout).toMatch(/[▒▓█]/);
    const lines = jsonLines((await netloom(['data', 'preview', 'xor', '--count', '3', '--json'])).stdout);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({ index: 0, x: [expect.any(Number), expect.any(Number)] });
  });
  test('previews of sequences, text and captions', () => inTemporaryFolder(async (folder) => {
    expect((await netloom(['data', 'preview', 'adding-problem', '--count', '2'])).stdout).toMatch(/[▂▃▄▅▆▇]{10}/);
    expect((await netloom(['data', 'preview', 'copy-memory', '--count', '1'])).stdout).toMatch(/\d{5}·{19}\?·{5} {2}\| {2}·{25}\d{5}/);
    expect((await netloom(['data', 'preview', 'coloured-shapes', '--count', '1'])).stdout).toMatch(/caption #0: a .* (at|in) the /);
    expect((await netloom(['data', 'preview', 'text', '--count', '1'])).stdout).toContain('The Fox and the Moon⏎⏎Once there was');
    expect((await netloom(['data', 'preview', 'masked-text', '--count', '1'])).stdout).toMatch(/□.* {2}\| {2}.*_{3}/);
    expect((await netloom(['data', 'preview', 'cart-pole', '--count', '3'])).stdout).toMatch(/← × \d+, → × \d+/);
    writeFileSync(join(folder, 'own.txt'), '白日依山尽，黄河入海流。'.repeat(120));
    expect((await netloom(['data', 'preview', 'own.txt', '--count', '1'], { cwd: folder })).stdout).toContain('白日依山尽，黄河入海流。');
  }));
  test('a reader that leaves early is no error', async () => {
    const { status, stderr } = await netloom(['nodes', '--json'], {}, (_line, child) => child.stdout?.destroy());
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('explain', () => {
  test.each([
    ['check', /fc1 +Dense/],
    ['ir', /map|dot/],
    ['grad', /weights\.0/],
    ['fused', /contract "/],
    ['plan', /arena \d+ bytes/],
    ['wgsl', /@compute/],
    ['wasm', /v128|f32x4|func/],
  ])('%s', async (stage, words) => {
    const { status, stdout, stderr } = await netloom(['explain', 'xor', '--stage', stage]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(words);
  });
  test('a batch of its own shows in the shapes', async () => {
    expect((await netloom(['explain', 'xor', '--stage', 'ir', '--batch', '77'])).stdout).toContain('[77');
  });
});

test('without network and cache, the error says what to do', () => inTemporaryFolder(async (folder) => {
  const { status, stderr } = await netloom(['train', 'mnist-mlp', '--backend', 'reference'], { cwd: folder });
  expect(status).toBe(1);
  for (const words of ['--datasets', 'train-images-idx3-ubyte.gz', 'digits-cnn']) expect(stderr).toContain(words);
  expect(stderr).not.toMatch(STACK_TRACE);
}));

test('altered data files are refused with both digests', () => inTemporaryFolder(async (folder) => {
  mkdirSync(join(folder, 'own', 'mnist'), { recursive: true });
  writeFileSync(join(folder, 'own', 'mnist', 'train-images-idx3-ubyte.gz'), 'not MNIST');
  const { status, stderr } = await netloom(['data', 'get', 'mnist', '--datasets', 'own'], { cwd: folder });
  expect(status).toBe(2);
  expect(stderr).toContain('440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609');
  expect(stderr.match(/[0-9a-f]{64}/g)?.length).toBeGreaterThanOrEqual(2);
}));
