/**
 * How a set's tokens become text and text becomes tokens. A coding is plain data, so that it travels
 * with samples, checkpoints and messages; a tokenizer is what works with it.
 */
import { TextError } from '../../text.ts';
import { BYTE_TOKENS, BytePairs, type Merges } from './byte-pairs.ts';

export type TokenCoding =
  /** Words between blanks; an empty word is a place that is filled up. */
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** One token per character (code point). `characters[0]` stands for all that have none. */
  | { readonly kind: 'characters'; readonly characters: readonly string[]; readonly vocabulary: number; readonly mask?: number }
  /** Tokens 0 … 255 are bytes of UTF-8, the others come from the merges. */
  | { readonly kind: 'byte-pairs'; readonly merges: Merges; readonly vocabulary: number; readonly mask?: number };

/** By `<node id>.<port>`, for what a whole graph is fed with. */
export type TokenCodings = Readonly<Record<string, TokenCoding>>;

export interface Tokenizer {
  /** Size of the vocabulary: tokens are 0 … size − 1. */
  readonly size: number;
  /** What each token is called, for people: line breaks and half characters are made visible. Empty where no text gives the token. */
  readonly names: readonly string[];
  /** Characters without a token become token 0; a word without one is an error. */
  encode(text: string): Int32Array;
  /** Tokens that stand for no text (masks, filling, numbers out of range) give none. */
  decode(tokens: ArrayLike<number>): string;
}

/** In place of characters that have no token. */
export const UNKNOWN = '\uFFFD';
/** What a mask is called. */
export const MASK_NAME = '□';

const VISIBLE: Readonly<Record<string, string>> = { '\n': '⏎', '\r': '␍', '\t': '⇥' };
const visible = (text: string): string => text.replace(/[\n\r\t]/g, (sign) => VISIBLE[sign] ?? sign);

export function tokenizerOf(coding: TokenCoding): Tokenizer {
  switch (coding.kind) {
    case 'words':
      return wordTokenizer(coding.words);
    case 'characters':
      return characterTokenizer(coding.characters, coding.vocabulary, coding.mask);
    case 'byte-pairs':
      return bytePairTokenizer(coding.merges, coding.vocabulary, coding.mask);
  }
}

function wordTokenizer(words: readonly string[]): Tokenizer {
  const tokens = new Map(words.map((word, token) => [word, token]));
  return {
    size: words.length,
    names: words,
    encode: (text) => Int32Array.from(text.split(/\s+/).filter((word) => word !== ''), (word) => {
      const token = tokens.get(word);
      if (token === undefined) {
        const known = words.filter((each) => each !== '');
        throw new TextError({ en: `The word '${word}' is not in the vocabulary: ${known.join(', ')}.`, zh: `词表中没有单词“${word}”；可用的词有：${known.join('、')}。` });
      }
      return token;
    }),
    decode: (line) => Array.from(line, (token) => words[token] ?? '').filter((word) => word !== '').join(' '),
  };
}

/** `length` names, with that of the mask in its place. */
const namesOf = (length: number, mask: number | undefined, name: (token: number) => string): string[] =>
  Array.from({ length }, (_, token) => (token === mask ? MASK_NAME : name(token)));

function characterTokenizer(characters: readonly string[], vocabulary: number, mask: number | undefined): Tokenizer {
  const tokens = new Map(characters.map((character, token) => [character, token]));
  return {
    size: vocabulary,
    names: namesOf(vocabulary, mask, (token) => visible(characters[token] ?? '')),
    encode: (text) => Int32Array.from([...text], (character) => tokens.get(character) ?? 0),
    decode: (line) => Array.from(line, (token) => characters[token] ?? '').join(''),
  };
}

/** Blanks at the borders of a token would not be seen. */
const BLANK_NAME = '␣';

function bytePairTokenizer(merges: Merges, vocabulary: number, mask: number | undefined): Tokenizer {
  const pairs = new BytePairs(merges);
  // A mark at the beginning of a text belongs to it.
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
  const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
  const name = (token: number): string => {
    const bytes = pairs.bytesOf(token);
    try {
      return visible(strict.decode(bytes)).replaceAll(' ', BLANK_NAME);
    } catch {
      return `<${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}>`;
    }
  };
  return {
    size: vocabulary,
    names: namesOf(Math.max(vocabulary, BYTE_TOKENS), mask, name),
    encode: (text) => pairs.encode(new TextEncoder().encode(text)),
    decode: (line) => lenient.decode(pairs.decode(line)),
  };
}
