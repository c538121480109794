/** `--log F.jsonl`: every event as a line of JSON. Lines are gathered for a moment and written whole, so that a killed run leaves no torn line but at most the last moment out. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunEvent } from '../protocol.ts';
import { FailedError } from './errors.ts';

/** Longest time that a line waits; a `tail -f` should not notice. */
const FLUSH_MS = 200;

export interface EventLog {
  write(event: RunEvent): void;
  close(): void;
}

/** Starts anew, or goes on at the end of the file when a run is resumed. */
export function openEventLog(path: string, goOn: boolean): EventLog {
  let fd: number;
  try {
    mkdirSync(dirname(path), { recursive: true });
    fd = openSync(path, goOn ? 'a' : 'w');
  } catch (error) {
    throw new FailedError(`The log ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
  let pending = '';
  let since = performance.now();
  const flush = (): void => {
    if (pending !== '') writeSync(fd, pending);
    pending = '';
    since = performance.now();
  };
  return {
    write: (event) => {
      pending += `${JSON.stringify(event)}\n`;
      if (event.kind !== 'step' || performance.now() - since > FLUSH_MS) flush();
    },
    close: () => {
      flush();
      closeSync(fd);
    },
  };
}
