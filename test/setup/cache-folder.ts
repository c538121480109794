/** Tests measure and remember for themselves: nothing of the user's cache is read or written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'netloom-test-cache-'));
process.env['XDG_CACHE_HOME'] = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
