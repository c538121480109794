/** Keys as text: parsed, matched against key presses, shown as each computer writes them. */
import { describe, expect, test } from 'vitest';
import { type KeyPress, displayKeys, matchesKeys, parseKeys } from '../../../renderer/commands/keys.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({ key, code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

describe('keys', () => {
  test('Mod is Ctrl, or ⌘ on a Mac, and nothing else', () => {
    expect(matchesKeys(press('z', { ctrlKey: true }), 'Mod+Z', false)).toBe(true);
    expect(matchesKeys(press('z', { metaKey: true }), 'Mod+Z', true)).toBe(true);
    expect(matchesKeys(press('z', { metaKey: true }), 'Mod+Z', false)).toBe(false);
    expect(matchesKeys(press('z', { ctrlKey: true, metaKey: true }), 'Mod+Z', false)).toBe(false);
    expect(matchesKeys(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Z', false)).toBe(false);
    expect(matchesKeys(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+Z', false)).toBe(true);
    expect(matchesKeys(press('x'), 'X', false)).toBe(true);
    expect(matchesKeys(press('x', { ctrlKey: true }), 'X', false)).toBe(false);
  });
  test('where a layout or Option types another letter, the place of the key counts', () => {
    expect(matchesKeys(press('я', { ctrlKey: true, code: 'KeyZ' }), 'Mod+Z', false)).toBe(true);
    expect(matchesKeys(press('ç', { altKey: true, code: 'KeyC' }), 'Alt+C', true)).toBe(true);
    // A French keyboard has its A where Q is: what is printed on it counts.
    expect(matchesKeys(press('a', { ctrlKey: true, code: 'KeyQ' }), 'Mod+Q', false)).toBe(false);
  });
  test('signs are what they are, however they are typed', () => {
    expect(matchesKeys(press('?', { shiftKey: true, code: 'Slash' }), '?', false)).toBe(true);
    expect(matchesKeys(press('?', { code: 'KeyM' }), '?', false)).toBe(true);
    expect(matchesKeys(press('+', { ctrlKey: true, shiftKey: true, code: 'Equal' }), 'Mod++', false)).toBe(true);
    expect(matchesKeys(press(' ', { code: 'Space' }), 'Space', false)).toBe(true);
    expect(matchesKeys(press('ArrowRight', { shiftKey: true }), 'ArrowRight', false)).toBe(false);
  });
  test('they are shown as the computer writes them', () => {
    expect(displayKeys('Mod+Shift+Z', true)).toBe('⇧⌘Z');
    expect(displayKeys('Mod+Shift+Z', false)).toBe('Ctrl+Shift+Z');
    expect(displayKeys('Mod++', false)).toBe('Ctrl++');
    expect(displayKeys('Shift+ArrowUp', false)).toBe('Shift+↑');
    expect(parseKeys('.')).toEqual({ mod: false, alt: false, shift: false, key: '.' });
  });
});
