/** An engine behind a real message channel, and the editor's end of it: what the tests of the service share. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type Transferable } from 'node:worker_threads';
import type { GraphDoc, TrainingSettings } from '../../engine/graph/document.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import type { Platform } from '../../engine/platform/platform.ts';
import type { EngineError, EngineMethod, EngineMethods, FromEngine, RunEvent, RunId } from '../../engine/protocol.ts';
import { type EngineService, type EngineServiceOptions, startEngineService } from '../../engine/service/service.ts';

export class RequestError extends Error {
  readonly error: EngineError;
  constructor(error: EngineError) {
    super(`${error.code}: ${error.text.en}`);
    this.error = error;
  }
}

export interface TestEngine {
  readonly service: EngineService;
  readonly messages: FromEngine[];
  request<M extends EngineMethod>(method: M, params: EngineMethods[M]['params'], onId?: (id: number) => void): Promise<EngineMethods[M]['result']>;
  /** Anything at all, as a broken sender would send it. */
  send(message: unknown): void;
  events(run: RunId): RunEvent[];
  /** Resolves with the first event, past or to come, that `wanted` accepts. */
  event(run: RunId, wanted: (event: RunEvent) => boolean): Promise<RunEvent>;
  end(): Promise<void>;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'netloom-service-'));

export function startEngine(runsFolder = newFolder(), platform: Platform = nodePlatform, more: Partial<EngineServiceOptions> = {}): TestEngine {
  const { port1, port2 } = new MessageChannel();
  const service = startEngineService({
    post: (message, transfer) => port1.postMessage(message, [...(transfer ?? [])] as unknown as Transferable[]),
    onMessage: (listener) => { port1.on('message', listener); },
  }, platform, { version: 'test', runsFolder, ...more, ...(process.env['NETLOOM_DATASETS'] === undefined ? {} : { datasets: process.env['NETLOOM_DATASETS'] }) });
  const messages: FromEngine[] = [];
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  const watchers = new Set<() => void>();
  let nextId = 1;
  port2.on('message', (message: FromEngine) => {
    messages.push(message);
    if (message.kind === 'result') waiting.get(message.id)?.resolve(message.result as never);
    if (message.kind === 'failure') waiting.get(message.id)?.reject(new RequestError(message.error));
    for (const watch of watchers) watch();
  });
  const events = (run: RunId): RunEvent[] => messages.flatMap((message) => (message.kind === 'events' && message.run === run ? message.events : []));
  return {
    service, messages, events,
    request: (method, params, onId) => new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      port2.postMessage({ kind: 'request', id, method, params });
      onId?.(id);
    }),
    send: (message) => port2.postMessage(message),
    event: (run, wanted) => new Promise((resolve) => {
      const look = (): void => {
        const found = events(run).find(wanted);
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    }),
    end: async () => {
      await service.shutDown();
      port1.close();
      port2.close();
    },
  };
}

/** A template of the product, with other settings. */
export function template(name: string, training: Partial<TrainingSettings> = {}, nodes: Readonly<Record<string, Readonly<Record<string, number | boolean>>>> = {}): GraphDoc {
  const { doc, problem } = parseDocument(readFileSync(new URL(`../../assets/templates/${name}.netloom`, import.meta.url)));
  if (doc === undefined) throw new Error(problem.message);
  const changed = Object.fromEntries(Object.entries(doc.nodes).map(([id, node]) => [id, nodes[node.type] === undefined ? node : { ...node, params: { ...node.params, ...nodes[node.type] } }]));
  return { ...doc, nodes: changed, training: { ...doc.training, ...training } };
}
export const isPhase = (phase: string) => (event: RunEvent): boolean => event.kind === 'phase' && event.phase === phase;
