/**
 * `npm run build`: dist/cli/netloom.js, one file that starts fast, dist/web, the window as a static site, and
 * dist/electron, the desktop's shell around it; all at the same time. With --if-needed each is built only when it is missing or older than its sources.
 * The native `webgpu` package stays a dependency; it cannot be bundled.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDesktop } from './build-desktop.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

// Whatever runs this (a test, say), what is built is the product.
process.env['NODE_ENV'] = 'production';

/** Each target: the file that is there when it is built, what it is made of, and how. */
const TARGETS = [
  { output: 'dist/cli/netloom.js', sources: ['engine', 'package.json', 'scripts/build.mjs'], needs: 'esbuild', make: makeCommand },
  { output: 'dist/web/index.html', sources: ['engine', 'renderer', 'assets', 'vite.config.ts', 'package.json', 'scripts/build.mjs'], needs: 'vite', make: makeSite },
  { output: 'dist/electron/main.js', sources: ['electron', 'engine', 'renderer/host', 'package.json', 'scripts/build-desktop.mjs'], needs: 'esbuild', make: (_, output) => buildDesktop(dirname(output)) },
];

function newestChange(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  // A folder's own time counts too: it changes when a file is removed.
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), info.mtimeMs);
}

function isUpToDate({ output, sources }) {
  const path = join(ROOT, output);
  if (!existsSync(path)) return false;
  const built = statSync(path).mtimeMs;
  return sources.every((source) => newestChange(join(ROOT, source)) <= built);
}

async function makeCommand({ build: bundle }, output) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { outputFiles } = await bundle({
    entryPoints: [join(ROOT, 'engine', 'cli', 'main.ts')],
    outfile: output,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['webgpu'],
    sourcemap: 'linked',
    define: { NETLOOM_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    write: false,
  });
  mkdirSync(dirname(output), { recursive: true });
  // Renamed into place: a command that starts meanwhile sees the old bundle or the new one, never half of one.
  for (const { path, contents } of outputFiles) {
    const beside = `${path}.${process.pid}.part`;
    writeFileSync(beside, contents);
    renameSync(beside, path);
  }
}

async function makeSite({ build }, output) {
  const folder = dirname(output);
  const beside = `${folder}.${process.pid}.part`;
  const before = `${folder}.${process.pid}.old`;
  try {
    await build({ configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn', build: { outDir: beside, emptyOutDir: true } });
    // Swapped in as a whole: whoever serves the folder meanwhile mixes no two builds for longer than an instant.
    if (existsSync(folder)) renameSync(folder, before);
    renameSync(beside, folder);
  } finally {
    for (const left of [beside, before]) rmSync(left, { recursive: true, force: true });
  }
}

async function build(target) {
  const output = join(ROOT, target.output);
  const tool = await import(target.needs).catch(() => undefined);
  if (tool === undefined) {
    // An install without development packages: what was shipped in dist/ is used as it is.
    if (existsSync(output)) return;
    throw new Error(`${target.needs} is not installed, so ${target.output} cannot be built. Run \`npm ci\` (with development packages).`);
  }
  const started = performance.now();
  await target.make(tool, output);
  console.log(`Built ${target.output} in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

const wanted = TARGETS.filter((target) => !process.argv.includes('--if-needed') || !isUpToDate(target));
for (const result of await Promise.allSettled(wanted.map(build))) {
  if (result.status === 'fulfilled') continue;
  console.error(result.reason instanceof Error ? result.reason.message : String(result.reason));
  process.exitCode = 1;
}
