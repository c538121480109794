/**
 * Which folder may import which, read from the import statements of every source file. The layers
 * keep the engine usable in a browser, a Node process and a worker alike, and every part testable alone.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What a folder may import at run time besides itself, and of which folders only types. The most
 * specific entry holds. `packages: undefined` allows all; `host` allows Node's or the browser's own things.
 */
const LAYERS = [
  { folder: 'engine/platform', imports: [], packages: ['webgpu'], host: true },
  { folder: 'engine/cli', imports: ['engine'], packages: ['zod'], host: true },
  { folder: 'engine/tensor', imports: [], packages: [] },
  { folder: 'engine/autodiff', imports: ['engine/tensor'], packages: [] },
  { folder: 'engine/compile', imports: ['engine/tensor'], packages: [] },
  // select.ts weighs the backends against each other, on the platform that it is given.
  { folder: 'engine/backends', imports: ['engine/compile', 'engine/tensor'], types: ['engine/platform'], packages: [] },
  { folder: 'engine/nodes', imports: ['engine/tensor'], types: ['engine/graph'], packages: ['zod'] },
  { folder: 'engine/graph', imports: ['engine/nodes', 'engine/tensor'], packages: ['zod'] },
  { folder: 'engine/data', imports: ['engine/nodes', 'engine/tensor', 'engine/interop'], types: ['engine/graph', 'engine/platform'], packages: ['fflate'] },
  { folder: 'engine/interop', imports: ['engine/graph', 'engine/nodes', 'engine/tensor'], types: ['engine/data', 'engine/platform'], packages: ['fflate', '@bufbuild/protobuf'] },
  { folder: 'engine/train', imports: ['engine/graph', 'engine/nodes', 'engine/tensor', 'engine/autodiff', 'engine/compile', 'engine/backends', 'engine/data', 'engine/interop'], types: ['engine/platform', 'engine/protocol.ts'], packages: [] },
  // The engine as an editor asks it: everything above behind messages, on whatever platform it is given.
  { folder: 'engine/service', imports: ['engine/graph', 'engine/nodes', 'engine/tensor', 'engine/autodiff', 'engine/compile', 'engine/backends', 'engine/data', 'engine/interop', 'engine/train', 'engine/protocol.ts'], types: ['engine/platform'], packages: [] },
  { folder: 'engine/text.ts', imports: [], packages: [] },
  { folder: 'engine/protocol.ts', imports: [], types: ['engine'], packages: [] },
  // The worker in which a browser runs the engine: it ties the service to the web platform, and the window never imports it.
  { folder: 'renderer/host/engine-worker.ts', imports: ['engine', 'renderer/host/claims.ts'], types: ['renderer/host'], packages: [], host: true },
  { folder: 'renderer/host', imports: ['renderer', 'engine/graph', 'engine/nodes', 'engine/protocol.ts'], packages: undefined, host: true },
  { folder: 'renderer', imports: ['engine/graph', 'engine/nodes', 'engine/protocol.ts'], packages: undefined, host: true },
  { folder: 'electron', imports: ['renderer/host', 'engine'], packages: undefined, host: true },
];
/** Every layer may use these types; they are the contracts between the layers. */
const COMMON_TYPES = ['engine/tensor'];
/** Every layer may use these at run time: words for people in both languages, and errors that carry them. */
const COMMON = ['engine/text.ts'];
/** Globals that tie a file to one host. */
const HOST_GLOBALS = /(?<![\w.$'"`#@-])(process|window|document|navigator|localStorage|Buffer|__dirname|__filename|require)(?=\s*[.[(])/g;

const IMPORT = /(?<=^|[;}])\s*(?:import|export)\s+(?<type>type\s+)?(?<names>[\w*\s{},$]*?)\s*from\s*(?<quote>['"])(?<from>[^'"]+)\k<quote>|(?<=^|[;}])\s*import\s*(?<q2>['"])(?<bare>[^'"]+)\k<q2>|(?<![\w.$'"`])import\s*\(\s*(?<q3>['"])(?<dynamic>[^'"]+)\k<q3>\s*\)/gm;

const isIn = (path, folder) => path === folder || path.startsWith(`${folder}/`);
const layerOf = (path) => LAYERS.filter((layer) => isIn(path, layer.folder)).sort((a, b) => b.folder.length - a.folder.length)[0];

/** Source text without comments, and with the contents of template and string literals kept only where an import needs them. */
function withoutComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(,])\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ' '));
}

function withoutStrings(source) {
  return source.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, (text) => text.replace(/[^\n]/g, ' '));
}

/** @returns {{ specifier: string, typeOnly: boolean, line: number }[]} */
export function importsOf(source) {
  const text = withoutComments(source);
  return [...text.matchAll(IMPORT)].map((match) => {
    const { type, names, from, bare, dynamic } = match.groups;
    const named = /^\s*\{([^}]*)\}\s*$/.exec(names ?? '')?.[1]?.split(',').map((name) => name.trim()).filter((name) => name !== '');
    const typeOnly = type !== undefined || (named !== undefined && named.length > 0 && named.every((name) => name.startsWith('type ')));
    return { specifier: from ?? bare ?? dynamic, typeOnly, line: text.slice(0, match.index + match[0].search(/\S/)).split('\n').length };
  });
}

/** @returns {string[]} Complaints about one file, given by its path from the project's root, with '/'. */
export function problemsOf(path, source) {
  const layer = layerOf(path);
  if (layer === undefined) return [`${path}: no layer of scripts/import-rules.mjs holds this file; give its folder an entry`];
  const problems = [];
  for (const { specifier, typeOnly, line } of importsOf(source)) {
    const complain = (what) => problems.push(`${path}:${line}: ${what}`);
    if (specifier.startsWith('.')) {
      if (!/\.(ts|tsx|json|css|svg)$/.test(specifier)) complain(`"${specifier}" lacks its file extension`);
      const target = posix.join(posix.dirname(path), specifier);
      if (isIn(target, layer.folder)) continue;
      if ([...layer.imports, ...COMMON].some((folder) => isIn(target, folder))) continue;
      if (typeOnly && [...(layer.types ?? []), ...COMMON_TYPES].some((folder) => isIn(target, folder))) continue;
      const seen = (layer.types ?? []).some((folder) => isIn(target, folder)) ? '; only `import type` is allowed there' : '';
      complain(`${layer.folder} may not import ${target}${seen}`);
    } else if (specifier.startsWith('node:')) {
      if (layer.host !== true) complain(`only engine/platform, engine/cli and the shells may import ${specifier}`);
    } else if (layer.packages !== undefined) {
      const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
      if (!layer.packages.includes(name)) complain(`${layer.folder} may not import the package "${name}"`);
    }
  }
  if (layer.host !== true) {
    const code = withoutStrings(withoutComments(source));
    for (const match of code.matchAll(HOST_GLOBALS)) {
      // A parameter or variable of that name is the file's own.
      if (new RegExp(`(const|let|var|function)\\s+${match[1]}\\b|[(,{]\\s*${match[1]}\\s*[:,)}=]`).test(code)) continue;
      problems.push(`${path}:${code.slice(0, match.index).split('\n').length}: only engine/platform, engine/cli and the shells may touch "${match[1]}"`);
    }
  }
  return problems;
}

/** @returns {string[]} One complaint per cycle of run-time imports. */
export function cyclesOf(sources) {
  const edges = new Map();
  for (const [path, source] of sources) {
    edges.set(path, importsOf(source).filter(({ specifier, typeOnly }) => !typeOnly && specifier.startsWith('.')).map(({ specifier }) => posix.join(posix.dirname(path), specifier)).filter((target) => sources.has(target)));
  }
  const state = new Map();
  const problems = [];
  const visit = (path, trail) => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      problems.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
      return;
    }
    state.set(path, 'open');
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of sources.keys()) visit(path, []);
  return problems;
}

/** @returns {Map<string, string>} Every source file of the product, by path from `root`. */
export function readSources(root) {
  const sources = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.tsx?$/.test(entry.name)) sources.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
    }
  };
  for (const folder of ['engine', 'electron', 'renderer']) if (existsSync(join(root, folder))) walk(join(root, folder));
  return sources;
}

/** @returns {string[]} */
export function checkImports(root) {
  const sources = readSources(root);
  return [...[...sources].flatMap(([path, source]) => problemsOf(path, source)), ...cyclesOf(sources)];
}

/** The project's root, for those who import this file. */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
