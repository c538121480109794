/**
 * Random sequences of everything that the editor can do, in blocks and outside: after each step the
 * document is valid, and undoing all of them gives back the equal document, redoing all the end.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GraphDoc, BLOCK_TYPE } from '../../../engine/graph/document.ts';
import { checkGraph } from '../../../engine/graph/check.ts';
import { expandBlocks, portsOf } from '../../../engine/graph/blocks.ts';
import { PasteError } from '../../../renderer/document/editing.ts';
import { blockAt } from '../../../renderer/document/scope.ts';
import { classifier } from '../../graph/documents.ts';
import { structuralFaults, workbench } from './workbench.ts';

type Bench = ReturnType<typeof workbench>;
/** Numbers in [0, 1), with which a step chooses among what there is when its turn comes. */
type Dice = readonly [number, number, number, number];

const TYPES = ['Conv2D', 'Dense', 'ReLU', 'Concat', 'Add', 'Flatten', 'CrossEntropy', 'Adam', 'Digits', 'Output', 'CosineSchedule'];
const pick = <T>(items: readonly T[], dice: number): T | undefined => items[Math.floor(dice * items.length)];
const nodeIds = (bench: Bench): string[] => Object.keys(bench.graph().nodes).sort();
const edgeIds = (bench: Bench): string[] => Object.keys(bench.graph().edges).sort();
const point = (a: number, b: number) => ({ x: Math.round(a * 2000), y: Math.round(b * 1000) });
let clipboard: string | undefined;

const ports = (bench: Bench, side: 'inputs' | 'outputs') => nodeIds(bench).flatMap((node) => (portsOf(bench.doc(), bench.graph().nodes[node]!)?.[side] ?? []).map(({ name }) => ({ node, port: name })));
const instances = (bench: Bench): string[] => nodeIds(bench).filter((id) => bench.graph().nodes[id]!.type === BLOCK_TYPE);
/** About a `share` of what is shown, any of it. */
const selectSome = (bench: Bench, share: number, seed: number): void => {
  const some = (records: Readonly<Record<string, unknown>> | undefined): ReadonlySet<string> => new Set(Object.keys(records ?? {}).sort().filter((_, i) => ((seed + 0.1) * 7919 * (i + 3)) % 1 < share));
  const { nodes, frames, comments } = bench.graph();
  bench.editor.select({ nodes: some(nodes), frames: some(frames), comments: some(comments) });
};

/** A network with a block that stands in it twice, wired, and holds another. */
function withBlocks(): GraphDoc {
  const bench = workbench(classifier({ cat: ['Concat'] }, { without: ['relu.y -> fc2.x'], with: ['relu.y -> cat.xs', 'data.x -> cat.xs', 'cat.y -> fc2.x'] }));
  bench.select('fc1', 'relu');
  const inner = bench.editing.group('Inner')!;
  bench.select(inner, 'cat');
  const outer = bench.editing.group('Outer')!;
  const { block } = bench.doc().nodes[outer]!;
  bench.editing.exposeParam(bench.doc().blocks![block!]!.nodes[inner]!.block!, 'fc1', 'units', 'size');
  bench.editing.exposeParam(block!, inner, 'size', 'width');
  bench.editing.setParam(outer, 'width', 7);
  bench.select(outer);
  bench.editing.duplicate();
  const copy = [...bench.editor.getState().selection.nodes][0]!;
  bench.editing.connect({ node: copy, port: 'y' }, { node: 'output', port: 'x' });
  bench.editor.select({});
  return bench.doc();
}

const STEPS: Readonly<Record<string, (bench: Bench, dice: Dice) => void>> = {
  add: (bench, [a, b, c, d]) => {
    const wire = pick(ports(bench, d < 0.5 ? 'outputs' : 'inputs'), c);
    const onWire = pick(edgeIds(bench), c);
    bench.editing.addNode({ type: pick(TYPES, a)!, params: {} }, point(b, c), d < 0.3 || wire === undefined ? {} : d < 0.7 ? { wire: { port: wire, side: d < 0.5 ? 'output' : 'input' } } : onWire === undefined ? {} : { onWire });
  },
  addBlock: (bench, [a, b, c]) => {
    const block = pick(Object.keys(bench.doc().blocks ?? {}), a);
    if (block === undefined) return;
    try {
      bench.editing.addNode(c < 0.3 ? { type: BLOCK_TYPE, ready: pick(['residual', 'squeeze-excitation', 'transformer-encoder'], a)! } : { type: BLOCK_TYPE, block }, point(b, c));
    } catch (error) {
      // Into itself: refused.
      if (!/may stand here/.test(String(error))) throw error;
    }
  },
  connect: (bench, [a, b]) => {
    const from = pick(ports(bench, 'outputs'), a);
    const to = pick(ports(bench, 'inputs'), b);
    if (from !== undefined && to !== undefined) bench.editing.connect(from, to);
  },
  reconnect: (bench, [a, b, c]) => {
    const edge = pick(edgeIds(bench), a);
    const end = pick(ports(bench, c < 0.5 ? 'outputs' : 'inputs'), b);
    if (edge !== undefined && end !== undefined) bench.editing.reconnect(edge, c < 0.5 ? { from: end } : { to: end });
  },
  disconnect: (bench, [a]) => bench.editing.disconnect([pick(edgeIds(bench), a) ?? 'none']),
  insertOnWire: (bench, [a, b]) => void bench.editing.insertOnWire(pick(nodeIds(bench), a) ?? 'none', pick(edgeIds(bench), b) ?? 'none'),
  remove: (bench, [a, b, c]) => {
    selectSome(bench, a * 0.7, b);
    bench.editing.remove({ reconnect: c < 0.5 });
  },
  move: (bench, [a, b, c]) => bench.editing.move({ nodes: new Map(nodeIds(bench).slice(0, 3).map((id, i) => [id, point(a + i / 7, b + c / 3)])) }),
  setParam: (bench, [a, b, c]) => {
    const id = pick(nodeIds(bench), a);
    const node = id === undefined ? undefined : bench.graph().nodes[id]!;
    const name = node === undefined ? undefined : node.block === undefined ? pick(['units', 'filters', 'kernel'], b) : pick(bench.doc().blocks?.[node.block]?.params ?? [], b)?.name;
    if (id !== undefined && name !== undefined) bench.editing.setParam(id, name, c < 0.2 ? undefined : name === 'kernel' ? [1 + Math.floor(c * 5), 3] : c < 0.3 ? Number.NaN : 1 + Math.floor(c * 100));
  },
  rename: (bench, [a, b]) => bench.editing.rename(pick(nodeIds(bench), a) ?? 'none', pick(['', 'first', '第一层', 'bell\u0007', 'x'.repeat(400)], b)!),
  setNode: (bench, [a, b, c]) => bench.editing.setNode(nodeIds(bench).slice(0, Math.floor(a * 4)), pick([{ muted: b < 0.5 }, { frozen: b < 0.5 }, { collapsed: b < 0.5 }, { learningRateFactor: b * 3 }, { weightGroup: pick(['', 'shared', 'my group'], b)! }, { trainedBy: pick(['', ...nodeIds(bench)], b)! }], c)!),
  training: (bench, [a]) => bench.editing.setTraining({ epochs: 1 + Math.floor(a * 50), ...(a < 0.5 ? { earlyStopping: { patience: 3, minDelta: 0 } } : {}) }),
  name: (bench, [a]) => bench.editing.setName(`net ${Math.floor(a * 3)}`),
  copy: (bench, [a, b]) => {
    selectSome(bench, a, b);
    clipboard = bench.editing.copy() ?? clipboard;
  },
  cut: (bench, [a, b]) => {
    selectSome(bench, a * 0.6, b);
    clipboard = bench.editing.cut() ?? clipboard;
  },
  paste: (bench, [a, b, c]) => {
    if (clipboard === undefined || nodeIds(bench).length > 60) return;
    try {
      bench.editing.paste(clipboard, c < 0.5 ? point(a, b) : undefined);
    } catch (error) {
      if (!(error instanceof PasteError) || error.code !== 'recursive') throw error;
    }
  },
  duplicate: (bench, [a, b]) => {
    if (nodeIds(bench).length > 60) return;
    selectSome(bench, a, b);
    bench.editing.duplicate();
  },
  group: (bench, [a, b]) => {
    selectSome(bench, a, b);
    bench.editing.group(a < 0.5 ? 'Residual block' : '模块');
  },
  unpack: (bench, [a]) => void bench.editing.unpack(pick(instances(bench), a) ?? 'none'),
  groupAndUnpack: (bench, [a, b]) => {
    selectSome(bench, a, b);
    const { nodes, edges, frames, comments } = bench.graph();
    const before = { nodes, edges, frames, comments, border: borderOf(bench) };
    const id = bench.editing.group('Twice');
    if (id === undefined) return;
    bench.editing.unpack(id);
    const after = bench.graph();
    expect({ nodes: after.nodes, edges: after.edges, frames: after.frames, comments: after.comments, border: borderOf(bench) }).toEqual(before);
  },
  enter: (bench, [a]) => {
    const id = pick(instances(bench), a);
    if (id !== undefined) bench.editor.enter([...bench.editor.getState().path, id]);
  },
  leave: (bench) => bench.editor.enter(bench.editor.getState().path.slice(0, -1)),
  makeUnique: (bench, [a]) => void bench.editing.makeUnique(pick(instances(bench), a) ?? 'none'),
  removeUnused: (bench) => void bench.editing.removeUnusedBlocks(),
  ports: (bench, [a, b, c, d]) => {
    const block = pick(Object.keys(bench.doc().blocks ?? {}), a);
    const definition = block === undefined ? undefined : bench.doc().blocks![block]!;
    if (block === undefined || definition === undefined) return;
    const side = c < 0.5 ? 'input' : 'output';
    const port = pick((side === 'input' ? definition.inputs : definition.outputs).map(({ name }) => name), b);
    const node = pick(Object.keys(definition.nodes), b);
    const inner = node === undefined ? undefined : pick(portsOf(bench.doc(), definition.nodes[node]!)?.[side === 'input' ? 'inputs' : 'outputs'] ?? [], c);
    if (d < 0.2 && port !== undefined) bench.editing.removePort(block, side, port);
    else if (d < 0.4 && port !== undefined) bench.editing.renamePort(block, side, port, pick(['x', 'left', 'not a name', '__proto__', 'y2'], a)!);
    else if (d < 0.6 && port !== undefined) bench.editing.movePort(block, side, port, Math.floor(b * 3));
    else if (node !== undefined && inner !== undefined) bench.editing.addPort(block, side, { node, port: inner.name }, d < 0.8 ? definition.inputs[0]?.name : undefined);
  },
  expose: (bench, [a, b, c, d]) => {
    const block = pick(Object.keys(bench.doc().blocks ?? {}), a);
    const definition = block === undefined ? undefined : bench.doc().blocks![block]!;
    if (block === undefined || definition === undefined) return;
    const node = pick(Object.keys(definition.nodes), b);
    const inner = node === undefined ? undefined : definition.nodes[node]!;
    if (c < 0.3) bench.editing.hideParam(block, pick(definition.params, d)?.name ?? 'none');
    else if (node !== undefined) bench.editing.exposeParam(block, node, inner?.block === undefined ? pick(['units', 'filters'], d)! : (pick(bench.doc().blocks![inner.block]!.params, d)?.name ?? 'units'), pick(['size', 'width', 'depth'], c)!);
  },
  frame: (bench, [a, b]) => {
    selectSome(bench, a * 0.5, b);
    const id = bench.editing.addFrame(point(a, b));
    bench.editing.updateFrame(id, { title: `frame ${a}`, color: 'blue' });
  },
  comment: (bench, [a, b]) => bench.editing.updateComment(bench.editing.addComment(point(a, b)), { text: 'line\nline\u0000', size: { width: a * 500, height: Number.NaN } }),
  align: (bench, [a, b, c]) => {
    selectSome(bench, a, b);
    bench.editing.align(pick(['left', 'center', 'right', 'top', 'middle', 'bottom'] as const, c)!);
    bench.editing.distribute(c < 0.5 ? 'horizontal' : 'vertical');
  },
  repair: (bench, [a]) => {
    const { problems } = checkGraph(bench.doc());
    const problem = pick(problems.filter((each) => each.repair !== undefined), a);
    if (problem !== undefined) bench.editing.repair(problem);
  },
  undo: (bench) => void bench.documents.undo(),
  redo: (bench) => void bench.documents.redo(),
};

/** The border of the block that is shown; the order of what one input feeds has no meaning. */
function borderOf(bench: Bench) {
  const block = blockAt(bench.doc(), bench.editor.getState().path);
  const definition = block === undefined ? undefined : bench.doc().blocks?.[block];
  return definition === undefined ? undefined : { inputs: definition.inputs.map(({ name, to }) => ({ name, to: to.map((ref) => JSON.stringify(ref)).sort() })), outputs: definition.outputs, params: definition.params.map((param) => JSON.stringify(param)).sort() };
}

/** Not `fc.double`, most of whose numbers are next to nothing. */
const fraction = fc.nat({ max: 2 ** 24 - 1 }).map((number) => number / 2 ** 24);
const dice = fc.tuple(fraction, fraction, fraction, fraction);
const step = fc.record({ name: fc.constantFrom(...Object.keys(STEPS)), dice });

/** By their names for JSON, so that key order and shared objects do not count. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A wire into a block was taken away for the sake of a node inside it, which was then selected outside. */
const FOUND_ONCE: [{ name: string; dice: [number, number, number, number] }[], boolean] = [[{ name: 'connect', dice: [0.5, 0.7000000476837158, 0, 0] }, { name: 'repair', dice: [0, 0, 0, 0] }], false];

describe('random sequences of edits', () => {
  test('leave a valid document after each step; undoing all gives the equal document, redoing all the end', () => {
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }), fc.boolean(), (steps, isPlain) => {
      const start = isPlain ? classifier() : withBlocks();
      const before = plain(start);
      const bench = workbench(start);
      clipboard = undefined;
      for (const { name, dice: numbers } of steps) {
        STEPS[name]!(bench, numbers);
        expect(structuralFaults(bench.doc()), name).toEqual([]);
        const { selection, focus, path } = bench.editor.getState();
        for (const id of selection.nodes) expect(bench.graph().nodes[id], `selected after ${name}`).toBeDefined();
        if (focus !== undefined) expect(selection.nodes.has(focus)).toBe(true);
        if (path.length > 0) expect(blockAt(bench.doc(), path), `path after ${name}`).toBeDefined();
      }
      while (bench.documents.redo());
      const end = plain(bench.doc());
      while (bench.documents.undo());
      expect(plain(bench.doc())).toEqual(before);
      while (bench.documents.redo());
      expect(plain(bench.doc())).toEqual(end);
    }), { numRuns: Number(process.env['EDIT_RUNS'] ?? 60), examples: [FOUND_ONCE] });
  }, 180_000);

  test('grouping changes nothing that the network computes', () => {
    fc.assert(fc.property(dice, dice, ([a, b], [c, d]) => {
      const bench = workbench(classifier({ cat: ['Concat'] }, { without: ['relu.y -> fc2.x'], with: ['relu.y -> cat.xs', 'data.x -> cat.xs', 'fc1.y -> cat.xs', 'cat.y -> fc2.x'] }));
      const flat = (): readonly string[] => {
        const nodeOf = (id: string): string => id.split('/').at(-1)!;
        const { doc } = expandBlocks(bench.doc());
        const { graph } = checkGraph(bench.doc());
        expect(graph).toBeDefined();
        expect(Object.keys(doc.nodes).map(nodeOf).sort()).toEqual(['accuracy', 'adam', 'cat', 'data', 'fc1', 'fc2', 'loss', 'output', 'relu']);
        return [...graph!.nodes.values()].map((node) => `${nodeOf(node.id)} <- ${node.inputs.map((input) => `${nodeOf(input.from)}.${input.fromPort} at ${input.port}`).join(', ')}`).sort();
      };
      const before = flat();
      selectSome(bench, a, b);
      const id = bench.editing.group('Block');
      expect(flat()).toEqual(before);
      if (id === undefined) return;
      // Once more, inside the block or around it.
      if (c < 0.5) bench.editor.enter([id]);
      selectSome(bench, c, d);
      bench.editing.group('Inner');
      expect(flat()).toEqual(before);
      bench.editor.enter([]);
      if (bench.doc().nodes[id] !== undefined) bench.editing.unpack(id);
      expect(flat()).toEqual(before);
    }), { numRuns: 60 });
  }, 180_000);
});
