/** Texts that are written while a network learns: asked for in pieces, anew at new steps, and remembered. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseDocument } from '../../../engine/graph/parse.ts';
import type { WriteRequest } from '../../../engine/protocol.ts';
import { EngineRequestError } from '../../../renderer/run/engine-client.ts';
import type { RunRecord } from '../../../renderer/run/run-store.ts';
import { languageModelOf, type Passage, remembered, WritingSession } from '../../../renderer/inspect/writing.ts';

const template = (id: string) => parseDocument(readFileSync(`assets/templates/${id}.netloom`, 'utf8')).doc!;

describe('a language model is found', () => {
  it.each([['char-lstm', 'next-token'], ['char-gpt', 'next-token'], ['masked-bert', 'masked-tokens']])('in %s', (id, asks) => {
    expect(languageModelOf(template(id))).toMatchObject({ asks, window: 64, classes: 64 });
  });
  it.each(['mnist-cnn', 'mnist-vae', 'shapes-clip'])('and not in %s', (id) => expect(languageModelOf(template(id))).toBeUndefined());
});

const passage = (step: number): Passage => ({ step, prompt: '', text: `at ${step}`, unknown: [] });

it('of many texts the first and the newest stay, and more early ones than late ones', () => {
  let history: readonly Passage[] = [];
  for (let step = 0; step <= 2000; step += 10) history = remembered(history, passage(step), 8);
  const steps = history.map(({ step }) => step);
  expect(steps).toHaveLength(8);
  expect([steps[0], steps.at(-1)]).toEqual([2000, 0]);
  expect(steps.filter((step) => step < 500).length).toBeGreaterThanOrEqual(4);
  // Another text of the same step takes its place.
  expect(remembered(history, { ...passage(2000), text: 'other' }, 8).map(({ text }) => text)).toEqual(['other', ...history.slice(1).map(({ text }) => text)]);
});

describe('a session', () => {
  let run: { -readonly [K in 'phase' | 'step' | 'reply']: RunRecord[K] };
  let asked: WriteRequest[];
  let session: WritingSession;
  let failure: EngineRequestError | undefined;
  beforeEach(() => {
    vi.useFakeTimers();
    run = { phase: 'training', step: 3, reply: {} as NonNullable<RunRecord['reply']> };
    asked = [];
    failure = undefined;
    const request = async (_method: string, question: WriteRequest) => {
      asked.push(question);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      if (failure !== undefined) throw failure;
      return { text: 'x'.repeat(question.length), unknown: [], step: run.step };
    };
    session = new WritingSession({ request } as unknown as ConstructorParameters<typeof WritingSession>[0], { find: () => run as RunRecord }, 'run-1');
  });
  afterEach(() => void vi.useRealTimers());

  it('grows a text piece by piece, each going on from the one before it', async () => {
    const hide = session.show();
    await vi.advanceTimersByTimeAsync(50);
    expect(session.store.getState().now?.text.length).toBe(32);
    expect(session.store.getState().isWriting).toBe(true);
    await vi.advanceTimersByTimeAsync(400);
    expect(asked.map(({ length }) => length)).toEqual([...Array<number>(12).fill(16), 8]);
    expect(asked.map(({ prompt }) => prompt.length)).toEqual(Array.from({ length: 13 }, (_, i) => 16 * i));
    expect(new Set(asked.map(({ seed }) => seed)).size).toBe(13);
    expect(session.store.getState()).toMatchObject({ isWriting: false, now: { step: 3 }, history: [{ step: 3, text: 'x'.repeat(200) }] });
    hide();
  });

  it('writes anew at a new step, after a while to read; hidden, or at the same step, it does not', async () => {
    const hide = session.show();
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toHaveLength(13);
    run.step = 40;
    await vi.advanceTimersByTimeAsync(700);
    expect(session.store.getState().history.map(({ step }) => step)).toEqual([40, 3]);
    run.step = 50;
    await vi.advanceTimersByTimeAsync(700);
    expect(asked).toHaveLength(26);
    hide();
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toHaveLength(26);
  });

  it('a changed setting begins another text at once, and the one under way is dropped', async () => {
    const hide = session.show();
    await vi.advanceTimersByTimeAsync(50);
    session.set({ prompt: 'The fox', temperature: 1.2 });
    expect(asked.at(-1)).toMatchObject({ prompt: 'The fox', temperature: 1.2 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(session.store.getState().history).toMatchObject([{ prompt: 'The fox', text: 'x'.repeat(200) }]);
    hide();
  });

  it('what the engine says against it is told; a lost engine is waited for', async () => {
    failure = new EngineRequestError({ code: 'data-mismatch', text: { en: 'This network looks ahead.', zh: '偷看' } });
    const hide = session.show();
    await vi.advanceTimersByTimeAsync(3000);
    expect(asked).toHaveLength(1);
    expect(session.store.getState().error?.zh).toBe('偷看');
    failure = new EngineRequestError({ code: 'engine-lost', text: { en: 'lost', zh: '失联' } });
    run.step = 9;
    await vi.advanceTimersByTimeAsync(400);
    failure = undefined;
    await vi.advanceTimersByTimeAsync(4000);
    expect(session.store.getState()).toMatchObject({ error: undefined, now: { step: 9 } });
    hide();
  });
});
