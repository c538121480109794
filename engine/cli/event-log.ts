/** `--log F.jsonl`: every event as a line of JSON. Lines are gathered for a moment and written whole, so that a killed run leaves no torn line but at most the last moment out. */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, nodePlatform } from '../platform/node.ts';
import type { RunEvent } from '../protocol.ts';
import { RunLog } from '../train/run-log.ts';
import { diskTrouble } from './disk-trouble.ts';
import { FailedError } from './errors.ts';

/** Longest time that a line waits; a `tail -f` should not notice. */
const FLUSH_MS = 200;

export interface EventLog {
  write(event: RunEvent): void;
  close(): void;
}

/** Starts anew; a run that is resumed at a step goes on behind that step, and what an earlier end left of later ones goes. */
export async function openEventLog(path: string, resumedAt: number | undefined): Promise<EventLog> {
  const refuse = (error: unknown): never => {
    throw new FailedError(`The log ${path} cannot be written: ${diskTrouble(error) ?? String(error)}.`, { cause: error });
  };
  let fd: number;
  try {
    await makeFolder(dirname(path));
    if (resumedAt !== undefined) await new RunLog(nodePlatform.files, path).rewind(resumedAt);
    fd = openSync(path, resumedAt === undefined ? 'w' : 'a');
  } catch (error) {
    return refuse(error);
  }
  let pending = '';
  let since = performance.now();
  const flush = (): void => {
    const text = pending;
    pending = '';
    since = performance.now();
    if (text === '') return;
    try {
      appendFileSync(fd, text);
    } catch (error) {
      refuse(error);
    }
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
