/** Documents and an engine that does as it is told, for tests of runs. */
import { readFileSync } from 'node:fs';
import { sameText } from '../../../engine/text.ts';
import type { GraphDoc } from '../../../engine/graph/document.ts';
import { parseDocument } from '../../../engine/graph/parse.ts';
import type { EngineMethod, FromEngine, RunEvent, RunId, ToEngine } from '../../../engine/protocol.ts';
import { createSettingsStore } from '../../../renderer/app/settings.ts';
import { createUiStore } from '../../../renderer/app/ui-store.ts';
import { createChecksStore } from '../../../renderer/document/checks.ts';
import { createDocumentStore } from '../../../renderer/document/store.ts';
import type { EngineLink, Host } from '../../../renderer/host/host.ts';
import { EngineClient } from '../../../renderer/run/engine-client.ts';
import { createRunControls } from '../../../renderer/run/run-controls.ts';
import { type RunRecord, createRunStore } from '../../../renderer/run/run-store.ts';

export function templateDocument(name = 'xor'): GraphDoc {
  const parsed = parseDocument(readFileSync(new URL(`../../../assets/templates/${name}.netloom`, import.meta.url)));
  if (parsed.doc === undefined) throw new Error(`The template ${name} could not be read.`);
  return parsed.doc;
}

export const record = (part: Partial<RunRecord> & Pick<RunRecord, 'id'>): RunRecord => ({
  number: 1, name: undefined, doc: templateDocument(), backend: 'auto', threads: undefined, phase: 'training', detail: undefined, phaseSince: 0, progress: undefined, started: undefined, reply: undefined,
  step: 0, epoch: 0, loss: undefined, learningRate: undefined, learningRates: undefined, ratesByHand: {}, samplesPerSecond: undefined, train: undefined, validation: undefined, test: undefined, error: undefined, warnings: [],
  visible: true, color: 0, ...part,
});

type Request = Extract<ToEngine, { kind: 'request' }>;

/** An engine that keeps requests until the test answers them. */
export class FakeEngine {
  readonly requests: Request[] = [];
  readonly cancelled: number[] = [];
  terminated = false;
  #listener: (message: FromEngine) => void = () => {};
  #exit: (reason: string) => void = () => {};
  /** Answers that need no thought. */
  readonly #replies: Partial<Record<EngineMethod, unknown>>;

  constructor(replies: Partial<Record<EngineMethod, unknown>>) {
    this.#replies = replies;
  }
  get link(): EngineLink {
    return {
      post: (message) => {
        if (message.kind === 'cancel') return void this.cancelled.push(message.id);
        this.requests.push(message);
        if (message.method in this.#replies) queueMicrotask(() => this.#listener({ kind: 'result', id: message.id, result: this.#replies[message.method] }));
      },
      onMessage: (listener) => {
        this.#listener = listener;
        queueMicrotask(() => listener({ kind: 'ready' }));
      },
      onExit: (listener) => { this.#exit = listener; },
      terminate: () => { this.terminated = true; },
    };
  }
  of<M extends EngineMethod>(method: M): Extract<Request, { method: M }>[] {
    return this.requests.filter((each): each is Extract<Request, { method: M }> => each.method === method);
  }
  last<M extends EngineMethod>(method: M): Extract<Request, { method: M }> {
    const found = this.of(method).at(-1);
    if (found === undefined) throw new Error(`The engine was not asked for '${method}'.`);
    return found;
  }
  say(message: FromEngine): void { this.#listener(message); }
  events(run: RunId, ...events: RunEvent[]): void { this.#listener({ kind: 'events', run, events }); }
  die(reason: string): void { this.#exit(reason); }
}

export const startEvent = (part: Partial<Extract<RunEvent, { kind: 'start' }>> = {}): RunEvent => ({ kind: 'start', model: 'm', backend: 'wasm', device: 'CPU · 2 threads', threads: 2, why: 'as asked', whyText: sameText('as asked'), parameters: 9, trainSamples: 400, testSamples: 0, batchSize: 4, epochs: 3, stepsPerEpoch: 100, seed: 1, ...part });
export const stepEvent = (step: number): RunEvent => ({ kind: 'step', step, epoch: Math.ceil(step / 100), loss: 1 / step, learningRate: 0.1 });
export const phaseEvent = (phase: Extract<RunEvent, { kind: 'phase' }>['phase'], detail?: string): RunEvent => ({ kind: 'phase', phase, ...(detail === undefined ? {} : { detail: sameText(detail) }) });

/** A window's run parts over engines that are started one after the other. */
export function workbench(doc: GraphDoc = templateDocument(), replies: Partial<Record<EngineMethod, unknown>> = {}) {
  const engines: FakeEngine[] = [];
  const claimed = new Set<string>();
  const elsewhere = new Set<string>();
  const host: Pick<Host, 'startEngine' | 'claim'> = {
    startEngine: async () => {
      const engine = new FakeEngine({ command: null, close: null, forget: null, runs: [], history: [], ...replies });
      engines.push(engine);
      return engine.link;
    },
    claim: async (key) => {
      if (elsewhere.has(key)) return undefined;
      claimed.add(key);
      return () => claimed.delete(key);
    },
  };
  const documents = createDocumentStore(doc);
  const checks = createChecksStore(documents);
  const engine = new EngineClient(host);
  let clock = 0;
  const tasks: (() => void)[] = [];
  const runs = createRunStore(engine, { now: () => clock, schedule: (task) => void tasks.push(task) });
  const settings = createSettingsStore({ getItem: () => null, setItem: () => {} });
  const ui = createUiStore();
  let ids = 0;
  const controls = createRunControls({ host: host as Host, documents, checks, engine, runs, settings, ui }, { wait: async () => {}, newId: () => `run-${++ids}` });
  return {
    engines, claimed, elsewhere, documents, engine, runs, ui, settings, controls,
    current: (): FakeEngine => engines.at(-1)!,
    /** Lets everything happen that is waiting to. */
    async settle(milliseconds = 0): Promise<void> {
      for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
      clock += milliseconds;
      for (const task of tasks.splice(0)) task();
    },
    /** Presses Train and lets the engine begin. */
    async begin(): Promise<RunId> {
      void controls.train();
      await this.settle();
      const request = this.current().last('train');
      const { run } = request.params;
      this.current().events(run, phaseEvent('loading'));
      this.current().say({ kind: 'result', id: request.id, result: { parameters: 9, stepsPerEpoch: 100, totalSteps: 300, totalEpochs: 3, stepsDone: 0, classNames: undefined } });
      this.current().events(run, startEvent(), phaseEvent('compiling'), phaseEvent('training'));
      await this.settle(1000);
      return run;
    },
  };
}
