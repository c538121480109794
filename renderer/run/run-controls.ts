/** What can be done to runs: it asks the engine, and the store follows its events. */
import type { Workspace } from '../workspace/workspace.ts';
import type { RunControls } from './run-store.ts';

export function createRunControls(_workspace: Pick<Workspace, 'documents' | 'checks' | 'engine' | 'runs' | 'settings' | 'ui'>): RunControls {
  return new Proxy({}, { get: (_target, name) => () => { throw new Error(`${String(name)} is not written yet`); } }) as RunControls;
}
