/** Keys of commands as text, `Mod+Shift+Z`: whether a key press is meant by one, and how this computer writes it. */

/** The parts of a KeyboardEvent that tell which key it is. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}
interface KeyCombination {
  readonly mod: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  /** As KeyboardEvent.key has it; letters in upper case. */
  readonly key: string;
}

/** Whether `Mod` is ⌘: on computers of Apple. */
export const isApple = (): boolean => typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

export function parseKeys(keys: string): KeyCombination {
  // `Mod++` ends in the key `+`.
  const parts = keys.endsWith('+') ? [...keys.slice(0, -1).split('+').filter((part) => part !== ''), '+'] : keys.split('+');
  const key = parts.at(-1) ?? '';
  const modifiers = parts.slice(0, -1);
  return { mod: modifiers.includes('Mod'), alt: modifiers.includes('Alt'), shift: modifiers.includes('Shift'), key: key.length === 1 ? key.toUpperCase() : key };
}

export function matchesKeys(event: KeyPress, keys: string, apple: boolean = isApple()): boolean {
  const { mod, alt, shift, key } = parseKeys(keys);
  const isMod = apple ? event.metaKey : event.ctrlKey;
  const isOtherMod = apple ? event.ctrlKey : event.metaKey;
  if (isMod !== mod || isOtherMod || event.altKey !== alt) return false;
  const pressed = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  if (/^[A-Z]$/.test(key)) {
    // Option types other letters on a Mac (⌥C gives ç), and a Russian layout has Я where Z is: the key's place tells then.
    return event.shiftKey === shift && (pressed === key || (!/^[A-Z]$/.test(pressed) && event.code === `Key${key}`));
  }
  // A sign such as `?` needs Shift on one keyboard and not on another: the sign itself counts.
  if (key.length === 1 && !/\d/.test(key)) return pressed === key && (!shift || event.shiftKey);
  return pressed === key && event.shiftKey === shift;
}

const APPLE_SIGNS: Readonly<Record<string, string>> = {
  Mod: '⌘', Alt: '⌥', Shift: '⇧', Enter: '↩', Escape: '⎋', Delete: '⌦', Backspace: '⌫', Tab: '⇥', Space: '␣', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→',
};
const OTHER_SIGNS: Readonly<Record<string, string>> = { Mod: 'Ctrl', Escape: 'Esc', Delete: 'Del', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→' };

/** `⇧⌘Z` on a Mac, in the order in which its menus write it; `Ctrl+Shift+Z` elsewhere. */
export function displayKeys(keys: string, apple: boolean = isApple()): string {
  const { mod, alt, shift, key } = parseKeys(keys);
  const signs = apple ? APPLE_SIGNS : OTHER_SIGNS;
  const modifiers = apple ? [alt && 'Alt', shift && 'Shift', mod && 'Mod'] : [mod && 'Mod', alt && 'Alt', shift && 'Shift'];
  const parts = [...modifiers.filter((part) => part !== false), key].map((part) => signs[part] ?? part);
  return parts.join(apple ? '' : '+');
}
