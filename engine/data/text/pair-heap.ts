/** A binary heap of pairs of numbers, the least first by the first number, then by the second. */
export class PairHeap {
  readonly #first: number[] = [];
  readonly #second: number[] = [];

  get size(): number {
    return this.#first.length;
  }

  push(first: number, second: number): void {
    let at = this.#first.length;
    this.#first.push(first);
    this.#second.push(second);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isLess(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Undefined when empty. */
  pop(): readonly [first: number, second: number] | undefined {
    const last = this.#first.length - 1;
    if (last < 0) return undefined;
    this.#swap(0, last);
    const popped = [this.#first.pop() ?? 0, this.#second.pop() ?? 0] as const;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < last && this.#isLess(child, least)) least = child;
      if (least === at) return popped;
      this.#swap(at, least);
      at = least;
    }
  }

  #isLess(a: number, b: number): boolean {
    const left = this.#first[a] ?? 0, right = this.#first[b] ?? 0;
    return left < right || (left === right && (this.#second[a] ?? 0) < (this.#second[b] ?? 0));
  }

  #swap(a: number, b: number): void {
    for (const numbers of [this.#first, this.#second]) {
      const held = numbers[a] ?? 0;
      numbers[a] = numbers[b] ?? 0;
      numbers[b] = held;
    }
  }
}
