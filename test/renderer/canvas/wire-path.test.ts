/** The way through a wire: back to the sources, on to the ends, and nothing beside it. */
import { expect, test } from 'vitest';
import { pathThrough } from '../../../renderer/canvas/wire-path.ts';
import { makeDocument } from '../../graph/documents.ts';

test('a branch beside the way is not on it; both arms of a detour are', () => {
  const { edges } = makeDocument({ data: ['Digits'], a: ['ReLU'], b: ['Tanh'], add: ['Add'], side: ['Sigmoid'], out: ['Output'] }, ['data.x -> a.x', 'data.x -> b.x', 'a.y -> add.xs', 'b.y -> add.xs', 'a.y -> side.x', 'add.y -> out.x']);
  const name = (id: string): string => `${edges[id]!.from.node}-${edges[id]!.to.node}`;
  const through = (wire: string): readonly string[] => [...pathThrough({ edges }, Object.keys(edges).find((id) => name(id) === wire)!)].map(name).sort();
  expect(through('add-out')).toEqual(['a-add', 'add-out', 'b-add', 'data-a', 'data-b']);
  expect(through('a-side')).toEqual(['a-side', 'data-a']);
  expect(through('data-b')).toEqual(['add-out', 'b-add', 'data-b']);
  expect(pathThrough({ edges }, 'gone').size).toBe(0);
});
