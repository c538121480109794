import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc, PortRef } from '../../engine/graph/document.ts';
import { fitKey, fitWire, fitWires } from '../../engine/graph/wire-fit.ts';
import { type BlockSketch, SQUASH, STACK, instance, longDocument, stackedDocument, withBlocks } from './block-documents.ts';
import { cpuMilliseconds } from './cpu-time.ts';
import { type NodeSketch, classifier, makeDocument } from './documents.ts';

const ref = (text: string): PortRef => {
  const [node = '', port = ''] = text.split('.');
  return { node, port };
};
const fit = (doc: GraphDoc, wire: string, path: readonly string[] = []) => {
  const [from = '', to = ''] = wire.split(' -> ');
  const result = fitWire(doc, ref(from), ref(to), path);
  if (!result.fits) {
    expect(result.why.en).toMatch(/^[A-Z'].*[.?]$/);
    expect(result.why.zh).toMatch(/[。？]$/);
  }
  return result;
};

describe('one wire', () => {
  test('fits, and says which it takes the place of', () => {
    expect(fit(classifier(), 'relu.y -> output.x')).toEqual({ fits: true, replaces: 'e9' });
    expect(fit(classifier({ extra: ['Output'] }), 'relu.y -> extra.x')).toEqual({ fits: true });
    expect(fit(classifier({ more: ['MSE'] }), 'more.loss -> adam.loss')).toEqual({ fits: true });
  });
  test('own node, kinds, cycles, ports that there are not', () => {
    expect(fit(classifier(), 'relu.y -> relu.x')).toMatchObject({ fits: false, why: { en: 'A node cannot feed itself.' } });
    expect(fit(classifier(), 'fc2.y -> adam.loss')).toMatchObject({ fits: false, why: { en: "This output is a tensor, and 'loss' takes a loss; put a loss node (CrossEntropy, MSE, …) in between.", zh: '这个输出是张量，而“loss”需要损失；请在中间放一个损失节点（CrossEntropy、MSE 等）。' } });
    expect(fit(classifier(), 'fc2.y -> fc1.x')).toMatchObject({ fits: false, why: { en: expect.stringContaining("'fc2' depends on 'fc1' already") as string } });
    expect(fit(classifier(), 'fc2.z -> fc1.x').fits).toBe(false);
    expect(fit(classifier(), 'ghost.y -> fc1.x').fits).toBe(false);
  });
  test('shapes and dtypes, as inference says, with the repair', () => {
    const doc = classifier({ conv: ['Conv2D'], embed: ['Embedding'] });
    expect(fit(doc, 'fc1.y -> conv.x')).toMatchObject({ fits: false, why: { en: expect.stringContaining('[N, 5]') as string }, repair: { kind: 'insert-node', type: 'Reshape', beforePort: 'x' } });
    expect(fit(doc, 'data.y -> fc1.x')).toMatchObject({ fits: false, repair: { kind: 'insert-node', type: 'Embedding' } });
    expect(fit(doc, 'fc1.y -> embed.x').fits).toBe(false);
  });
  test('class counts, with the size to take over', () => {
    const doc = classifier({ narrow: ['Dense', { units: 2 }] }, { with: ['relu.y -> narrow.x'] });
    expect(fit(doc, 'narrow.y -> loss.prediction')).toMatchObject({ fits: false, why: { en: expect.stringContaining('3') as string }, repair: { kind: 'set-param', node: 'narrow', param: 'units', value: 3 } });
  });
  test('what is not known yet fits', () => {
    const open = classifier({ more: ['CrossEntropy'], loose: ['Dense', { units: 4 }], join: ['Add'] });
    expect(fit(open, 'fc2.y -> more.prediction').fits).toBe(true);
    expect(fit(open, 'data.y -> more.target').fits).toBe(true);
    expect(fit(open, 'loose.y -> fc1.x').fits).toBe(true);
    expect(fit(open, 'fc1.y -> join.xs').fits).toBe(true);
  });
  test('several wires at one port are judged together', () => {
    const doc = classifier({ join: ['Add'] }, { with: ['fc1.y -> join.xs'] });
    expect(fit(doc, 'relu.y -> join.xs')).toEqual({ fits: true });
    expect(fit(doc, 'fc2.y -> join.xs').fits).toBe(false);
  });
});

describe('blocks', () => {
  const images: BlockSketch = { nodes: { relu: ['ReLU'], pool: ['MaxPool2D'] }, wires: ['relu.y -> pool.x'], inputs: { x: ['relu.x'] }, outputs: { y: 'pool.y' } };
  const chains: BlockSketch = { nodes: { a: ['ReLU'], b: ['Dense', { units: 2 }] }, wires: [], inputs: { a: ['a.x'], b: ['b.x'] }, outputs: { a: 'a.y', b: 'b.y' } };
  const doc = withBlocks(makeDocument({ x: ['Input', { shape: [1, 8, 8] }], flat: ['Flatten'], i: instance('images'), c: instance('chains'), r: ['ReLU'] }, ['x.y -> flat.x', 'flat.y -> c.a', 'c.a -> r.x']), { images, chains });
  test('are judged by what is inside, however deep', () => {
    expect(fit(doc, 'x.y -> i.x')).toEqual({ fits: true });
    expect(fit(doc, 'flat.y -> i.x')).toMatchObject({ fits: false, why: { en: expect.stringContaining("MaxPool2D 'i/pool'") as string } });
    const outer = withBlocks(doc, { images, chains, outer: { nodes: { in: instance('images') }, wires: [], inputs: { x: ['in.x'] }, outputs: { y: 'in.y' } } });
    expect(fit({ ...outer, nodes: { ...outer.nodes, o: { ...outer.nodes['i']!, block: 'outer' } } }, 'flat.y -> o.x').fits).toBe(false);
  });
  test('a wire back into a block that it does not depend on is no cycle', () => {
    expect(fit(doc, 'r.y -> c.b')).toEqual({ fits: true });
    expect(fit(doc, 'r.y -> c.a').fits).toBe(false);
  });
  test('inside, types are those of the instance that one came through', () => {
    const stacked = stackedDocument();
    const conv: Record<string, NodeSketch> = { conv: ['Conv2D'], add: ['Add'] };
    const inside = withBlocks(stacked, { stack: { ...STACK, nodes: { ...STACK.nodes, ...conv }, wires: [...STACK.wires, 'norm.y -> add.xs'] }, squash: SQUASH });
    expect(fit(inside, 'fc.y -> conv.x', ['a'])).toMatchObject({ fits: false, why: { en: expect.stringContaining('[N, 8]') as string } });
    expect(fit(inside, 'fc.y -> conv.x', ['b'])).toMatchObject({ fits: false, why: { en: expect.stringContaining('[N, 6]') as string } });
    expect(fit(inside, 'fc.y -> add.xs', ['a']).fits).toBe(true);
    expect(fit(inside, 'norm.y -> fc.x', ['a'])).toMatchObject({ fits: false, why: { en: expect.stringContaining("block's input 'x'") as string } });
    expect(fit(inside, 'tanh.y -> add.xs', ['b', 'act'])).toEqual({ fits: true });
    expect(fitWires(inside, ['ghost'], { from: ref('fc.y') }).size).toBe(0);
    // An instance without wires outside knows no types, and what is unknown fits.
    const loose = { ...inside, edges: {} };
    expect(fit(loose, 'fc.y -> conv.x', ['a']).fits).toBe(true);
  });
});

describe('all ports', () => {
  test('say the same as the checker does of the document with the wire', () => {
    const doc = withBlocks(classifier({ conv: ['Conv2D'], join: ['Concat'], h: instance('hidden'), extra: ['MSE'] }, { with: ['fc1.y -> join.xs'] }), {
      hidden: { nodes: { fc: ['Dense', { units: 5 }], soft: ['Softmax'] }, wires: ['fc.y -> soft.x'], inputs: { x: ['fc.x'] }, outputs: { y: 'soft.y' } },
    });
    const before = new Set(checkGraph(doc).problems.map(({ code, node }) => `${code} ${node}`));
    let misfits = 0;
    for (const from of ['data.x', 'data.y', 'fc1.y', 'relu.y', 'fc2.y', 'loss.loss', 'join.y']) {
      for (const [key, result] of fitWires(doc, [], { from: ref(from) })) {
        expect(result).toEqual(fitWire(doc, ref(from), ref(key)));
        if (ref(from).node === ref(key).node) continue;
        const edges = { ...doc.edges, new: { from: ref(from), to: ref(key) } };
        if (result.fits && result.replaces !== undefined) delete (edges as Record<string, unknown>)[result.replaces];
        const replaced = Object.entries(doc.edges).find(([, { to }]) => fitKey(to) === key && to.port !== 'xs' && key !== 'adam.loss')?.[0];
        if (!result.fits && replaced !== undefined) delete (edges as Record<string, unknown>)[replaced];
        // What it breaks further on is not the wire's own misfit.
        const { problems } = checkGraph({ ...doc, edges });
        const own = problems.filter(({ severity, node, edge, code }) => severity === 'error' && !before.has(`${code} ${node}`) && (edge === 'new' || code === 'cycle' || node === ref(key).node || node?.startsWith(`${ref(key).node}/`) === true));
        expect([from, key, result.fits], JSON.stringify(own.map(({ message }) => message))).toEqual([from, key, own.length === 0]);
        if (!result.fits) misfits += 1;
      }
    }
    expect(misfits).toBeGreaterThan(20);
    const into = fitWires(doc, [], { to: ref('fc2.x') });
    for (const [key, result] of into) expect(result).toEqual(fitWire(doc, ref(key), ref('fc2.x')));
    expect(into.get('fc1.y')).toEqual({ fits: true, replaces: 'e3' });
  });
  test('of 200 nodes take milliseconds', () => {
    const doc = longDocument(200);
    for (const from of ['flat.y', 'n60.y', 'head.y']) {
      expect(cpuMilliseconds(40, () => expect(fitWires({ ...doc }, [], { from: ref(from) }).size).toBeGreaterThan(190))).toBeLessThan(60);
    }
  });
});
