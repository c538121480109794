/**
 * The search for nodes, for the palette and quick-add alike: by name in both languages, synonym and
 * category, forgiving a typing error, with the best first. Languages are not told apart, because
 * people type "Dense" into a Chinese window.
 */
import type { BlockDef, BlockId } from '../../engine/graph/document.ts';
import { BLOCK_TYPE } from '../../engine/graph/document.ts';
import type { AnyNodeType, Text } from '../../engine/nodes/node-type.ts';
import { allNodeTypes } from '../../engine/nodes/registry.ts';
import type { NewNode } from '../document/editing.ts';
import { type ReadyBlockDocument, inDocument, readyBlocks } from '../document/ready-blocks.ts';
import { type ShownCategory, categoryLook } from './categories.ts';

export interface NodeSearchOptions {
  /** The document's blocks, which are offered like node types. */
  readonly blocks?: Readonly<Record<BlockId, BlockDef>> | undefined;
  /** Node types that come first among equals, and first of all when nothing was typed. */
  readonly favourites?: readonly string[];
  /** Offers the blocks that ship with the product too, but for those that are among `blocks` already. */
  readonly ready?: boolean;
  /** Leaves out what it is false for: nodes that a dragged wire would not fit. */
  readonly fits?: (node: NewNode) => boolean;
}
export interface FoundEntry {
  /** Unique among the results. */
  readonly key: string;
  /** What to hand to `editing.addNode`. */
  readonly node: NewNode;
  readonly title: Text;
  readonly summary: Text | undefined;
  /** The paper that a ready block is from. */
  readonly source?: string;
  readonly category: ShownCategory;
  readonly isFavourite: boolean;
  /** The synonym that was found, where it was not the title: "linear" for Dense. */
  readonly matched: string | undefined;
}

/** Best first. Without a query: favourites, then everything in the registry's order, then the blocks. */
export function searchNodeTypes(query: string, { blocks = {}, favourites = [], ready = false, fits }: NodeSearchOptions = {}): readonly FoundEntry[] {
  const terms = query.trim().split(/\s+/).map(fold).filter((term) => term !== '');
  const whole = fold(query);
  const candidates = [...typeCandidates(), ...Object.entries(blocks).map(([id, block]) => blockCandidate(id, block)), ...(ready ? readyCandidates(blocks) : [])];
  const scored = candidates.flatMap((candidate, order) => {
    if (fits !== undefined && !fits(candidate.node)) return [];
    const match = terms.length === 0 ? { score: 0, matched: undefined } : best(scoreOf(candidate, [whole]), scoreOf(candidate, terms));
    if (match === undefined) return [];
    const favourite = favourites.indexOf(candidate.node.type);
    return [{ candidate, order, match, favourite: favourite < 0 ? Infinity : favourite }];
  });
  scored.sort((a, b) => b.match.score - a.match.score || compare(a.favourite, b.favourite) || a.order - b.order);
  return scored.map(({ candidate, match, favourite }) => ({
    key: candidate.key, node: candidate.node, title: candidate.title, summary: candidate.summary, ...(candidate.source === undefined ? {} : { source: candidate.source }), category: candidate.category,
    isFavourite: favourite !== Infinity, matched: match.matched,
  }));
}
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

interface Candidate {
  readonly key: string;
  readonly node: NewNode;
  readonly title: Text;
  readonly summary: Text | undefined;
  readonly source?: string;
  readonly category: ShownCategory;
  /** Folded. */
  readonly names: readonly Name[];
}
interface Name {
  readonly folded: string;
  /** Folded too: "conv2d" is found by "2d". */
  readonly words: readonly string[];
  /** Shown as the reason of the match; undefined for what the title says anyway. */
  readonly shown: string | undefined;
  /** What a match here is worth. */
  readonly weight: number;
}

let ofTypes: readonly Candidate[] | undefined;
const typeCandidates = (): readonly Candidate[] => (ofTypes ??= allNodeTypes().map(typeCandidate));

function typeCandidate(type: AnyNodeType): Candidate {
  return {
    key: type.type, node: { type: type.type }, title: type.title, summary: type.summary, category: type.category,
    names: [
      ...[type.title.en, type.title.zh, type.type].map((each) => name(each, 1, undefined)),
      ...type.synonyms.map((each) => name(each, 0.8, each)),
      ...categoryNames(type.category),
    ],
  };
}
function blockCandidate(id: BlockId, block: BlockDef): Candidate {
  return {
    key: `${BLOCK_TYPE}:${id}`, node: { type: BLOCK_TYPE, block: id }, title: { en: block.name, zh: block.name }, summary: undefined, category: 'block',
    names: [name(block.name, 1, undefined), ...categoryNames('block')],
  };
}
let ofReady: ReadonlyMap<string, Candidate> | undefined;
function readyCandidates(blocks: Readonly<Record<BlockId, BlockDef>>): readonly Candidate[] {
  const all = (ofReady ??= new Map(readyBlocks().map((block) => [block.id, readyCandidate(block)])));
  return readyBlocks().flatMap((block) => (inDocument({ blocks }, block) === undefined ? [all.get(block.id)!] : []));
}
function readyCandidate({ id, title, summary, source, synonyms }: ReadyBlockDocument): Candidate {
  return {
    key: `ready:${id}`, node: { type: BLOCK_TYPE, ready: id }, title, summary, source, category: 'block',
    names: [name(title.en, 1, undefined), name(title.zh, 1, undefined), ...synonyms.map((each) => name(each, 0.8, each)), ...categoryNames('block')],
  };
}
const categoryNames = (category: ShownCategory): readonly Name[] => {
  const { title } = categoryLook(category);
  return [name(title.en, 0.5, undefined), name(title.zh, 0.5, undefined), name(category, 0.5, undefined)];
};
const name = (text: string, weight: number, shown: string | undefined): Name => ({ folded: fold(text), words: text.split(/[\s\-_(),（）、]+/).map(fold).filter((word) => word !== ''), shown, weight });

/** Upper case, accents, spaces and hyphens make no difference: "Max-Pool 2D" is "maxpool2d". */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[\s\-_.,()'’]+/gu, '');
}

interface Match {
  readonly score: number;
  readonly matched: string | undefined;
}
const best = (a: Match | undefined, b: Match | undefined): Match | undefined => (a === undefined || (b !== undefined && b.score > a.score) ? b : a);

/** Every term must be found somewhere; the score is the mean of the terms'. */
function scoreOf(candidate: Candidate, terms: readonly string[]): Match | undefined {
  let sum = 0;
  let matched: string | undefined;
  for (const term of terms) {
    let found: { readonly score: number; readonly name: Name } | undefined;
    for (const each of candidate.names) {
      const score = similarity(term, each) * each.weight;
      if (score > (found?.score ?? 0)) found = { score, name: each };
    }
    if (found === undefined) return undefined;
    sum += found.score;
    matched ??= found.name.shown;
  }
  return { score: sum / terms.length, matched };
}

/** From 1 (the same) to 0 (nothing in common). */
function similarity(term: string, { folded, words }: Name): number {
  if (folded === term) return 1;
  // A longer rest makes a prefix worth less: "conv" is rather "Conv 2D" than "Conv transpose 2D".
  // Less than a synonym's whole: "linear" is Dense before it is a linear warm-up.
  if (folded.startsWith(term)) return 0.65 + 0.25 * (term.length / folded.length);
  if (words.includes(term)) return 0.7;
  if (words.some((word) => word.startsWith(term))) return 0.65;
  // One letter is in nearly every name.
  if (term.length < 2) return 0;
  if (folded.includes(term)) return 0.6;
  const allowed = allowedErrors(term);
  if (allowed === 0) return 0;
  for (const word of [folded, ...words]) {
    if (distance(term, word, allowed) <= allowed) return 0.45;
    // Half typed, with an error in what is there.
    if (word.length > term.length && distance(term, word.slice(0, term.length), 1) <= 1) return 0.4;
  }
  return term.length >= 3 && isAbbreviation(term, folded) ? 0.3 : 0;
}
/** Short words are too alike for errors to be forgiven. Chinese has no typing errors of this kind. */
function allowedErrors(term: string): number {
  if (/[^\u0020-\u024f]/u.test(term)) return 0;
  return term.length >= 8 ? 2 : term.length >= 4 ? 1 : 0;
}
/** "bnrm" for "batchnorm": the letters in order, beginning with the first. */
function isAbbreviation(term: string, text: string): boolean {
  if (term[0] !== text[0] || text.length > term.length * 4) return false;
  let at = 0;
  for (const letter of text) if (letter === term[at]) at++;
  return at === term.length;
}

/** Edits (insert, delete, replace, swap neighbours) from one to the other; anything above `limit` may come back as limit + 1. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    if (Math.min(...row) > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
