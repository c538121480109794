/** What a run has been asked to do while it trains, until the loop takes it up. */
import type { NodeId } from '../graph/document.ts';
import type { Text } from '../text.ts';
import type { RunCommand } from '../protocol.ts';

export interface RateWish {
  readonly value: number;
  /** All of them when left out. */
  readonly optimizer: NodeId | undefined;
}

export class RunControls {
  #paused = false;
  #stopping = false;
  #singleSteps = 0;
  #newRates: RateWish[] = [];
  #wake: (() => void) | undefined;

  /** Returns what is wrong with the command, if anything is. */
  take(command: RunCommand): Text | undefined {
    let refused: Text | undefined;
    switch (command.kind) {
      case 'pause': this.#paused = true; break;
      case 'resume': this.#paused = false; break;
      case 'stop': this.#stopping = true; break;
      case 'step':
        this.#paused = true;
        this.#singleSteps += 1;
        break;
      case 'learning-rate':
        if (Number.isFinite(command.value) && command.value >= 0) this.#newRates.push({ value: command.value, optimizer: command.optimizer });
        else refused = { en: `A learning rate of ${command.value} was asked for; it must be a number of at least 0, so the rate stays as it is.`, zh: `要求的学习率是 ${command.value}，但学习率必须是不小于 0 的数，因此保持不变。` };
        break;
    }
    this.#wake?.();
    return refused;
  }

  get stopping(): boolean { return this.#stopping; }
  get paused(): boolean { return this.#paused; }
  /** Paused, and not asked for a single step either. */
  get waiting(): boolean { return this.#paused && this.#singleSteps === 0; }

  /** Resolves when there is something to do again. */
  async untilWoken(): Promise<void> {
    while (this.waiting && !this.#stopping) {
      await new Promise<void>((resolve) => { this.#wake = resolve; });
      this.#wake = undefined;
    }
  }

  /** While paused, steps are asked for one by one. */
  takeSingleStep(): boolean {
    if (!this.#paused || this.#singleSteps === 0) return false;
    this.#singleSteps -= 1;
    return true;
  }

  /** In the order in which they were asked for. */
  takeRates(): readonly RateWish[] {
    const rates = this.#newRates;
    this.#newRates = [];
    return rates;
  }
}
