/** Tokens as the inspector shows them. */
import { expect, test } from 'vitest';
import { isTokens, tokenText } from '../../../renderer/inspector/sample-sequences.tsx';

test('tokens are told from points, pictures and series', () => {
  expect(isTokens({ shape: [2, 3], data: new Int32Array(6) })).toBe(true);
  expect(isTokens({ shape: [6], data: new Int32Array(6) })).toBe(false);
  expect(isTokens({ shape: [2, 3], data: new Float32Array(6) })).toBe(false);
});

test('characters stand together, words apart; what is not asked for is a line, filling is nothing', () => {
  const tokens = { shape: [2, 3], data: Int32Array.of(2, 1, 0, 1, -100, 2) };
  expect([tokenText(tokens, 0, ['a', 'b', 'c']), tokenText(tokens, 1, ['a', 'b', 'c'])]).toEqual(['cba', 'b_c']);
  expect([tokenText(tokens, 0, ['', 'red', 'ring']), tokenText(tokens, 1, ['', 'red', 'ring'])]).toEqual(['ring red', 'red _ ring']);
  expect(tokenText(tokens, 0, undefined)).toBe('2 1 0');
});
