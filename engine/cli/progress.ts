/**
 * Prints a run's events for people: a status line that is redrawn on a terminal, and plain lines at
 * epochs (and every few seconds) in a pipe. Knows nothing of training but its events.
 */
import type { MetricValues, RunEvent } from '../protocol.ts';
import type { Terminal } from './terminal.ts';
import { counted, formatBar, formatCount, formatDuration, formatLoss, formatMetrics, joinParts, wrap } from './text.ts';

/** A person reads no more than a few changes a second. */
const REDRAW_MS = 100;
/** In a pipe, a line now and then shows that a long epoch is alive. */
const PLAIN_MS = 10_000;
/** Weight of the newest step in the shown loss: a single batch's loss jumps too much to be read. */
const LOSS_SMOOTHING = 0.05;
const BAR_WIDTH = 20;
/** A shorter bar says less than the percentage beside it. */
const LEAST_BAR_WIDTH = 8;
/** Pipes and files have no width; their readers want one line for one thing. */
const ENDLESS = Number.POSITIVE_INFINITY;

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
        this.#say(`${event.model}: ${counted(event.parameters, 'parameter')}, ${samples}`);
        this.#say(`on ${event.device}${event.why === '' ? '' : ` (${event.why})`}; batch ${event.batchSize}, ${counted(event.stepsPerEpoch, 'step')} per epoch, seed ${event.seed}`);
        return;
      }
      case 'phase':
        // Loading and evaluating are no training: the rate starts afresh behind them.
        this.#rate = [];
        this.#notice = event.phase === 'training' ? '' : event.detail === undefined ? event.phase : `${event.phase} ${event.detail.en}`;
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
        parts.push(`${formatDuration(event.seconds)}, ${formatCount(event.samplesPerSecond)} ${this.#options.unit}/s`);
        for (const line of joinParts(`epoch ${event.epoch}${of}  `, parts, '  |  ', this.#width)) this.#terminal.out(line);
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

  get #width(): number {
    return this.#terminal.interactive ? this.#terminal.columns : ENDLESS;
  }
  /** A sentence, broken between words on a terminal. */
  #say(text: string): void {
    for (const line of wrap(text, this.#width)) this.#terminal.out(line);
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

  /** What there is to tell, in the order in which it is read. */
  #parts(): { readonly loss?: string; readonly accuracy?: string; readonly rate?: string; readonly left?: string } {
    const accuracy = Object.entries(this.#accuracy ?? {}).find(([name]) => name !== 'loss');
    const rate = this.#stepsPerSecond();
    const left = this.#options.totalSteps - this.#step;
    return {
      ...(this.#loss === undefined ? {} : { loss: `loss ${formatLoss(this.#loss)}` }),
      ...(accuracy === undefined ? {} : { accuracy: formatMetrics({ [accuracy[0]]: accuracy[1] }) }),
      ...(rate === undefined ? {} : { rate: `${formatCount(rate * this.#options.batchSize)} ${this.#options.unit}/s` }),
      ...(rate === undefined || left <= 0 ? {} : { left: `${formatDuration(left / rate)} left` }),
    };
  }

  plainLine(): string {
    return [`step ${this.#step}/${this.#options.totalSteps}`, ...Object.values(this.#parts())].join('  ');
  }

  /** The status line; it never wraps, for a wrapped line cannot be redrawn. Where there is little room, the bar and what changes most come first. */
  line(columns: number): string {
    // The last column stays free: some terminals wrap when it is written.
    const width = columns - 1;
    if (this.#notice !== '') return `${this.#notice} …`.slice(0, width);
    const share = this.#step / Math.max(1, this.#options.totalSteps);
    const head = [...(this.#epoch > 0 ? [`epoch ${this.#epoch}${this.#epochs > 0 ? `/${this.#epochs}` : ''}`] : []), `${Math.floor(share * 100)} %`].join('  ');
    const parts = this.#parts();
    const chosen = new Set<string>();
    let used = head.length;
    for (const part of [parts.loss, parts.left, parts.rate, parts.accuracy]) {
      if (part === undefined || used + 2 + part.length + LEAST_BAR_WIDTH + 2 > width) continue;
      chosen.add(part);
      used += 2 + part.length;
    }
    const text = [head, ...Object.values(parts).filter((part) => chosen.has(part))].join('  ');
    const room = Math.min(BAR_WIDTH, width - text.length - 2);
    return `${room >= LEAST_BAR_WIDTH ? `${formatBar(share, room)}  ` : ''}${text}`.slice(0, width);
  }
}
