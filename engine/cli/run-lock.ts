/**
 * One process at a time trains into a run folder. The mark names the process, so that one that a crash or a
 * power cut left behind is known as such and does not bar the way.
 */
import { existsSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { makeFolder } from '../platform/node.ts';

const LOCK_FILE = 'in-use.json';
/** Between a mark's creation and its writing lies less than this. */
const WRITING_MS = 2000;

const lockSchema = z.object({ pid: z.number().int().positive(), started: z.string() });
type Lock = z.infer<typeof lockSchema>;

/** When a process began, in ticks since the system's start: tells it from a later one with the same number. Linux only, else ''. */
function startOf(pid: number): string {
  try {
    // The name in parentheses may hold anything; the 22nd field is the 20th behind it.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive({ pid, started }: Lock): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process may not be asked, but it is there.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return startOf(pid) === started;
}

/** The process that holds the folder; undefined when none does, or none that still runs. 0 for one that is just about to say. */
function holder(path: string): number | undefined {
  try {
    const { success, data } = lockSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return success && isAlive(data) ? data.pid : undefined;
  } catch {
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return age < WRITING_MS ? 0 : undefined;
  }
}

export type Claim = { readonly release: () => void } | { readonly heldBy: number };

/** Makes the folder and takes it for this process, until `release` or the process's end. */
export async function claimFolder(folder: string): Promise<Claim> {
  const made = [folder, dirname(folder)].filter((each) => !existsSync(each));
  await makeFolder(folder);
  const path = join(folder, LOCK_FILE);
  const mark = `${JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Lock)}\n`;
  for (;;) {
    try {
      writeFileSync(path, mark, { flag: 'wx' });
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const heldBy = holder(path);
      if (heldBy !== undefined) return { heldBy };
      rmSync(path, { force: true });
    }
  }
  const release = (): void => {
    process.off('exit', release);
    rmSync(path, { force: true });
    try {
      // A run that never began leaves nothing behind.
      for (const each of made) rmdirSync(each);
    } catch {
      // There is a run in it.
    }
  };
  process.on('exit', release);
  return { release };
}
