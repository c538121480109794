/**
 * `npm start`: the desktop app where Electron runs, else the same app in the browser, and a line that says
 * why. `npm start -- --browser` takes the browser in any case; --port and --no-open are for it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepareElectron } from './electron.mjs';
import { projectRoot } from './import-rules.mjs';

/** An app that ends by itself within this time did not start: it lacks a library, or its display. */
const EARLY_MS = 5000;

/** Passes signals on, and gives the exit code; undefined if the program could not be started. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: projectRoot, stdio: 'inherit' });
    const pass = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, pass);
    const end = (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, pass);
      resolve(code);
    };
    child.on('error', () => end(undefined));
    child.on('exit', (code, signal) => end(signal === null ? (code ?? 1) : signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1));
  });
}

/** Why the desktop app did not run; undefined when it did. */
async function desktop() {
  if (!existsSync(join(projectRoot, 'dist', 'electron', 'main.js'))) return 'its shell has not been built';
  const prepared = prepareElectron();
  if ('obstacle' in prepared) return prepared.obstacle;
  const began = performance.now();
  const code = await run(prepared.electron, [projectRoot]);
  if (code === undefined) return 'Electron could not be started';
  if (code !== 0 && performance.now() - began < EARLY_MS) return `Electron ended at once with ${code}`;
  process.exitCode = code;
  return undefined;
}

const wantsBrowser = process.argv.includes('--browser');
const rest = process.argv.slice(2).filter((word) => word !== '--browser');
const obstacle = wantsBrowser || rest.length > 0 ? '' : await desktop();
if (obstacle !== undefined) {
  if (obstacle !== '') console.log(`No desktop app here: ${obstacle}. Netloom opens in the browser instead.`);
  process.exitCode = (await run(process.execPath, [join(projectRoot, 'bin', 'netloom.js'), 'app', ...rest])) ?? 1;
}
