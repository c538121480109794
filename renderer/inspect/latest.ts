/** Asks for the newest only: while one request is under way, later ones wait, and of those that wait the last one is asked. */
export class Latest<Q, A> {
  readonly #ask: (question: Q) => Promise<A>;
  readonly #answered: (answer: A, question: Q) => void;
  readonly #failed: (error: unknown) => void;
  #busy = false;
  #next: { readonly question: Q } | undefined;

  constructor(ask: (question: Q) => Promise<A>, answered: (answer: A, question: Q) => void, failed: (error: unknown) => void) {
    this.#ask = ask;
    this.#answered = answered;
    this.#failed = failed;
  }

  ask(question: Q): void {
    this.#next = { question };
    void this.#work();
  }
  /** Drops what waits; an answer that is under way still comes. */
  drop(): void {
    this.#next = undefined;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      try {
        this.#answered(await this.#ask(next.question), next.question);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#busy = false;
  }
}
