/**
 * Vector constants that lie in memory. V8 builds one that is written into the code out of two 64-bit
 * numbers, in four instructions at every use, where a load that repeats a number takes one: with
 * twenty of them in it, erf takes a third less time.
 */

/** In the memory's first page, behind the control words. */
const CONSTANTS_AT = 4096;
const MOST = 4096;

/** The same addresses for all modules of this program. */
const words: number[] = [];
const places = new Map<number, number>();

/** Address of a word with these bits, for a load that repeats it. */
export function constantAddress(bits: number): number {
  let at = places.get(bits | 0);
  if (at === undefined) {
    if (words.length === MOST) throw new Error(`more than ${MOST} constants`);
    at = CONSTANTS_AT + 4 * words.length;
    places.set(bits | 0, at);
    words.push(bits | 0);
  }
  return at;
}

/** To be called after code that uses constants was written, before it runs. */
export function writeConstants(memory: WebAssembly.Memory): void {
  new Int32Array(memory.buffer, CONSTANTS_AT, words.length).set(words);
}

const float = new Float32Array(1);
const int = new Int32Array(float.buffer);

export function bitsOf(value: number): number {
  float[0] = value;
  return int[0] as number;
}
