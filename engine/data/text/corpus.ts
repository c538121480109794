/** A text as tokens: read, parted into training and test by position, its vocabulary made from the training part, cut into windows. */
import type { TextParams } from '../../nodes/data/text-parts.ts';
import { sameText, textOf } from '../../text.ts';
import { breathe } from '../breathe.ts';
import { DataError } from '../data-error.ts';
import type { DataContext, SampleArray } from '../dataset.ts';
import { BYTE_TOKENS, type Merges, trainBytePairs } from './byte-pairs.ts';
import { FABLES } from './fables.ts';
import { type TokenCoding, tokenizerOf, UNKNOWN } from './token-coding.ts';

/** Training windows that a step left empty aims at. */
const USUAL_WINDOWS = 4096;
/** Elements of all windows together: half a gigabyte of i32. */
const MAX_ELEMENTS = 2 ** 27;

/** Share of the characters that may go without a token of their own: rare signs, not the text itself. */
const MAX_LOST = 0.05;

export interface TokenizedText {
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly coding: TokenCoding;
  /** Tokens that a text can have: all below this number. What is above is the mask, or free. */
  readonly used: number;
}

/** `reserved`: tokens at the end of the vocabulary that no text may get; the last of them is the mask. */
export async function tokenizedText(params: TextParams, reserved: number, context: DataContext): Promise<TokenizedText> {
  const text = await readText(params.path, context);
  const cut = cutAt(text, params.testShare);
  const [train, test] = [text.slice(0, cut), text.slice(cut)];
  const coding = await codingOf(train, params, reserved);
  const { encode } = tokenizerOf(coding);
  const used = coding.kind === 'characters' ? coding.characters.length : BYTE_TOKENS + (coding.kind === 'byte-pairs' ? coding.merges.length : 0);
  return { train: await encodeInParts(train, encode), test: await encodeInParts(test, encode), coding, used };
}

async function readText(path: string, { platform: { files } }: DataContext): Promise<string> {
  if (path === '') return FABLES;
  let bytes: Uint8Array;
  try {
    bytes = await files.read(path);
  } catch (error) {
    const { en, zh } = textOf(error);
    throw new DataError('data-unavailable', { en: `The text ${path} cannot be read (${en}). Name a plain text file, or none for the text that comes with Netloom.`, zh: `无法读取文本 ${path}（${zh}）。请指定一个纯文本文件，或留空以使用 Netloom 自带的文本。` }, { cause: error });
  }
  try {
    // One sign for the end of a line, whatever system wrote the file.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch (error) {
    throw new DataError('data-format', { en: `${path} is no text in UTF-8. Save it again with this encoding.`, zh: `${path} 不是 UTF-8 编码的文本。请以该编码重新保存。` }, { cause: error });
  }
}

/** Where the test part begins: at the next line if one begins soon, and never inside of a character. */
function cutAt(text: string, testShare: number): number {
  if (testShare === 0) return text.length;
  const wanted = Math.round(text.length * (1 - testShare));
  const line = text.indexOf('\n', wanted - 1) + 1;
  if (line > 0 && line - wanted <= text.length * testShare * 0.1) return line;
  const isInside = /^[\uDC00-\uDFFF]/.test(text.slice(wanted, wanted + 1));
  return isInside ? wanted + 1 : wanted;
}

async function codingOf(train: string, { tokens, vocabulary }: TextParams, reserved: number): Promise<TokenCoding> {
  const room = vocabulary - reserved;
  const mask = reserved === 0 ? {} : { mask: vocabulary - 1 };
  switch (tokens) {
    case 'characters':
      return { kind: 'characters', characters: [UNKNOWN, ...frequentCharacters(train, room - 1)], vocabulary, ...mask };
    case 'byte-pairs':
      return { kind: 'byte-pairs', merges: await bytePairsOf(train, room), vocabulary, ...mask };
  }
}

/** The most frequent ones, at most `count`, in the order of their code points. Too many others are an error: the text would be lost. */
function frequentCharacters(text: string, count: number): string[] {
  const counts = new Map<string, number>();
  for (const character of text) if (character !== UNKNOWN) counts.set(character, (counts.get(character) ?? 0) + 1);
  const byCode = ([a]: readonly [string, number], [b]: readonly [string, number]): number => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || byCode(a, b));
  const sum = (entries: readonly (readonly [string, number])[]): number => entries.reduce((total, [, times]) => total + times, 0);
  const lost = sum(byCount.slice(count)) / Math.max(1, sum(byCount));
  if (lost > MAX_LOST) {
    const percent = (100 * lost).toFixed(0);
    throw new DataError('data-mismatch', {
      en: `The text has ${byCount.length} different characters; a vocabulary with room for ${count} of them leaves ${percent} % of the text without a token of its own. Set "vocabulary" to ${byCount.length + 2}, or "tokens" to byte pairs.`,
      zh: `文本中有 ${byCount.length} 种不同的字符；而词表只容得下其中 ${count} 种，文本的 ${percent}% 将没有自己的词元。请把“vocabulary”设为 ${byCount.length + 2}，或把“tokens”设为字节对。`,
    });
  }
  return byCount.slice(0, count).sort(byCode).map(([character]) => character);
}

/** The last one learnt: an endless set asks for the same one in every epoch. */
let learnt: { readonly text: string; readonly vocabulary: number; readonly merges: Merges } | undefined;

async function bytePairsOf(text: string, vocabulary: number): Promise<Merges> {
  if (learnt?.text !== text || learnt.vocabulary !== vocabulary) learnt = { text, vocabulary, merges: await trainBytePairs(new TextEncoder().encode(text), vocabulary) };
  return learnt.merges;
}

/** Characters between two chances for others to have their turn: a few milliseconds. */
const ENCODED_AT_ONCE = 1 << 15;

/** As `encode` of the whole: it is cut only where a line begins without a blank, which no token reaches over. */
async function encodeInParts(text: string, encode: (text: string) => Int32Array): Promise<Int32Array> {
  const parts: Int32Array[] = [];
  const border = /\n(?=\S)/g;
  for (let start = 0; start < text.length;) {
    border.lastIndex = start + ENCODED_AT_ONCE;
    const found = border.exec(text);
    const end = found === null ? text.length : found.index + 1;
    parts.push(encode(text.slice(start, end)));
    start = end;
    await breathe();
  }
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The step between the training windows: the user's, or the automatic one. */
export const strideOf = ({ stride, window }: TextParams, tokens: number): number => stride ?? Math.min(window, Math.max(1, Math.ceil(tokens / USUAL_WINDOWS)));

/** [windows, length]: the tokens from every `stride`-th on. `what` names the part for the message that it is too short. */
export function windowsOf(tokens: Int32Array, length: number, stride: number, what: 'training' | 'test'): SampleArray {
  if (tokens.length < length) {
    const part = what === 'training' ? sameText('训练') : sameText('测试');
    const way = what === 'training' ? { en: 'Take a smaller window or a longer text', zh: '请减小窗口，或使用更长的文本' } : { en: 'Take a smaller window or a larger share for the test, or 0 for no test', zh: '请减小窗口或增大测试集比例，或设为 0 表示没有测试集' };
    throw new DataError('data-mismatch', { en: `The ${what} part of the text has ${tokens.length} tokens, but one window takes ${length}. ${way.en}.`, zh: `文本的${part.zh}部分有 ${tokens.length} 个词元，而一个窗口需要 ${length} 个。${way.zh}。` });
  }
  const count = Math.floor((tokens.length - length) / stride) + 1;
  if (count * length > MAX_ELEMENTS) {
    const fitting = Math.ceil((tokens.length * length) / MAX_ELEMENTS);
    throw new DataError('data-mismatch', { en: `${count} windows of ${length} tokens are ${count * length} numbers; at most ${MAX_ELEMENTS} are possible. Take a step of ${fitting} or more.`, zh: `${count} 个长 ${length} 的窗口共有 ${count * length} 个数；最多只能有 ${MAX_ELEMENTS} 个。请把步长设为 ${fitting} 或更大。` });
  }
  const data = new Int32Array(count * length);
  for (let i = 0; i < count; i++) data.set(tokens.subarray(i * stride, i * stride + length), i * length);
  return { shape: [count, length], data };
}
