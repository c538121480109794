/** Graphs as PyTorch scripts: what they say, and, where Python has torch and numpy, that they compute what the graph computes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OLD_TORCH } from '../../engine/cli/bench/timing-loop.ts';
import type { CheckedGraph } from '../../engine/graph/checked-graph.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { exportPytorch } from '../../engine/interop/code/pytorch.ts';
import { exportModel } from '../../engine/interop/export.ts';
import { FormatError } from '../../engine/interop/format-error.ts';
import { readNpz, writeNpz } from '../../engine/interop/npz.ts';
import { TEMPLATES } from '../../engine/graph/templates.ts';
import { classifier, makeDocument } from '../graph/documents.ts';
import { checkedGraph } from '../graph/lowering.ts';
import { decodeFloats } from '../support/goldens.ts';
import { cases, documentOf, tensors } from '../train/gan-documents.ts';
import { largestDifference, referencePrediction, someWeights } from './agreement.ts';

const branches = makeDocument(
  {
    image: ['Input', { name: 'image', shape: [2, 7, 6] }], conv: ['Conv2D', { filters: 4, kernel: [4], padding: 'same' }], norm: ['BatchNorm'], act: ['GELU'], conv_2: ['Conv2D', { filters: 4, padding: 'same' }],
    sum: ['Add'], less: ['Subtract'], train: ['Dense', { units: 3 }], pad: ['Pad', { before: [1, 0], after: [0, 2] }], pool: ['AvgPool2D', { size: [3, 2], stride: [2], padding: 'same', countIncludePad: false }],
    both: ['Concat'], flat: ['Flatten'], order: ['Permute', { order: [1, 3, 2] }], class: ['Output', { name: 'class' }], it: ['Output', { name: "it's" }],
  },
  ['image.y -> conv.x', 'conv.y -> norm.x', 'norm.y -> act.x', 'act.y -> conv_2.x', 'conv_2.y -> sum.xs', 'act.y -> sum.xs', 'sum.y -> less.a', 'conv.y -> less.b', 'less.y -> pad.x', 'pad.y -> pool.x',
    'pool.y -> flat.x', 'flat.y -> train.x', 'train.y -> class.x', 'sum.y -> both.xs', 'less.y -> both.xs', 'both.y -> order.x', 'order.y -> it.x'],
);
/** Attention in all its forms: over itself, over another sequence, causal, and from queries, keys and values made outside. */
const attentive = makeDocument(
  {
    picture: ['Input', { name: 'picture', shape: [2, 6, 4] }], cut: ['PatchEmbedding', { patch: 2, dim: 8 }], place: ['PositionalEncoding', { kind: 'learned' }], wave: ['PositionalEncoding'], look: ['MultiHeadAttention', { heads: 2 }], third: ['Output', { name: 'picture' }],
    text: ['Input', { name: 'text', shape: [5, 8] }], seen: ['Input', { name: 'seen', shape: [3, 8] }], norm: ['RMSNorm'], self: ['MultiHeadAttention', { heads: 2, causal: true }], skip: ['Add'], cross: ['MultiHeadAttention', { heads: 4, bias: false }],
    q: ['Dense', { units: 6 }], k: ['Dense', { units: 6 }], v: ['Dense', { units: 9 }], stop: ['Detach'], mix: ['ScaledDotProductAttention', { heads: 3 }], one: ['ScaledDotProductAttention', { causal: true }], out: ['Output', { name: 'mixed' }], other: ['Output', { name: 'one' }],
  },
  ['picture.y -> cut.x', 'cut.y -> place.x', 'place.y -> wave.x', 'wave.y -> look.x', 'look.y -> third.x', 'text.y -> norm.x', 'norm.y -> self.x', 'self.y -> skip.xs', 'text.y -> skip.xs', 'skip.y -> cross.x', 'seen.y -> cross.context', 'cross.y -> q.x', 'cross.y -> k.x', 'cross.y -> stop.x', 'stop.y -> v.x',
    'q.y -> mix.query', 'k.y -> mix.key', 'v.y -> mix.value', 'q.y -> one.query', 'k.y -> one.key', 'v.y -> one.value', 'mix.y -> out.x', 'one.y -> other.x'],
);
/** Recurrent layers in all their forms: states given and not, both directions, several layers, the last state and all. */
const recurrent = makeDocument(
  {
    x: ['Input', { name: 'x', shape: [5, 3] }], h: ['Input', { name: 'h', shape: [4] }], c: ['Input', { name: 'c', shape: [4] }], both: ['Input', { name: 'both', shape: [2, 4] }],
    plain: ['RNN', { units: 3, activation: 'relu', returns: 'sequence' }], gru: ['GRU', { units: 4, layers: 2, bidirectional: true }], lstm: ['LSTM', { units: 4 }], wide: ['LSTM', { units: 2, bidirectional: true, returns: 'sequence', bias: false }], turned: ['GRU', { units: 4, bidirectional: true, returns: 'sequence' }],
    out1: ['Output', { name: 'gru' }], out2: ['Output', { name: 'lstm' }], out3: ['Output', { name: 'wide' }], out4: ['Output', { name: 'turned' }],
  },
  ['x.y -> plain.x', 'plain.y -> gru.x', 'gru.y -> out1.x', 'plain.y -> lstm.x', 'h.y -> lstm.state', 'c.y -> lstm.cell', 'lstm.y -> out2.x', 'x.y -> wide.x', 'wide.y -> out3.x', 'wide.y -> turned.x', 'both.y -> turned.state', 'turned.y -> out4.x'],
);
/** With a hyphen in an id, which the short way to write wires cannot spell. */
const hyphened = JSON.parse(JSON.stringify(branches).replaceAll('conv_2', 'conv-2')) as typeof branches;

test('a classifier, word by word', () => {
  const script = exportPytorch(checkedGraph(classifier()));
  expect(script).toContain([
    "# In Netloom the graph is trained with",
    "# loss 'loss': nn.CrossEntropyLoss()",
    '# optimizer: torch.optim.Adam(model.parameters(), lr=0.001)',
    'class Model(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        self.fc1 = nn.Linear(2, 5)',
    '        self.relu = nn.ReLU()',
    '        self.fc2 = nn.Linear(5, 3)',
    '',
    '    def forward(self, x):',
    '        fc1 = self.fc1(x)',
    '        relu = self.relu(fc1)',
    '        fc2 = self.fc2(relu)',
    '        return fc2',
    '',
  ].join('\n'));
  expect(script).toContain('result = model(torch.zeros(2, 2))');
});

test('names that Python or a module has for itself are avoided, and told to the loader', () => {
  const script = exportPytorch(checkedGraph(hyphened));
  expect(script).toContain('self.train_2 = nn.Linear(');
  expect(script).toContain("NODES = {'conv_2': 'conv-2', 'train_2': 'train'}");
  expect(script).toContain('sum = conv_2 + act');
  expect(script).toContain('less = sum - conv');
  expect(script).toContain("return {'class': train_2, 'it\\'s': order}");
});

test('attention is called with its queries, keys and values', () => {
  const script = exportPytorch(checkedGraph(attentive));
  expect(script).toContain('self.cross = nn.MultiheadAttention(8, 4, bias=False, batch_first=True)');
  expect(script).toContain('cross = self.cross(skip, seen, seen, need_weights=False)[0]');
  expect(script).toContain('self_2 = self.self_2(norm, norm, norm, attn_mask=torch.ones(5, 5, dtype=torch.bool).triu(1), need_weights=False)[0]');
  expect(script).toContain('one = F.scaled_dot_product_attention(q, k, v, is_causal=True)');
});

test('several optimizers: who has which weights, and a step with its turns', () => {
  const script = exportPytorch(checkedGraph(documentOf(cases.find(({ norm }) => norm)!)));
  expect(script).toContain("'one': torch.optim.Adam([*model.d1_fc1.parameters(), *model.d1_norm.parameters(), *model.d1_fc2.parameters()], lr=0.05, betas=(0.5, 0.999))");
  expect(script).toContain('def training_step(model, optimizers, step, z, x):');
  const [, first = '', second = ''] = script.split(/ {4}# Turn \d: .*\n/);
  expect(first).toContain("    gradients(optimizers['one'], lossFake + lossReal)\n    optimizers['one'].step()\n");
  // The generator's batch is made once; the second turn goes through the discriminator as it is by then, every second step.
  expect([first, second].map((turn) => turn.includes('model.g_fc2(')))
    .toEqual([true, false]);
  expect(second).toContain('d3_fc1 = model.d1_fc1(g_fc2)');
  expect(second).toContain("    if step % 2 == 0:\n        gradients(optimizers['two'], lossG)\n    if step % 2 == 0:\n        optimizers['two'].step()\n");
  expect(exportPytorch(checkedGraph(classifier()))).not.toContain('training_step');
});

test('a graph that predicts nothing is refused', () => {
  expect(() => exportPytorch(checkedGraph(makeDocument({ x: ['Input', { shape: [3] }] }, [])))).toThrow(FormatError);
});

/** Trains a written script's model from a npz of weights on a npz of inputs, and prints each step's losses. */
const TRAINER = `
import importlib.util, json, sys, numpy, torch
folder, steps = sys.argv[1], int(sys.argv[2])
spec = importlib.util.spec_from_file_location('model', f'{folder}/model.py')
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load_weights(module.Model(), f'{folder}/weights.npz').train()
optimizers = module.make_optimizers(model)
inputs = {name: torch.from_numpy(array) for name, array in numpy.load(f'{folder}/in.npz').items()}
losses = [module.training_step(model, optimizers, step, **inputs) for step in range(1, steps + 1)]
print(json.dumps([{name: loss.item() for name, loss in step.items()} for step in losses]))
`;

const PYTHON = process.env['NETLOOM_PYTHON'] ?? 'python3';
const hasTorch = spawnSync(PYTHON, ['-c', 'import torch, numpy']).status === 0;

/** Feeds a script's model with a npz of inputs, in the order of its parameters, and writes the outputs as another. What PyTorch before 2.4 lacks is written out. */
const RUNNER = `
import importlib.util, sys, numpy, torch
import torch.nn.functional as F
${OLD_TORCH}folder, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    spec = importlib.util.spec_from_file_location(f'model{i}', f'{folder}/{i}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load_weights(module.Model(), f'{folder}/{i}.weights.npz').eval()
    with numpy.load(f'{folder}/{i}.in.npz') as file, torch.no_grad():
        result = model(*[torch.from_numpy(file[name]) for name in file.files])
    numpy.savez(f'{folder}/{i}.out.npz', **{name: value.numpy() for name, value in (result.items() if isinstance(result, dict) else [('only', result)])})
`;

describe.skipIf(!hasTorch)('in PyTorch', () => {
  test('every template and a graph of branches give the same', () => {
    const templates = TEMPLATES.map(({ file }) => parseDocument(readFileSync(new URL(`../../assets/${file}`, import.meta.url))).doc).filter((doc) => doc !== undefined);
    const graphs: CheckedGraph[] = [...templates, attentive, recurrent, hyphened].map((doc) => checkedGraph(doc));
    const folder = mkdtempSync(join(tmpdir(), 'netloom-pytorch-'));
    try {
      const references = graphs.map((graph, i) => {
        const weights = someWeights(graph);
        writeFileSync(join(folder, `${i}.py`), exportModel('pytorch', { graph, weights }));
        writeFileSync(join(folder, `${i}.weights.npz`), exportModel('npz', { graph, weights }));
        const reference = referencePrediction(graph, weights, 3);
        writeFileSync(join(folder, `${i}.in.npz`), writeNpz(Object.fromEntries(Object.entries(reference.feeds).map(([name, { shape, data }]) => [name, data instanceof Float32Array ? { dtype: 'f32', shape, data } : { dtype: 'i32', shape, data }]))));
        return reference;
      });
      const { status, stderr } = spawnSync(PYTHON, ['-c', RUNNER, folder, String(graphs.length)], { encoding: 'utf8' });
      expect(stderr).not.toContain('Error');
      expect(status).toBe(0);
      references.forEach(({ outputs }, i) => {
        const found = readNpz(readFileSync(join(folder, `${i}.out.npz`)));
        for (const [name, wanted] of outputs) {
          const array = outputs.size === 1 ? found['only'] : found[name];
          expect(array?.shape).toEqual(wanted.shape);
          expect(largestDifference(Array.from(array?.data ?? []), wanted.data), `${graphs[i]?.doc.name}, '${name}'`).toBeLessThan(1e-4);
        }
      });
      const run = spawnSync(PYTHON, [join(folder, `${graphs.length - 1}.py`), join(folder, `${graphs.length - 1}.weights.npz`)], { encoding: 'utf8' });
      expect(run.stdout).toBe("{'class': (2, 3), \"it's\": (2, 8, 6, 7)}\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(cases)('the written training: $name', (golden) => {
    const graph = checkedGraph(documentOf(golden));
    const folder = mkdtempSync(join(tmpdir(), 'netloom-pytorch-'));
    try {
      const weights = tensors(golden.weights);
      writeFileSync(join(folder, 'model.py'), exportModel('pytorch', { graph, weights }));
      writeFileSync(join(folder, 'weights.npz'), exportModel('npz', { graph, weights }));
      writeFileSync(join(folder, 'in.npz'), writeNpz(Object.fromEntries((['x', 'z'] as const).map((name) => [name === 'z' && golden.kind === 'one-loss' ? 'y' : name, { dtype: 'f32', shape: golden[name].shape, data: decodeFloats(golden[name]) }]))));
      const { stdout, stderr } = spawnSync(PYTHON, ['-c', TRAINER, folder, String(golden.steps)], { encoding: 'utf8' });
      expect(stderr).toBe('');
      const losses = JSON.parse(stdout) as readonly Readonly<Record<string, number>>[];
      golden.losses.forEach((wanted, step) => expect(largestDifference(golden.kind === 'gan' ? ['lossFake', 'lossReal', 'lossG'].map((name) => losses[step]![name]!) : Object.values(losses[step]!), wanted), `step ${step + 1}`).toBeLessThan(1e-5));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
