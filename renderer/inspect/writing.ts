/**
 * Text that a run's network writes while it learns: one text after the other, each asked for in short
 * pieces, so that it is seen to grow and training goes on between them. What earlier steps wrote stays.
 */
import { createStore } from 'zustand/vanilla';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import { type LanguageModel, languageModelIn } from '../../engine/graph/language-model.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import type { RunId } from '../../engine/protocol.ts';
import { EngineRequestError, type EngineClient } from '../run/engine-client.ts';
import { isLive } from '../run/run-store.ts';
import type { Workspace } from '../workspace/workspace.ts';

const known = new WeakMap<GraphDoc, LanguageModel | null>();

/** Of a run's document, which is checked once. */
export function languageModelOf(doc: GraphDoc): LanguageModel | undefined {
  let found = known.get(doc);
  if (found === undefined) {
    const { graph } = checkGraph(doc);
    const model = graph === undefined ? undefined : languageModelIn(graph);
    known.set(doc, (found = model === undefined || 'problem' in model ? null : model));
  }
  return found ?? undefined;
}

export interface WritingSettings {
  readonly prompt: string;
  readonly temperature: number;
  /** Tokens of each text. */
  readonly length: number;
}
export interface Passage {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
  /** Characters of the prompt that the network does not know. */
  readonly unknown: readonly string[];
}
export interface WritingState extends WritingSettings {
  /** Being written, or written last. */
  readonly now: Passage | undefined;
  readonly isWriting: boolean;
  /** Whole passages, one per step, the newest first. */
  readonly history: readonly Passage[];
  readonly error: Text | undefined;
}

/** Tokens at a time: a few hundredths of a second of the engine's. */
const PIECE = 16;
/** Long enough to read a line of what was written, short enough to see it learn: ms. */
const PAUSE_MS = 1500;
/** How often it looks whether there is something new to write by: ms. */
const LOOK_MS = 300;
/** Characters of what stands in front that go with a question; windows are shorter. */
const LOOK_BACK = 3000;
const MOST_KEPT = 10;

/**
 * Adds a passage. Where there are too many, one goes whose neighbours are near in the logarithm of the step: most is learnt
 * early, and the first of all and the newest stay.
 */
export function remembered(history: readonly Passage[], passage: Passage, most = MOST_KEPT): readonly Passage[] {
  const all = [passage, ...history.filter(({ step }) => step !== passage.step)];
  if (all.length <= most) return all;
  const place = ({ step }: Passage): number => Math.log(step + 1);
  let closest = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i + 1 < all.length; i++) {
    const gap = place(all[i - 1]!) - place(all[i + 1]!);
    if (gap < least) [closest, least] = [i, gap];
  }
  return all.filter((_, i) => i !== closest);
}

type Engine = Pick<EngineClient, 'request'>;
type Runs = Pick<Workspace['runs'], 'find'>;

export class WritingSession {
  readonly store = createStore<WritingState>(() => ({ prompt: '', temperature: 0.7, length: 200, now: undefined, isWriting: false, history: [], error: undefined }));
  readonly #engine: Engine;
  readonly #runs: Runs;
  readonly #run: RunId;
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #texts = 0;
  /** What the last text was written by; the same again is not asked for. */
  #written = '';
  #rests = 0;

  constructor(engine: Engine, runs: Runs, run: RunId) {
    this.#engine = engine;
    this.#runs = runs;
    this.#run = run;
  }

  /** Writes as long as it is shown; returns how to end that. */
  show(): () => void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    this.#look();
    return () => {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#end();
    };
  }

  set(settings: Partial<WritingSettings>): void {
    this.store.setState(settings);
    this.again();
  }

  /** Another text by the same network: other draws. */
  again(): void {
    this.#end();
    this.#written = '';
    this.#rests = 0;
    if (this.#timer !== undefined) this.#look();
  }

  #end(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.store.setState({ isWriting: false });
  }

  #look(): void {
    const run = this.#runs.find(this.#run);
    if (run?.reply === undefined || this.#abort !== undefined || (typeof document !== 'undefined' && document.hidden)) return;
    const { prompt, temperature, length } = this.store.getState();
    const by = JSON.stringify([run.step, prompt, temperature, length]);
    if (by === this.#written) return;
    // A text that is there is left to be read for a while, also at the end of the training.
    if (performance.now() < this.#rests && isLive(run.phase)) return;
    this.#written = by;
    void this.#write();
  }

  async #write(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const { prompt, temperature, length } = this.store.getState();
    const text = this.#texts++;
    let now: Passage | undefined;
    this.store.setState({ isWriting: true });
    try {
      for (let written = 0; written < length; written += PIECE) {
        const before = prompt + (now?.text ?? '');
        const reply = await this.#engine.request('write', {
          run: this.#run, prompt: before.slice(-LOOK_BACK), length: Math.min(PIECE, length - written), temperature, topK: 0, seed: text * 4096 + written / PIECE,
        }, { signal: abort.signal });
        if (abort.signal.aborted) return;
        now = { step: now?.step ?? reply.step, prompt, text: (now?.text ?? '') + reply.text, unknown: now?.unknown ?? reply.unknown };
        this.store.setState({ now, error: undefined });
      }
      if (now !== undefined) this.store.setState({ history: remembered(this.store.getState().history, now) });
    } catch (error) {
      if (abort.signal.aborted) return;
      const isPassing = error instanceof EngineRequestError && ['cancelled', 'engine-lost'].includes(error.error.code);
      if (isPassing) this.#written = '';
      else this.store.setState({ error: error instanceof EngineRequestError ? error.error.text : { en: String(error), zh: String(error) } });
    }
    this.#rests = performance.now() + PAUSE_MS;
    this.#abort = undefined;
    this.store.setState({ isWriting: false });
  }
}

const sessions = new WeakMap<Workspace, Map<RunId, WritingSession>>();
/** The run's own, which keeps its texts while other panels are looked at. */
export function writingOf(workspace: Workspace, run: RunId): WritingSession {
  let all = sessions.get(workspace);
  if (all === undefined) sessions.set(workspace, (all = new Map()));
  let session = all.get(run);
  if (session === undefined) all.set(run, (session = new WritingSession(workspace.engine, workspace.runs, run)));
  return session;
}
