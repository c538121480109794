/** How large a node's title may be where the node is seen from afar, so that no word of it breaks and none is left out. */
import { NODE_WIDTH } from './geometry.ts';

/** Left and right of the title, in canvas units. */
const MARGIN = 16;
/** Widths in em of bold letters: wide fonts' Latin ones, and Chinese ones. */
const [LATIN, WIDE] = [0.66, 1.05];
const [SMALLEST, LARGEST] = [12, 28];

const isWide = (letter: string): boolean => /[\u2e80-\u9fff\uff00-\uffef]/.test(letter);
const widthOf = (text: string): number => [...text.trimEnd()].reduce((sum, letter) => sum + (isWide(letter) ? WIDE : LATIN), 0);
/** A line may end behind a space, a hyphen or a Chinese letter. */
const piecesOf = (title: string): readonly string[] => title.match(/[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef-]*-|[^\s\u2e80-\u9fff\uff00-\uffef-]+\s*|\s+/g) ?? [title];

/** Lines that fit into a node of this height, with its shape below. */
export const farTitleLines = (height: number): number => (height < 80 ? 1 : height < 124 ? 2 : 3);

const known = new Map<string, number>();

/** The font's size in canvas units at which the title fits into so many lines of a node. */
export function farTitleSize(title: string, lines: number): number {
  const key = `${String(lines)} ${title}`;
  let size = known.get(key);
  if (size === undefined) {
    size = Math.min(LARGEST, Math.max(SMALLEST, Math.floor((2 * (NODE_WIDTH - MARGIN)) / narrowest(piecesOf(title), lines)) / 2));
    known.set(key, size);
  }
  return size;
}

/** The least width, in em, in which the pieces make no more than so many lines. */
function narrowest(pieces: readonly string[], lines: number): number {
  const rest = pieces.join('');
  if (lines === 1 || pieces.length < 2) return Math.max(widthOf(rest), LATIN);
  let least = widthOf(rest);
  for (let i = 1; i < pieces.length; i++) {
    const first = widthOf(pieces.slice(0, i).join(''));
    if (first >= least) break;
    least = Math.min(least, Math.max(first, narrowest(pieces.slice(i), lines - 1)));
  }
  return least;
}
