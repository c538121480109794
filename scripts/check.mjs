/** `npm run check`: types, lint and import directions at the same time. Prints every complaint; exits 1 if there is one. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { checkImports, projectRoot } from './import-rules.mjs';

const require = createRequire(import.meta.url);

/** The executable that a package declares, run by this very Node, so that no shell and no PATH is needed. */
function packageCommand(name, command) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = require(manifest);
  return join(manifest, '..', typeof bin === 'string' ? bin : bin[command]);
}

function run(title, script, args) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(process.execPath, [script, ...args], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ title, failed: true, output: String(error) }));
    child.on('close', (status) => resolve({ title, failed: status !== 0, output }));
  });
}

function imports() {
  const problems = checkImports(projectRoot);
  return { title: 'import directions', failed: problems.length > 0, output: problems.join('\n') };
}

const started = performance.now();
const results = await Promise.all([
  run('types', packageCommand('typescript', 'tsc'), ['-p', '.']),
  run('lint', packageCommand('oxlint', 'oxlint'), ['--deny-warnings']),
  imports(),
]);
for (const { title, failed, output } of results) {
  console.log(`${failed ? 'FAILED' : 'ok    '}  ${title}`);
  if (failed) console.log(output.trimEnd());
}
console.log(`checked in ${((performance.now() - started) / 1000).toFixed(1)} s`);
if (results.some(({ failed }) => failed)) process.exitCode = 1;
