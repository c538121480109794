/** What can be done to runs: it asks the engine, and the store follows its events. */
import { checkGraph } from '../../engine/graph/check.ts';
import type { RunCommand, RunEvent, RunId, StoredRun } from '../../engine/protocol.ts';
import { sameText, textOf } from '../../engine/text.ts';
import { textNow, translate } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { EngineRequestError } from './engine-client.ts';
import { baseRate } from './run-facts.ts';
import { type RunControls, type RunRecord, isLive } from './run-store.ts';

/** An engine that dies this often in a row, without a checkpoint in between, will die again. */
const MOST_RESTARTS = 3;
/** The second and later restarts wait, in case the machine needs a moment to give memory back. */
const RESTART_DELAY_MS = 1000;
/** A run that was cut off longer ago than this is not offered of itself; it is still among the stored ones. */
const OFFER_WITHIN_MS = 14 * 24 * 3600 * 1000;

export interface RunControlsOptions {
  readonly wait?: (milliseconds: number) => Promise<void>;
  readonly newId?: () => RunId;
}
type Parts = Pick<Workspace, 'host' | 'documents' | 'checks' | 'engine' | 'runs' | 'settings' | 'ui'>;

export function createRunControls({ host, documents, checks, engine, runs, settings, ui }: Parts, options: RunControlsOptions = {}): RunControls {
  const wait = options.wait ?? ((milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds)));
  const newId = options.newId ?? (() => `run-${Date.now().toString(36)}-${Math.floor(Math.random() * 36 ** 4).toString(36).padStart(4, '0')}`);
  /** Train requests that are not answered yet, by run. */
  const pending = new Map<RunId, AbortController>();
  /** Engine losses since the last checkpoint, by run. */
  const losses = new Map<RunId, number>();
  const wasPaused = new Set<RunId>();
  /** Keeps other windows from taking a run that is on here for one that was cut off. */
  const claims = new Map<RunId, () => void>();
  let restored = false;

  const live = (): RunRecord | undefined => runs.getState().runs.map(({ id }) => runs.find(id)).find((record) => record !== undefined && isLive(record.phase));
  const current = (): RunRecord | undefined => {
    const id = runs.getState().current;
    return id === undefined ? undefined : runs.find(id);
  };
  const titleOf = (record: RunRecord): string => record.name ?? translate('run:runNumber', { number: record.number });

  async function claim(run: RunId): Promise<boolean> {
    if (claims.has(run)) return true;
    const release = await host.claim(`run:${run}`);
    if (release === undefined) return false;
    claims.set(run, release);
    return true;
  }
  function release(run: RunId): void {
    claims.get(run)?.();
    claims.delete(run);
  }
  runs.subscribe((state, before) => {
    if (state.runs === before.runs) return;
    for (const { id, phase } of state.runs) if (!isLive(phase) && phase !== 'interrupted') release(id);
  });

  function failed(run: RunId, error: unknown): void {
    const told = error instanceof EngineRequestError ? error.error : undefined;
    const text = told?.text ?? textOf(error);
    runs.update(run, { phase: 'failed', error: { text, advice: told?.advice, node: told?.node } });
    ui.toast({ tone: 'danger', message: textNow(text) });
  }

  /** Sends the run to the engine and waits until it trains; everything that can go wrong ends in a phase. */
  async function begin(record: RunRecord, { resume, paused, initFrom }: { readonly resume: boolean; readonly paused: boolean; readonly initFrom?: RunId }): Promise<void> {
    const { id } = record;
    const abort = new AbortController();
    pending.set(id, abort);
    runs.update(id, { phase: 'starting', error: undefined, samplesPerSecond: undefined });
    void claim(id);
    try {
      const reply = await engine.request('train', {
        run: id, doc: record.doc, backend: record.backend, ...(record.threads === undefined ? {} : { threads: record.threads }), ...(settings.getState().halfPrecision ? { halfPrecision: true } : {}), ...(resume ? { resume } : {}), ...(paused ? { startPaused: true } : {}), ...(initFrom === undefined ? {} : { initFrom }),
      }, { signal: abort.signal, onProgress: (progress) => runs.update(id, { progress }) });
      if (runs.find(id) === undefined) return;
      runs.update(id, { reply, progress: undefined });
      // Rates that were set by hand after the checkpoint are still what is wanted.
      if (resume) for (const [optimizer, value] of Object.entries(record.ratesByHand)) send(id, { kind: 'learning-rate', value, optimizer });
    } catch (error) {
      const now = runs.find(id);
      if (now === undefined || !isLive(now.phase)) return;
      const code = error instanceof EngineRequestError ? error.error.code : undefined;
      if (code === 'cancelled') runs.update(id, { phase: 'stopped' });
      // The loss of the engine is dealt with where it is heard of.
      else if (code !== 'engine-lost') failed(id, error);
    } finally {
      if (pending.get(id) === abort) pending.delete(id);
    }
  }

  function send(run: RunId, command: RunCommand): void {
    engine.request('command', { run, command }).catch((error: unknown) => {
      if (error instanceof EngineRequestError && error.error.code === 'engine-lost') return;
      ui.toast({ tone: 'danger', message: error instanceof EngineRequestError ? textNow(error.error.text) : String(error) });
    });
  }

  /** The engine is gone: what ran goes on from its last checkpoint, unless that fails again and again. */
  async function recover(record: RunRecord, reason: string): Promise<void> {
    const { id } = record;
    const count = (losses.get(id) ?? 0) + 1;
    losses.set(id, count);
    if (record.phase === 'paused') wasPaused.add(id);
    runs.update(id, { phase: 'interrupted', detail: sameText(reason) });
    if (count > MOST_RESTARTS) {
      ui.toast({ tone: 'danger', message: translate('run:engineGaveUp', { times: MOST_RESTARTS, reason }), action: { title: translate('run:continue'), run: () => void controls.continue(id) } });
      return;
    }
    if (count > 1) await wait(RESTART_DELAY_MS * (count - 1));
    const now = runs.find(id);
    if (now?.phase !== 'interrupted') return;
    runs.log.add(id, { kind: 'engine', state: 'restarted', reason });
    ui.toast({ tone: 'warning', message: translate('run:engineRestarted', { reason }) });
    // Without a first step there may be no checkpoint: then nothing is lost by beginning again.
    await begin(now, { resume: now.step > 0, paused: wasPaused.delete(id) });
  }

  engine.onState((state, reason) => {
    if (state !== 'lost') return;
    for (const { id } of runs.getState().runs) {
      const record = runs.find(id);
      if (record !== undefined && isLive(record.phase)) void recover(record, reason ?? '');
    }
  });
  runs.onEvent((run, event) => {
    if (event.kind === 'checkpoint' && event.step > 0) losses.delete(run);
  });

  async function close(run: RunId): Promise<void> {
    await engine.request('close', { run }).catch(() => undefined);
  }

  const controls: RunControls = {
    async train({ paused = false } = {}) {
      const { doc } = documents.getState();
      checks.refresh();
      const problems = checkGraph(doc, { forTraining: true }).problems.filter(({ severity }) => severity === 'error');
      const first = problems[0];
      if (first !== undefined) {
        ui.show({ bottom: 'problems' });
        const message = textNow(first.text);
        ui.toast({ tone: 'danger', message: problems.length === 1 ? message : translate('run:problemsFirst', { count: problems.length, message }) });
        return;
      }
      const busy = live();
      if (busy !== undefined) {
        pending.get(busy.id)?.abort();
        runs.update(busy.id, { phase: 'stopped' });
      }
      // The weights of earlier runs stay on disk; only one run needs the memory of the device.
      for (const before of new Set([busy?.id, runs.getState().current])) if (before !== undefined && engine.state === 'ready') void close(before);
      const { backend, threads } = settings.getState();
      const record = runs.add({ id: newId(), doc, backend, threads, phase: 'starting' });
      const { startFrom } = runs.getState();
      await begin(record, { resume: false, paused, ...(startFrom === undefined ? {} : { initFrom: startFrom }) });
    },
    pause() {
      const record = live();
      if (record !== undefined && record.phase !== 'paused' && record.phase !== 'stopping') send(record.id, { kind: 'pause' });
    },
    resume() {
      const record = live();
      if (record?.phase === 'paused') send(record.id, { kind: 'resume' });
    },
    step() {
      const record = live();
      if (record !== undefined) return send(record.id, { kind: 'step' });
      void controls.train({ paused: true }).then(() => {
        const begun = live();
        if (begun !== undefined) send(begun.id, { kind: 'step' });
      });
    },
    stop() {
      const record = live() ?? current();
      if (record === undefined) return;
      if (record.phase === 'interrupted') return runs.update(record.id, { phase: 'stopped' });
      if (!isLive(record.phase)) return;
      const request = pending.get(record.id);
      if (record.phase === 'stopping') {
        // Asked twice: the engine does not answer. It is ended; the last checkpoint stays.
        runs.update(record.id, { phase: 'stopped' });
        void engine.kill(translate('run:killed'));
      } else if (request !== undefined) {
        request.abort();
      } else {
        runs.update(record.id, { phase: 'stopping' });
        send(record.id, { kind: 'stop' });
      }
    },
    reset() {
      const record = current();
      if (record === undefined) return;
      pending.get(record.id)?.abort();
      if (isLive(record.phase) || record.phase === 'interrupted') runs.update(record.id, { phase: 'stopped' });
      void close(record.id);
      runs.select(undefined);
    },
    setLearningRate(optimizer, value) {
      const record = live();
      if (record === undefined || value === baseRate(record, optimizer)) return;
      runs.update(record.id, { ratesByHand: { ...record.ratesByHand, [optimizer]: value } });
      if (!pending.has(record.id)) send(record.id, { kind: 'learning-rate', value, optimizer });
    },
    async continue(run) {
      const record = runs.find(run);
      if (record === undefined || isLive(record.phase)) return;
      const busy = live();
      if (busy !== undefined) {
        pending.get(busy.id)?.abort();
        runs.update(busy.id, { phase: 'stopped' });
        await close(busy.id);
      }
      losses.delete(run);
      runs.select(run);
      await begin(record, { resume: record.step > 0, paused: wasPaused.delete(run) });
    },
    async remove(run) {
      pending.get(run)?.abort();
      runs.delete(run);
      release(run);
      await engine.request('forget', { run }).catch((error: unknown) => {
        if (!(error instanceof EngineRequestError) || error.error.code === 'engine-lost') return;
        ui.toast({ tone: 'warning', message: textNow(error.error.text) });
      });
    },
    async restore() {
      if (restored) return;
      restored = true;
      const stored = await engine.request('runs', {}).catch(() => []);
      const cutOff = stored.filter((each) => each.outcome === 'running' && each.hasCheckpoint && Date.now() - each.changedAt < OFFER_WITHIN_MS && runs.find(each.run) === undefined);
      for (const each of cutOff.toSorted((a, b) => b.changedAt - a.changedAt)) {
        // A run that another window trains looks cut off from here.
        if (!(await claim(each.run))) continue;
        await controls.open(each);
        const record = runs.find(each.run);
        if (record === undefined) return;
        ui.toast({
          tone: 'info', message: translate('run:wasInterrupted', { run: titleOf(record), step: record.step.toLocaleString() }),
          action: { title: translate('run:continue'), run: () => void controls.continue(each.run) },
        });
        return;
      }
    },
    async open(stored: StoredRun) {
      if (runs.find(stored.run) !== undefined) return runs.select(stored.run);
      const history: readonly RunEvent[] = await engine.request('history', { run: stored.run }).catch(() => []);
      if (runs.find(stored.run) !== undefined) return;
      const last = history.findLast((event): event is Extract<RunEvent, { kind: 'step' }> => event.kind === 'step');
      const { backend, threads } = settings.getState();
      const started = history.findLast((event): event is Extract<RunEvent, { kind: 'start' }> => event.kind === 'start');
      runs.add({
        id: stored.run, doc: stored.doc, backend, threads, phase: phaseOf(stored), step: Math.max(stored.steps, last?.step ?? 0), epoch: last?.epoch ?? stored.epochs,
        loss: last?.loss, learningRate: last?.learningRate, train: stored.train, test: stored.test, ...(started === undefined ? {} : { started }),
      }, history);
    },
  };
  return controls;
}

function phaseOf({ outcome }: StoredRun): RunRecord['phase'] {
  switch (outcome) {
    case 'running': return 'interrupted';
    case 'finished': case 'early-stopped': return 'done';
    case 'stopped': return 'stopped';
    case 'failed': return 'failed';
  }
}
