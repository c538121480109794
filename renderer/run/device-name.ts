/** What a run trains on, in the window's language: a GPU is called as its maker calls it, the CPU as we do. */
import type { StoredRun } from '../../engine/protocol.ts';
import { translate } from '../i18n/i18n.ts';

export function deviceName({ backend, device, threads }: Pick<StoredRun, 'backend' | 'device' | 'threads'>): string {
  if (threads !== undefined) return translate('run:cpuThreads', { count: threads });
  return backend === 'reference' ? translate('run:backend.reference') : device;
}
