/**
 * Brings a browser for the tests if the machine has none: Debian's package where we may install it,
 * else Playwright's own download. Failing both is no error: the tests that need one say "skipped".
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findBrowser } from './browsers.mjs';

/** Long enough for a slow mirror; an install that hangs must not hang the tests. */
const INSTALL_LIMIT_MS = 5 * 60_000;

function run(command, args) {
  console.log(`> ${command} ${args.join(' ')}`);
  const result = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: INSTALL_LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  return result.status === 0;
}

function installFromDebian() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false;
  return run('apt-get', ['update', '-q']) && run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium']);
}

function installFromPlaywright() {
  let manifest;
  try {
    manifest = createRequire(import.meta.url).resolve('playwright-core/package.json');
  } catch {
    return false;
  }
  return run(process.execPath, [join(dirname(manifest), 'cli.js'), 'install', 'chromium']);
}

if (findBrowser() === undefined) {
  console.log('No Chrome, Chromium or Edge found; installing one for the tests.');
  const installed = (installFromDebian() || installFromPlaywright()) && findBrowser() !== undefined;
  if (!installed) console.log('No browser could be installed; tests that need one will say "skipped".');
}
