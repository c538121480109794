/** The node search: what people type finds what they mean, first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockDef } from '../../../engine/graph/document.ts';
import { allNodeTypes } from '../../../engine/nodes/registry.ts';
import { searchNodeTypes } from '../../../renderer/palette/search.ts';

const first = (query: string): string | undefined => searchNodeTypes(query)[0]?.key;
const keys = (query: string): string[] => searchNodeTypes(query).map(({ key }) => key);
const residual: BlockDef = { name: 'Residual unit', nodes: {}, edges: {}, inputs: [], outputs: [], params: [] };

describe('searchNodeTypes', () => {
  it.each([
    ['dense', 'Dense'], ['Linear', 'Dense'], ['fully connected', 'Dense'], ['全连接', 'Dense'], ['稠密', 'Dense'],
    ['conv2d', 'Conv2D'], ['conv 2d', 'Conv2D'], ['二维卷积', 'Conv2D'], ['relu', 'ReLU'], ['maxpool', 'MaxPool2D'], ['max-pool', 'MaxPool2D'],
    ['skip connection', 'Add'], ['cross entropy', 'CrossEntropy'], ['crossentropy', 'CrossEntropy'], ['bce', 'BinaryCrossEntropy'],
    ['adam', 'Adam'], ['sgd', 'SGD'], ['随机失活', 'Dropout'], ['bn', 'BatchNorm'], ['mse', 'MSE'], ['view', 'Reshape'], ['展平', 'Flatten'],
  ])('finds %s as %s, first', (query, type) => expect(first(query)).toBe(type));

  it.each([['desne', 'Dense'], ['flaten', 'Flatten'], ['sofmtax', 'Softmax'], ['droput', 'Dropout'], ['convolutoin', 'Conv2D'], ['bchnrm', 'BatchNorm']])('forgives %s for %s', (query, type) => expect(keys(query)).toContain(type));

  it('finds all of a category, in both languages', () => {
    const optimizers = allNodeTypes().filter(({ category }) => category === 'optimizer').map(({ type }) => type);
    for (const query of ['optimizer', 'Optimizers', '优化器']) expect(keys(query)).toEqual(expect.arrayContaining(optimizers));
  });

  it('says which synonym it was', () => expect(searchNodeTypes('linear').find(({ key }) => key === 'Dense')?.matched).toBe('linear'));
  it('does not give synonyms as a reason when the name was found', () => expect(searchNodeTypes('dense')[0]?.matched).toBeUndefined());

  it('finds nothing for nonsense', () => expect(keys('qqxyz')).toEqual([]));

  it('puts favourites in front, in their order, when nothing was typed', () => {
    const found = searchNodeTypes('', { favourites: ['Adam', 'ReLU'] });
    expect(found.slice(0, 2).map(({ key }) => key)).toEqual(['Adam', 'ReLU']);
    expect(found).toHaveLength(allNodeTypes().length);
  });

  it('offers the blocks of the document', () => {
    expect(searchNodeTypes('resid', { blocks: { b1: residual } })[0]).toMatchObject({ node: { type: 'Block', block: 'b1' }, category: 'block' });
    expect(searchNodeTypes('', { blocks: { b1: residual } }).at(-1)?.key).toBe('Block:b1');
  });

  it('leaves out what does not fit', () => expect(searchNodeTypes('', { fits: ({ type }) => type === 'ReLU' }).map(({ key }) => key)).toEqual(['ReLU']));

  it('finds every type by its own names, whatever the case, first or beside one of the same name', () => {
    for (const type of allNodeTypes()) {
      for (const query of [type.type, type.title.en.toUpperCase(), type.title.zh]) expect(keys(query).slice(0, 2), query).toContain(type.type);
    }
  });

  it('bears any query', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (query) => {
      const found = keys(query);
      expect(new Set(found).size).toBe(found.length);
    }));
  });
});
