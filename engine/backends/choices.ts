/**
 * What a backend chooses between variants of the same computation: measured once on a machine, remembered, and pinned
 * where a run is to be repeated bit by bit. Plain JSON, so that a run's record, a checkpoint and the file on disk hold the same.
 */

/** How a convolution of few taps is computed. The two round differently. */
export const CONVOLUTION_WAYS = ['direct', 'filtering'] as const;
export type ConvolutionWay = (typeof CONVOLUTION_WAYS)[number];

export interface Choices {
  /** The register tiles of matrix products (`Tuning` of the backend), by the instructions that they are made of. Changes no bits. */
  readonly tiles: Readonly<Record<string, { readonly vectors: number; readonly rows: readonly number[]; readonly unroll: number; readonly joins: boolean }>>;
  /** By convolution. Changes bits. */
  readonly convolutions: Readonly<Record<string, ConvolutionWay>>;
  /** Threads that walk a small plan, by plan. Changes no bits. */
  readonly threads: Readonly<Record<string, number>>;
}
export const NO_CHOICES: Choices = { tiles: {}, convolutions: {}, threads: {} };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown, most: number): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;

function isTile(tile: unknown): boolean {
  if (!isObject(tile)) return false;
  const { vectors, rows, unroll, joins } = tile;
  return (vectors === 2 || vectors === 4) && Array.isArray(rows) && rows.length === 4 && rows.every((count) => isCount(count, 8)) && isCount(unroll, 8) && typeof joins === 'boolean';
}

/** Undefined unless it is all well formed: a file that was damaged is not half believed. */
export function readChoices(value: unknown): Choices | undefined {
  if (!isObject(value)) return undefined;
  const { tiles = {}, convolutions = {}, threads = {} } = value;
  if (!isObject(tiles) || !isObject(convolutions) || !isObject(threads)) return undefined;
  if (!Object.values(tiles).every(isTile)) return undefined;
  if (!Object.values(convolutions).every((way) => (CONVOLUTION_WAYS as readonly unknown[]).includes(way))) return undefined;
  if (!Object.values(threads).every((count) => isCount(count, 1024))) return undefined;
  return { tiles, convolutions, threads } as Choices;
}

const joined = (under: Choices, over: Choices): Choices => ({
  tiles: { ...under.tiles, ...over.tiles }, convolutions: { ...under.convolutions, ...over.convolutions }, threads: { ...under.threads, ...over.threads },
});

/** Choices that a machine remembers. One for all backends of a process, so that what one has chosen holds for the next. */
export class ChoiceMemory {
  #choices: Choices;
  readonly #write: (choices: Choices) => Promise<void>;
  #isNew = false;

  /** `write` keeps them; where it fails they last as long as the process. */
  constructor(choices: Choices, write: (choices: Choices) => Promise<void>) {
    this.#choices = choices;
    this.#write = write;
  }

  get choices(): Choices { return this.#choices; }
  add(choices: Choices): void {
    this.#choices = joined(this.#choices, choices);
    this.#isNew = true;
  }
  async save(): Promise<void> {
    if (!this.#isNew) return;
    this.#isNew = false;
    await this.#write(this.#choices).catch(() => {});
  }
}

/** The choices of one backend: those that it was told, those that its machine remembers, and those that it made. */
export class ChoiceBook {
  readonly #memory: ChoiceMemory | undefined;
  #told: Choices;
  #used: Choices = NO_CHOICES;

  /** Without a memory nothing is measured that changes bits. */
  constructor(memory?: ChoiceMemory, told: Choices = NO_CHOICES) {
    this.#memory = memory;
    this.#told = told;
  }

  /** Whether what is undecided may be measured, because the answer will be remembered. */
  get measures(): boolean { return this.#memory !== undefined; }
  /** What has been asked and answered: told this, another backend computes the same bits. */
  get used(): Choices { return this.#used; }

  find<K extends keyof Choices>(kind: K, key: string): Choices[K][string] | undefined {
    const known = [this.#used, this.#told, this.#memory?.choices ?? NO_CHOICES].map((choices) => choices[kind][key]).find((value) => value !== undefined);
    if (known !== undefined) this.#use(kind, key, known as Choices[K][string]);
    return known as Choices[K][string] | undefined;
  }
  decide<K extends keyof Choices>(kind: K, key: string, value: Choices[K][string]): void {
    this.#use(kind, key, value);
    this.#memory?.add({ ...NO_CHOICES, [kind]: { [key]: value } });
  }
  #use<K extends keyof Choices>(kind: K, key: string, value: Choices[K][string]): void {
    if (this.#used[kind][key] !== value) this.#used = joined(this.#used, { ...NO_CHOICES, [kind]: { [key]: value } });
  }

  /** Take these from now on: those of a run that goes on. They stand above what the machine remembers. */
  tell(choices: Choices): void {
    this.#told = joined(this.#told, choices);
    this.#used = joined(this.#used, choices);
  }
  save(): Promise<void> {
    return this.#memory?.save() ?? Promise.resolve();
  }
}
