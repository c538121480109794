/** The edits one by one: what they make of a document, and what they leave alone. */
import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../../engine/graph/check.ts';
import { parseDocument } from '../../../engine/graph/parse.ts';
import { PasteError } from '../../../renderer/document/editing.ts';
import { emptyDocument } from '../../../renderer/document/empty.ts';
import { createDocumentStore } from '../../../renderer/document/store.ts';
import { classifier, makeDocument } from '../../graph/documents.ts';
import { structuralFaults, workbench } from './workbench.ts';

describe('nodes and wires', () => {
  test('ids are short and counted', () => {
    const { editing } = workbench(emptyDocument());
    const add = (type: string) => editing.addNode({ type }, { x: 0, y: 0 });
    expect([add('Conv2D'), add('Conv2D'), add('ReLU'), add('MaxPool2D'), add('Conv2D')]).toEqual(['conv', 'conv2', 'relu', 'maxpool', 'conv3']);
    expect(() => add('Nothing')).toThrow(/Nothing/);
  });

  test('a ready block brings its definition along, in one step; the next instance shares it, and one that was changed is left alone', () => {
    const { editing, documents, doc, wires, editor } = workbench(makeDocument({ x: ['Input', { shape: [16, 8, 8] }], out: ['Output'] }, ['x.y -> out.x']));
    const before = doc();
    const first = editing.addNode({ type: 'Block', ready: 'residual' }, { x: 0, y: 0 }, { onWire: 'e1' });
    expect([first, Object.keys(doc().blocks ?? {}), doc().blocks?.['residual']?.name]).toEqual(['residual', ['residual'], 'Residual block']);
    expect(wires()).toEqual(['residual.y -> out.x', 'x.y -> residual.x']);
    expect(checkGraph(doc()).problems.map(({ code }) => code)).toEqual(['no-loss']);
    documents.undo();
    expect(doc()).toEqual(before);
    documents.redo();
    expect(editing.addNode({ type: 'Block', ready: 'residual' }, { x: 300, y: 0 })).toBe('residual2');
    expect(Object.keys(doc().blocks ?? {})).toEqual(['residual']);
    editing.hideParam('residual', 'channels');
    const third = editing.addNode({ type: 'Block', ready: 'residual' }, { x: 600, y: 0 });
    expect([doc().nodes[third]?.block, doc().blocks?.['residual2']?.name, doc().blocks?.['residual']?.params]).toEqual(['residual2', 'Residual block 2', []]);
    editor.enter([third]);
    expect(() => editing.addNode({ type: 'Block', ready: 'residual' }, { x: 0, y: 0 })).toThrow();
    expect(() => editing.addNode({ type: 'Block', ready: 'nothing' }, { x: 0, y: 0 })).toThrow();
    expect(structuralFaults(doc())).toEqual([]);
  });

  test('parameters that are exposed under one name are set together, taken into a group and out again', () => {
    const { editing, doc, select, editor } = workbench(makeDocument({ a: ['Dense', { units: 4 }], b: ['Dense', { units: 5 }], relu: ['ReLU'] }, ['a.y -> b.x', 'b.y -> relu.x']));
    select('a', 'b', 'relu');
    const id = editing.group('Pair')!;
    const block = doc().nodes[id]!.block!;
    expect([editing.exposeParam(block, 'a', 'units', 'units'), editing.exposeParam(block, 'b', 'units', 'units'), editing.exposeParam(block, 'b', 'bias', 'units'), editing.exposeParam(block, 'a', 'units', 'again')]).toEqual([true, true, false, false]);
    const names = () => doc().blocks![block]!.params;
    editor.enter([id]);
    select('a', 'relu');
    const inner = editing.group('Inner')!;
    expect(names()).toEqual([{ name: 'units', node: inner, param: 'units' }, { name: 'units', node: 'b', param: 'units' }]);
    editing.unpack(inner);
    expect(names()).toEqual([{ name: 'units', node: 'a', param: 'units' }, { name: 'units', node: 'b', param: 'units' }]);
    select('a');
    editing.remove();
    expect(names()).toEqual([{ name: 'units', node: 'b', param: 'units' }]);
  });

  test('a dropped wire takes the port that fits: labels go to the target, not to the prediction', () => {
    const { editing, wires } = workbench(makeDocument({ data: ['Digits'] }, []));
    editing.addNode({ type: 'Dense' }, { x: 0, y: 0 }, { wire: { port: { node: 'data', port: 'x' }, side: 'output' } });
    expect(wires()).toEqual(['data.x -> dense.x']);
    editing.addNode({ type: 'CosineSchedule' }, { x: 0, y: 0 }, { wire: { port: { node: 'data', port: 'x' }, side: 'output' } });
    expect(wires()).toEqual(['data.x -> dense.x']);
  });

  test('a node put on a wire is inserted, and the wires into one port keep their order', () => {
    const { editing, doc, wires } = workbench(makeDocument({ a: ['Blobs'], b: ['Blobs'], cat: ['Concat'] }, ['a.x -> cat.xs', 'b.x -> cat.xs']));
    const relu = editing.addNode({ type: 'ReLU' }, { x: 0, y: 0 }, { onWire: 'e1' });
    expect(wires()).toEqual([`a.x -> ${relu}.x`, 'b.x -> cat.xs', `${relu}.y -> cat.xs`]);
    expect(doc().edges['e1']).toEqual({ from: { node: relu, port: 'y' }, to: { node: 'cat', port: 'xs' } });
  });

  test('a second wire into a port for one takes the place of the first; doubled wires into it and loops are refused', () => {
    const { editing, wires } = workbench(makeDocument({ a: ['Blobs'], b: ['Blobs'], fc: ['Dense'], add: ['Add'] }, ['a.x -> fc.x']));
    expect(editing.connect({ node: 'a', port: 'x' }, { node: 'fc', port: 'x' })).toBeUndefined();
    expect(editing.connect({ node: 'fc', port: 'y' }, { node: 'fc', port: 'x' })).toBeUndefined();
    expect(editing.connect({ node: 'a', port: 'nothing' }, { node: 'fc', port: 'x' })).toBeUndefined();
    expect(editing.connect({ node: 'b', port: 'x' }, { node: 'fc', port: 'x' })).toBeDefined();
    expect(wires()).toEqual(['b.x -> fc.x']);
    // A port for many takes the same value twice: a square is a product with itself.
    editing.connect({ node: 'a', port: 'x' }, { node: 'add', port: 'xs' });
    expect(editing.connect({ node: 'a', port: 'x' }, { node: 'add', port: 'xs' })).toBeDefined();
    expect(wires()).toEqual(['a.x -> add.xs', 'a.x -> add.xs', 'b.x -> fc.x']);
  });

  test('deleting with reconnection leads wires past whole chains, where the kinds agree', () => {
    const { editing, select, wires } = workbench(classifier());
    select('fc1', 'relu');
    editing.remove({ reconnect: true });
    expect(wires()).toContain('data.x -> fc2.x');
    select('loss');
    editing.remove({ reconnect: true });
    expect(wires().some((wire) => wire.endsWith('adam.loss'))).toBe(false);
  });

  test('wires that a box has selected along with the nodes do not stand in the way of reconnecting', () => {
    const { editing, editor, doc, wires } = workbench(classifier());
    const atRelu = Object.keys(doc().edges).filter((id) => [doc().edges[id]!.from.node, doc().edges[id]!.to.node].includes('relu'));
    editor.select({ nodes: new Set(['relu']), edges: new Set(atRelu) });
    editing.remove({ reconnect: true });
    expect(wires()).toContain('fc1.y -> fc2.x');
  });

  test('what is taken out of a muted block is muted', () => {
    const { editing, select, doc } = workbench(classifier());
    select('fc1', 'relu');
    const block = editing.group('Part')!;
    editing.setNode([block], { muted: true });
    const ids = editing.unpack(block);
    expect(ids.map((id) => doc().nodes[id]!.muted)).toEqual([true, true]);
  });

  test('keystrokes in one field are one step of undo; a default is taken back', () => {
    let now = 0;
    const bench = workbench(classifier(), () => now);
    for (const units of [1, 12, 128]) bench.editing.setParam('fc1', 'units', units);
    expect(bench.documents.getState().undoStack).toHaveLength(1);
    expect(bench.documents.getState().undoStack[0]!.patches).toHaveLength(1);
    now = 5000;
    bench.editing.setParam('fc1', 'units', undefined);
    expect(bench.doc().nodes['fc1']!.params).toEqual({});
    bench.documents.undo();
    bench.documents.undo();
    expect(bench.doc()).toEqual(classifier());
  });

  test('what undo takes away leaves the selection, and a block that is gone is left', () => {
    const { editing, editor, documents, select } = workbench(classifier());
    select('fc1', 'relu');
    const block = editing.group('Block')!;
    editor.enter([block]);
    editor.selectNodes(['fc1']);
    documents.undo();
    expect(editor.getState()).toMatchObject({ path: [], focus: undefined });
    const dense = editing.addNode({ type: 'Dense' }, { x: 0, y: 0 });
    expect(editor.getState().focus).toBe(dense);
    documents.undo();
    expect(editor.getState().selection.nodes.size).toBe(0);
  });
});

describe('undo', () => {
  test('two hundred steps and more go back and forth', () => {
    const { editing, documents, doc } = workbench(classifier());
    for (let i = 0; i < 400; i++) editing.move({ nodes: new Map([['fc1', { x: i + 7, y: i }]]) });
    const end = doc();
    let steps = 0;
    while (documents.undo()) steps++;
    expect(steps).toBe(400);
    expect(doc()).toEqual(classifier());
    while (documents.redo());
    expect(doc()).toEqual(end);
  });

  test('the history has a bound, keeps two hundred steps, and never takes a forgotten state for the saved one', () => {
    const { editing, documents } = workbench(classifier());
    documents.markSaved();
    for (let i = 0; i < 1100; i++) editing.move({ nodes: new Map([['fc1', { x: i + 7, y: i }]]) });
    expect(documents.getState().undoStack).toHaveLength(1000);
    while (documents.undo());
    expect(documents.getState().savedAt).not.toBe(documents.getState().undoStack.at(-1));
    // Steps beyond two hundred go when all of them together are too large.
    const small = createDocumentStore(classifier(), () => 0, 10_000);
    for (let i = 0; i < 300; i++) small.edit('edit.set-name', (doc) => { doc.description = `${i}`.padEnd(1000, 'x'); });
    expect(small.getState().undoStack).toHaveLength(200);
  });
});

test('who trains a node stays true when the optimizer goes into a block, comes out of it, or is copied', () => {
  const bench = workbench(classifier({ sgd: ['SGD'], fc1: ['Dense', { units: 5 }, { trainedBy: 'adam' }], fc2: ['Dense', { units: 3 }, { trainedBy: 'sgd' }] }, { with: ['loss.loss -> sgd.loss'] }));
  const trainers = () => Object.fromEntries(Object.entries(bench.doc().nodes).flatMap(([id, { trainedBy }]) => (trainedBy === undefined ? [] : [[id, trainedBy]])));
  const before = bench.doc().nodes;
  bench.select('adam', 'loss');
  const block = bench.editing.group('Training')!;
  expect(trainers()).toEqual({ fc1: `${block}/adam`, fc2: 'sgd' });
  expect(checkGraph(bench.doc()).problems).toEqual([]);
  bench.editing.unpack(block);
  expect(bench.doc().nodes).toEqual(before);
  // A block takes what it says along to its nodes, which may say otherwise.
  bench.select('fc1', 'relu');
  const part = bench.editing.group('Part')!;
  bench.editing.setNode([part], { trainedBy: 'sgd' });
  expect([...checkGraph(bench.doc()).graph?.trainers ?? []]).toEqual([[`${part}/fc1`, 'adam'], ['fc2', 'sgd']]);
  bench.editing.unpack(part);
  expect(trainers()).toEqual({ fc1: 'adam', fc2: 'sgd' });
  bench.select('fc1', 'adam');
  bench.editing.duplicate();
  expect(trainers()).toEqual({ fc1: 'adam', fc2: 'sgd', fc3: 'adam2' });
  bench.editing.setNode(['fc1', 'fc3'], { trainedBy: undefined });
  expect(trainers()).toEqual({ fc2: 'sgd' });
});

test('the repair of weights that two optimizers reach names one at all of them', () => {
  const bench = workbench(classifier({ sgd: ['SGD'] }, { with: ['loss.loss -> sgd.loss'] }));
  const [problem] = checkGraph(bench.doc()).problems;
  expect(problem!.code).toBe('several-trainers');
  bench.editing.repair(problem!);
  expect([bench.doc().nodes['fc1']!.trainedBy, bench.doc().nodes['fc2']!.trainedBy]).toEqual(['adam', 'adam']);
});

describe('the clipboard', () => {
  test('a fragment is a document of its own, with its blocks, wires, frames and comments', () => {
    const bench = workbench(classifier());
    bench.select('fc1', 'relu');
    const block = bench.editing.group('Hidden layer')!;
    bench.editing.updateComment(bench.editing.addComment({ x: 5, y: 5 }), { text: 'why' });
    bench.editor.select({ nodes: new Set([block, 'fc2']), comments: new Set(['comment']) });
    const text = bench.editing.copy()!;
    const { doc } = parseDocument(text);
    expect(Object.keys(doc!.nodes).sort()).toEqual([block, 'fc2'].sort());
    expect(Object.keys(doc!.edges)).toHaveLength(1);
    expect(Object.keys(doc!.blocks!)).toHaveLength(1);
    expect(doc!.comments!['comment']!.text).toBe('why');

    // Into another document, by way of an e-mail.
    const other = workbench(emptyDocument());
    const ids = other.editing.paste(`Look at this:\r\n\r\n${text.split('\n').map((line) => `> ${line}`).join('\r\n')}\r\n\r\n-- \r\nA friend`, { x: 100, y: 100 });
    expect(ids).toHaveLength(2);
    expect(other.wires()).toEqual([`${block}.y -> fc2.x`]);
    expect(structuralFaults(other.doc())).toEqual([]);
    // Once more: the block is the same one.
    other.editing.paste(text);
    expect(Object.keys(other.doc().blocks!)).toHaveLength(1);
    expect(Object.keys(other.doc().nodes)).toHaveLength(4);
  });

  test.each([
    ['', 'not-netloom'], ['hello', 'not-netloom'], ['{"a": 1}', 'not-netloom'], ['{"format": "netloom", "version": 2', 'damaged'], ['{"format": "netloom", "version": 999}', 'newer'],
    ['{"format": "netloom", "version": 2, "nodes": {"__proto__": {}}}', 'damaged'], [JSON.stringify({ ...emptyDocument() }), 'damaged'],
  ] as const)('%j is refused', (text, code) => {
    const bench = workbench(classifier());
    expect(() => bench.editing.paste(text)).toThrow(PasteError);
    try {
      bench.editing.paste(text);
    } catch (error) {
      expect((error as PasteError).code).toBe(code);
    }
    expect(bench.doc()).toEqual(classifier());
    expect(bench.documents.getState().undoStack).toHaveLength(0);
  });

  test('a block is not pasted into itself', () => {
    const bench = workbench(classifier());
    bench.select('fc1', 'relu');
    const block = bench.editing.group('Block')!;
    bench.select(block);
    const text = bench.editing.copy()!;
    bench.editor.enter([block]);
    expect(() => bench.editing.paste(text)).toThrow(expect.objectContaining({ code: 'recursive' }));
    expect(() => bench.editing.addNode({ type: 'Block', block: bench.doc().nodes[block]!.block! }, { x: 0, y: 0 })).toThrow(/may stand here/);
  });

  test('duplicates are fed from outside as their originals are', () => {
    const { editing, select, wires } = workbench(classifier());
    select('fc1', 'relu');
    expect(editing.duplicate()).toEqual(['fc3', 'relu2']);
    expect(wires()).toEqual(expect.arrayContaining(['data.x -> fc3.x', 'fc3.y -> relu2.x']));
    expect(wires().some((wire) => wire.startsWith('relu2'))).toBe(false);
  });
});

describe('blocks', () => {
  test('one source outside is one port; ports are named after those inside', () => {
    const bench = workbench(makeDocument({ data: ['Digits'], conv: ['Conv2D', { padding: 'same' }], add: ['Add'], out: ['Output'] }, ['data.x -> conv.x', 'conv.y -> add.xs', 'data.x -> add.xs', 'add.y -> out.x']));
    bench.select('conv', 'add');
    const id = bench.editing.group('Residual')!;
    const definition = bench.doc().blocks![bench.doc().nodes[id]!.block!]!;
    expect(definition.inputs.map(({ name, to }) => [name, to.length])).toEqual([['x', 2]]);
    expect(definition.outputs.map(({ name }) => name)).toEqual(['y']);
    expect(bench.wires()).toEqual([`${id}.y -> out.x`, `data.x -> ${id}.x`].sort());
  });

  test('all instances follow the definition, one of its own stays apart', () => {
    const bench = workbench(classifier());
    bench.select('fc1', 'relu');
    const first = bench.editing.group('Layer')!;
    const block = bench.doc().nodes[first]!.block!;
    const second = bench.editing.addNode({ type: 'Block', block }, { x: 0, y: 300 });
    const own = bench.editing.makeUnique(second)!;
    expect(own).not.toBe(block);
    expect(bench.editing.makeUnique(second)).toBeUndefined();
    expect(bench.editing.renamePort(block, 'input', 'x', 'features')).toBe(true);
    expect(bench.editing.renamePort(block, 'input', 'features', 'not a name')).toBe(false);
    expect(bench.wires()).toContain(`data.x -> ${first}.features`);
    bench.editor.enter([first]);
    bench.select('relu');
    bench.editing.remove();
    expect(bench.doc().blocks![own]!.nodes['relu']).toBeDefined();
    bench.editor.enter([]);
    expect(bench.wires().some((wire) => wire.startsWith(`${first}.`))).toBe(false);
    bench.select(first, second);
    bench.editing.remove();
    expect(bench.editing.removeUnusedBlocks()).toBe(2);
    expect(bench.doc().blocks).toBeUndefined();
  });
});

describe('repairs', () => {
  test('what the checker offers makes the problem go away, in blocks too', () => {
    const bench = workbench(makeDocument({ data: ['Digits'], flat: ['Flatten'], fc: ['Dense', { units: 16 }], conv2: ['Conv2D', { filters: 4 }] }, ['data.x -> flat.x', 'flat.y -> fc.x', 'fc.y -> conv2.x']));
    bench.select('fc', 'conv2');
    const block = bench.editing.group('Head')!;
    const problem = checkGraph(bench.doc()).problems.find(({ repair }) => repair?.kind === 'insert-node')!;
    expect(problem.node).toBe(`${block}/conv2`);
    expect(bench.editing.repair(problem)).toBe(true);
    bench.editor.enter([block]);
    expect(bench.wires()).toEqual(['fc.y -> reshape.x', 'reshape.y -> conv2.x']);
    expect(structuralFaults(bench.doc())).toEqual([]);
    // The second time, the wire is not what the problem was about, but the node is still there; a node that is gone is not repaired.
    bench.select('conv2');
    bench.editing.remove();
    const before = bench.doc();
    expect(bench.editing.repair(problem)).toBe(false);
    expect(bench.doc()).toBe(before);
  });

  test('a missing optimizer and loss are added and wired', () => {
    const bench = workbench(makeDocument({ data: ['Digits'], flat: ['Flatten'], fc: ['Dense', { units: 10 }] }, ['data.x -> flat.x', 'flat.y -> fc.x']));
    for (let i = 0; i < 6; i++) {
      const problem = checkGraph(bench.doc()).problems.find(({ repair }) => repair?.kind === 'add-node');
      if (problem === undefined) break;
      expect(bench.editing.repair(problem)).toBe(true);
    }
    expect(bench.wires()).toEqual(expect.arrayContaining(['fc.y -> crossentropy.prediction', 'data.y -> crossentropy.target', 'crossentropy.loss -> adam.loss']));
    expect(checkGraph(bench.doc(), { forTraining: true }).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('order on the canvas', () => {
  test('layout puts nodes in layers from left to right, in one step, where they were', async () => {
    const { editing, doc, documents } = workbench(classifier());
    await editing.layout();
    const x = (id: string): number => doc().nodes[id]!.position.x;
    expect(x('data')).toBeLessThan(x('fc1'));
    expect(x('fc1')).toBeLessThan(x('relu'));
    expect(x('fc2')).toBeLessThan(x('loss'));
    expect(Math.min(...Object.keys(doc().nodes).map(x))).toBe(0);
    expect(documents.getState().undoStack).toHaveLength(1);
  });

  test('aligned edges are equal, distributed gaps are', () => {
    const { editing, select, doc } = workbench(makeDocument({ a: ['ReLU', {}, { position: { x: 0, y: 0 } }], b: ['ReLU', {}, { position: { x: 300, y: 40 } }], c: ['ReLU', {}, { position: { x: 1000, y: 90 } }] }, []));
    select('a', 'b', 'c');
    editing.align('top');
    editing.distribute('horizontal');
    expect(Object.values(doc().nodes).map(({ position }) => position)).toEqual([{ x: 0, y: 0 }, { x: 500, y: 0 }, { x: 1000, y: 0 }]);
  });
});
