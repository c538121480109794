/** The engine as an editor asks it: requests in, results and events out, on whatever platform and port it is given. */
import type { Platform } from '../platform/platform.ts';
import type { EnginePort } from '../protocol.ts';

export interface ServiceOptions {
  readonly version: string;
  /** Where data sets are looked for before anything is downloaded: a folder or a URL. */
  readonly datasets?: string;
  /** Holds a folder per run; `<dataFolder>/runs` when left out. */
  readonly runsFolder?: string;
}
export interface EngineService {
  /** Stops what runs, with a checkpoint. */
  shutDown(): Promise<void>;
}

export function startEngineService(port: EnginePort, _platform: Platform, _options: ServiceOptions): EngineService {
  port.onMessage((message) => {
    if (message.kind === 'request') port.post({ kind: 'failure', id: message.id, error: { code: 'unknown-method', text: { en: `The engine does not know '${message.method}'.`, zh: `引擎不认识“${message.method}”。` } } });
  });
  port.post({ kind: 'ready' });
  return { shutDown: async () => {} };
}
