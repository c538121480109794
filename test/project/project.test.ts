/** Promises about the project itself: pinned packages, a README whose commands exist, no trace of anybody's machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../scripts/import-rules.mjs';

interface Manifest {
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}
const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as Lock;
/** What git keeps; empty outside of a checkout. Whatever a user has lying beside it is no matter of ours. */
const tracked = existsSync(join(projectRoot, '.git')) ? execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' }).split('\n').filter((path) => path !== '' && existsSync(join(projectRoot, path))) : [];

describe('packages', () => {
  test.each(Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))('%s is pinned to one version: %s', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
  test('the lock file holds every platform of every optional package, so that npm ci works on all of them', () => {
    const missing: string[] = [];
    for (const [path, entry] of Object.entries(lock.packages)) {
      for (const name of Object.keys(entry.optionalDependencies ?? {})) {
        const candidates = [`${path}/node_modules/${name}`, `node_modules/${name}`];
        if (!candidates.some((candidate) => lock.packages[candidate]?.version !== undefined)) missing.push(`${path} -> ${name}`);
      }
    }
    expect(missing).toEqual([]);
  });
  test('the lock file has a checksum for every package', () => {
    expect(Object.entries(lock.packages).filter(([path, entry]) => path !== '' && entry.integrity === undefined).map(([path]) => path)).toEqual([]);
  });
});

describe.skipIf(tracked.length === 0)('the tree', () => {
  test('names nobody\'s machine', () => {
    // Spelt in pieces, so that this file does not find itself.
    const forbidden = [new RegExp(`(^|[^\\w.])/${'work'}/`), new RegExp(`\\.\\./${'shared'}`), new RegExp(`/${'root'}/`), new RegExp(`/${'home'}/(?!user\\b)\\w`), new RegExp(`/${'Users'}/\\w`), new RegExp(`/${'tmp'}/\\w`)];
    const found = tracked.filter((path) => /\.(ts|mts|mjs|js|json|md|netloom|yml|yaml|html|css|py)$|^\.ci\/run$/.test(path) && path !== 'package-lock.json')
      .flatMap((path) => read(path).split('\n').flatMap((line, i) => (forbidden.some((pattern) => pattern.test(line)) ? [`${path}:${i + 1}: ${line.trim().slice(0, 100)}`] : [])));
    expect(found).toEqual([]);
  });
  test('holds no data sets, no weights and no build output', () => {
    expect(tracked.filter((path) => /(^|\/)(data\/mnist|dist|node_modules|runs)\/|\.(gz|onnx)$|ubyte/.test(path))).toEqual([]);
  });
  test('is free software under the Apache License 2.0', () => {
    expect(manifest.license).toBe('Apache-2.0');
    expect(read('LICENSE')).toContain('Apache License');
    expect(read('LICENSE')).toContain('Version 2.0, January 2004');
  });
});

describe('the README', () => {
  const readme = read('README.md');
  test('opens with the two commands that do all the set-up', () => {
    const firstScreen = readme.split('\n').slice(0, 60).join('\n');
    expect(firstScreen).toContain('npm ci && npm start');
    expect(firstScreen).toContain('npm ci && npm test');
  });
  test('names only npm scripts that exist', () => {
    const scripts = [...readme.matchAll(/npm (?:run )?(start|test|check|bench|build|run [\w:-]+)/g)].map((match) => (match[1] ?? '').replace('run ', ''));
    expect(scripts.length).toBeGreaterThan(3);
    for (const script of scripts) expect(manifest.scripts).toHaveProperty([script]);
  });
  test('names only commands and flags that exist', () => {
    const bundle = join(projectRoot, 'bin', 'netloom.js');
    const helps = new Map<string, string>();
    for (const [, command = '', rest = ''] of readme.matchAll(/^\s*(?:\$ |> )?(?:npx )?netloom ([a-z]+)(.*)$/gm)) {
      if (!helps.has(command)) helps.set(command, execFileSync(process.execPath, [bundle, command, '--help'], { encoding: 'utf8' }));
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(helps.get(command), `netloom ${command} ${flag}`).toContain(flag);
    }
    expect(helps.size).toBeGreaterThan(5);
  });
});

test('CI runs what the README says', () => {
  const script = read('.ci/run');
  for (const command of ['npm ci', 'npm run check', 'npm test']) expect(script).toContain(command);
});
