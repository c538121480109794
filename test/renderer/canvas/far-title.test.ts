/** From afar a node's title is as large as its words let it be. */
import { describe, expect, it } from 'vitest';
import { farTitleLines, farTitleSize } from '../../../renderer/canvas/far-title.ts';

describe('the title of a node seen from afar', () => {
  it('is as large as the type goes where it is short', () => {
    expect(farTitleSize('Dense', 2)).toBe(28);
    expect(farTitleSize('全连接层', 1)).toBe(28);
  });
  it('gets smaller so that its longest word stays whole', () => {
    // 14 letters of 0.66 em in 164 units.
    expect(farTitleSize('Reparameterise', 3)).toBe(17.5);
    expect(farTitleSize('Discriminator', 2)).toBe(19);
    // A hyphen ends a line as a space does: the longest piece is `entropy`, or `Binary cross-` in two lines.
    expect(farTitleSize('Binary cross-entropy', 3)).toBe(28);
    expect(farTitleSize('Binary cross-entropy', 2)).toBe(19);
  });
  it('takes as many lines as there are, and Chinese breaks anywhere', () => {
    expect(farTitleSize('Causal transformer block', 3)).toBeGreaterThan(farTitleSize('Causal transformer block', 2));
    expect(farTitleSize('与标准正态的散度', 2)).toBe(28);
    expect(farTitleSize('与标准正态的散度', 1)).toBe(19.5);
  });
  it('stays legible where nothing helps', () => {
    expect(farTitleSize('AVeryLongNameWithoutAnyPlaceToBreakItApart', 2)).toBe(12);
    expect(farTitleSize('', 2)).toBe(28);
  });
  it('has lines by the height of the node', () => {
    expect([60, 100, 140].map(farTitleLines)).toEqual([1, 2, 3]);
  });
});
