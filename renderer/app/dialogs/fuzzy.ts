/** Fuzzy search for commands and names: letters in order, words that begin with them first. */

/** Undefined when `query` is not in `text`; higher is better. */
export function fuzzyScore(query: string, text: string): number | undefined {
  const wanted = fold(query);
  const given = fold(text);
  if (wanted === '') return 0;
  const at = given.indexOf(wanted);
  // Whole, and best at the beginning of a word.
  if (at >= 0) return 1000 - at - given.length / 100 + (at === 0 ? 500 : isWordStart(given, at) ? 250 : 0);
  let score = 0;
  let from = 0;
  let last = -2;
  for (const letter of wanted.replace(/ /g, '')) {
    const found = given.indexOf(letter, from);
    if (found < 0) return undefined;
    score += (found === last + 1 ? 8 : 0) + (isWordStart(given, found) ? 10 : 0) - (found - from) / 4;
    last = found;
    from = found + 1;
  }
  return score - given.length / 100;
}

const fold = (text: string): string => text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
const isWordStart = (text: string, at: number): boolean => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!);

/** Best first; equals keep their order. */
export function fuzzyFilter<T>(query: string, items: readonly T[], textOf: (item: T) => string): readonly T[] {
  if (query.trim() === '') return items;
  return items.map((item) => ({ item, score: fuzzyScore(query.trim(), textOf(item)) })).filter((each): each is { item: T; score: number } => each.score !== undefined).sort((a, b) => b.score - a.score).map(({ item }) => item);
}
