/** Which array of a file feeds which source, and in which shape and type: the command line's `--data` on every kind of source. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type GivenData, openGivenData } from '../../engine/cli/given-data.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import { writeNpz } from '../../engine/interop/npz.ts';
import type { StoredArray } from '../../engine/interop/stored-array.ts';
import { makeDocument } from '../graph/documents.ts';
import { inTemporaryFolder } from '../support/cli.ts';

const floats = (...shape: number[]): StoredArray => ({ dtype: 'f32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
const bytes = (...values: number[]): StoredArray => ({ dtype: 'u8', shape: [1, values.length], data: Uint8Array.from(values) });
type Nodes = Parameters<typeof makeDocument>[0];

async function given(nodes: Nodes, wires: string[], arrays: Record<string, StoredArray>): Promise<GivenData> {
  let found: GivenData | undefined;
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'arrays.npz');
    writeFileSync(file, writeNpz(arrays));
    const doc = makeDocument(nodes, wires);
    found = await openGivenData(doc, file);
    // What is fed is what the checker was told: it takes the same array for the same source.
    const { graph } = checkGraph(doc, { data: found.types });
    for (const [node, { train }] of Object.entries(found.sources)) {
      graph?.nodes.get(node)?.definition.outputs.forEach((port, i) => expect(graph.nodes.get(node)?.outputTypes[i]?.shape.slice(1)).toEqual(train[port.name]?.shape.slice(1)));
    }
  });
  if (found === undefined) throw new Error('nothing was given');
  return found;
}

test('Inputs take the array of their id, or of their name', async () => {
  const nodes: Nodes = { x: ['Input', { shape: [2] }], side: ['Input', { name: 'extra', shape: [3] }], join: ['Concat'], out: ['Output'] };
  const wires = ['x.y -> join.xs', 'side.y -> join.xs', 'join.y -> out.x'];
  const { sources } = await given(nodes, wires, { x: floats(5, 2), extra: floats(5, 4) });
  expect([sources['x']?.train['y']?.shape, sources['side']?.train['y']?.shape]).toEqual([[5, 2], [5, 4]]);
  expect((await given(nodes, wires, { x: floats(5, 2), side: floats(5, 7), extra: floats(5, 4) })).sources['side']?.train['y']?.shape).toEqual([5, 7]);
});

test('the only Input takes x, whatever its name is', async () => {
  const { sources } = await given({ image: ['Input', { name: 'image', shape: [1, 2, 2] }], out: ['Output'] }, ['image.y -> out.x'], { x: floats(3, 4) });
  expect(sources['image']?.train['y']?.shape).toEqual([3, 1, 2, 2]);
});

test('bytes are scaled as the node scales its own', async () => {
  const scaleOf = async (type: string, params: Nodes[string][1]) => (await given({ data: [type, params], out: ['Output'] }, ['data.x -> out.x'], { x: bytes(0, 255), y: bytes(1) })).sources['data']?.train['x']?.scale;
  expect(await scaleOf('Arrays', {})).toBe(1 / 255);
  expect(await scaleOf('Arrays', { scaling: 'none' })).toBe(1);
  expect(await scaleOf('MNIST', { scaling: 'signed' })).toBeCloseTo(2 / 255, 12);
});

test('labels that are no whole numbers are refused with their place', async () => {
  const y: StoredArray = { dtype: 'f32', shape: [2], data: Float32Array.of(1, 0.5) };
  await expect(given({ data: ['Blobs', {}], out: ['Output'] }, ['data.x -> out.x'], { x: floats(2, 2), y })).rejects.toThrow("'y' holds 0.5 at element 1");
});
