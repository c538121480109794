/** Runs the built `netloom` command as a person or a program would: its own process, a fresh home, no network. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/import-rules.mjs';

const COMMAND = join(projectRoot, 'bin', 'netloom.js');
/** Makes every fetch fail as it does without a network, so that tests are the same everywhere. */
const NO_NETWORK = `data:text/javascript,globalThis.fetch=()=>Promise.reject(new TypeError('fetch failed'))`;

/** `npm test` has built already; a test file that is run by itself must not test yesterday's bundle. */
export function buildCommand(): void {
  execFileSync(process.execPath, [join(projectRoot, 'scripts', 'build.mjs'), '--if-needed'], { stdio: 'pipe' });
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}
export interface CliResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], { cwd, env }: CliOptions): ChildProcess {
  const home = cwd ?? tmpdir();
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'], TMPDIR: tmpdir(), HOME: home, XDG_DATA_HOME: join(home, 'data-home'), XDG_CACHE_HOME: join(home, 'cache-home'), NODE_OPTIONS: `--import "${NO_NETWORK}"`,
    ...env,
  };
  return spawn(process.execPath, [COMMAND, ...args], { cwd: home, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs to the end. `onLine` sees each line of standard output as it comes, with the process. */
export function netloom(args: readonly string[], options: CliOptions = {}, onLine?: (line: string, child: ChildProcess) => void): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = start(args, options);
    let stdout = '';
    let stderr = '';
    let seen = 0;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (onLine === undefined) return;
      for (let end = stdout.indexOf('\n', seen); end !== -1; end = stdout.indexOf('\n', seen)) {
        onLine(stdout.slice(seen, end), child);
        seen = end + 1;
      }
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

/** The lines of a JSON-lines text, parsed. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A folder that is gone after `body`. */
export async function inTemporaryFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'netloom-test-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
