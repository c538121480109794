/**
 * Prints a run's events for people: a status line that is redrawn on a terminal, and plain lines at
 * epochs (and every few seconds) in a pipe. Knows nothing of training but its events.
 */
import type { MetricValues, RunEvent } from '../protocol.ts';
import type { Terminal } from './terminal.ts';
import { formatBar, formatCount, formatDuration, formatLoss, formatMetrics } from './text.ts';

/** A person reads no more than a few changes a second. */
const REDRAW_MS = 100;
/** In a pipe, a line now and then shows that a long epoch is alive. */
const PLAIN_MS = 10_000;
/** Weight of the newest step in the shown loss: a single batch's loss jumps too much to be read. */
const LOSS_SMOOTHING = 0.05;
const BAR_WIDTH = 20;
/** A shorter bar says less than the percentage beside it. */
const LEAST_BAR_WIDTH = 6;

export interface ProgressOptions {
  /** "images" or "samples". */
  readonly unit: string;
  /** Steps that the run is to reach and has behind it when it starts (more than 0 after a resume). */
  readonly totalSteps: number;
  readonly stepsDone: number;
  readonly batchSize: number;
  readonly now?: () => number;
}

interface Rate {
  readonly step: number;
  readonly at: number;
}

const headline = (metrics: MetricValues): MetricValues => Object.fromEntries(Object.entries(metrics).slice(0, 3));

export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  #step: number;
  #epoch = 0;
  #epochs = 0;
  #loss: number | undefined;
  #accuracy: MetricValues | undefined;
  #lastPrint = 0;
  #rate: Rate[] = [];
  #notice = '';

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#step = options.stepsDone;
  }

  show(event: RunEvent): void {
    switch (event.kind) {
      case 'start': {
        this.#epochs = event.epochs;
        const samples = `${formatCount(event.trainSamples)} training ${this.#options.unit}${event.testSamples > 0 ? ` and ${formatCount(event.testSamples)} to test with` : ''}`;
        this.#terminal.out(`${event.model}: ${formatCount(event.parameters)} parameters, ${samples}`);
        this.#terminal.out(`on ${event.device}${event.why === '' ? '' : ` (${event.why})`}; batch ${event.batchSize}, ${formatCount(event.stepsPerEpoch)} steps per epoch, seed ${event.seed}`);
        return;
      }
      case 'phase':
        // Loading and evaluating are no training: the rate starts afresh behind them.
        this.#rate = [];
        this.#notice = event.phase === 'training' ? '' : event.detail === undefined ? event.phase : `${event.phase} ${event.detail}`;
        this.#draw(true);
        return;
      case 'step':
        this.#step = event.step;
        this.#epoch = event.epoch;
        this.#notice = '';
        this.#loss = this.#loss === undefined || !Number.isFinite(this.#loss) ? event.loss : this.#loss + LOSS_SMOOTHING * (event.loss - this.#loss);
        this.#draw(false);
        return;
      case 'epoch': {
        this.#accuracy = event.validation ?? event.test ?? event.train;
        const parts = [`train ${formatMetrics(headline(event.train))}`];
        if (event.validation !== undefined) parts.push(`validation ${formatMetrics(headline(event.validation))}`);
        if (event.test !== undefined) parts.push(`test ${formatMetrics(headline(event.test))}`);
        const of = this.#epochs > 0 ? `/${this.#epochs}` : '';
        this.#terminal.out(`epoch ${event.epoch}${of}  ${parts.join('  |  ')}  |  ${formatDuration(event.seconds)}, ${formatCount(event.samplesPerSecond)} ${this.#options.unit}/s`);
        this.#lastPrint = this.#now();
        return;
      }
      case 'warning':
        this.#terminal.err(`warning: ${event.message}`);
        return;
      case 'error':
        this.#terminal.err(`error: ${event.message}${event.advice === undefined ? '' : `\n${event.advice}`}`);
        return;
      case 'checkpoint':
      case 'tensor':
        return;
    }
  }

  /** Take the status line away. */
  end(): void {
    this.#terminal.status('');
  }

  #draw(force: boolean): void {
    const now = this.#now();
    const { interactive } = this.#terminal;
    this.#rate.push({ step: this.#step, at: now });
    // Five seconds of history, so that the shown rate follows what the machine does now.
    while (this.#rate.length > 2 && now - (this.#rate[0]?.at ?? now) > 5000) this.#rate.shift();
    if (interactive) {
      if (!force && now - this.#lastPrint < REDRAW_MS) return;
      this.#lastPrint = now;
      this.#terminal.status(this.line(this.#terminal.columns));
    } else if (!force && now - this.#lastPrint >= PLAIN_MS) {
      const first = this.#lastPrint === 0;
      this.#lastPrint = now;
      if (!first || this.#step === this.#options.stepsDone + 1) this.#terminal.out(this.plainLine());
    }
  }

  #stepsPerSecond(): number | undefined {
    const first = this.#rate[0];
    const last = this.#rate.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 50 || last.step === first.step) return undefined;
    return (1000 * (last.step - first.step)) / (last.at - first.at);
  }

  #parts(): string[] {
    const parts: string[] = [];
    if (this.#loss !== undefined) parts.push(`loss ${formatLoss(this.#loss)}`);
    const accuracy = Object.entries(this.#accuracy ?? {}).find(([name]) => name !== 'loss');
    if (accuracy !== undefined) parts.push(formatMetrics({ [accuracy[0]]: accuracy[1] }));
    const rate = this.#stepsPerSecond();
    if (rate !== undefined) {
      parts.push(`${formatCount(rate * this.#options.batchSize)} ${this.#options.unit}/s`);
      const left = this.#options.totalSteps - this.#step;
      if (left > 0) parts.push(`${formatDuration(left / rate)} left`);
    }
    return parts;
  }

  plainLine(): string {
    return [`step ${this.#step}/${this.#options.totalSteps}`, ...this.#parts()].join('  ');
  }

  /** The status line; it never wraps, for a wrapped line cannot be redrawn. */
  line(columns: number): string {
    if (this.#notice !== '') return `${this.#notice} …`.slice(0, columns - 1);
    const share = this.#step / Math.max(1, this.#options.totalSteps);
    const epoch = this.#epoch > 0 ? [`epoch ${this.#epoch}${this.#epochs > 0 ? `/${this.#epochs}` : ''}`] : [];
    const text = [...epoch, `${Math.floor(share * 100)} %`, ...this.#parts()].join('  ');
    const room = Math.min(BAR_WIDTH, columns - text.length - 4);
    const bar = room >= LEAST_BAR_WIDTH ? `${formatBar(share, room)}  ` : '';
    return `${bar}${text}`.slice(0, columns - 1);
  }
}
