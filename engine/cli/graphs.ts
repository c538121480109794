/** From what the user named, a file or a template, to a document, with every problem told at once. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CheckOptions, checkGraph } from '../graph/check.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { GraphDoc } from '../graph/document.ts';
import { MAX_DOCUMENT_BYTES, parseDocument } from '../graph/parse.ts';
import type { Problem } from '../graph/problem.ts';
import { TEMPLATES, type Template, findTemplate } from '../graph/templates.ts';
import { InputError } from './errors.ts';
import { didYouMean } from './nearest.ts';
import { packageFolder } from './package-folder.ts';

const EXTENSION = '.netloom';

/** A built-in graph's document. */
export function readTemplate({ id, file }: Template): GraphDoc {
  const result = parseDocument(readFileSync(join(packageFolder, 'assets', file)));
  if (result.doc === undefined) throw new Error(`The built-in template '${id}' is damaged: ${result.problem.message}`);
  return result.doc;
}

export interface NamedGraph {
  readonly doc: GraphDoc;
  /** Template id or file name without extension: names run folders and bench lines. */
  readonly name: string;
}
export type ReadResult = NamedGraph | { readonly problem: Problem };

const looksLikePath = (name: string): boolean => name.endsWith(EXTENSION) || name.endsWith('.json') || /[\\/]/.test(name) || name === '.' || name === '..';

/** Read no more than the parser would take anyway: a huge file must not fill the memory first. */
function readBounded(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).isDirectory()) throw new InputError(`${path} is a folder; a graph is a ${EXTENSION} file or a template's name.`);
    const limit = MAX_DOCUMENT_BYTES + 1;
    const size = Math.min(limit, fstatSync(fd).size);
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      const read = readSync(fd, bytes, length, size - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/** A template's name or the path of a document. Throws InputError when there is neither; a bad document is a result. */
export function readGraph(name: string): ReadResult {
  if (!looksLikePath(name)) {
    const template = findTemplate(name);
    if (template !== undefined) return { doc: readTemplate(template), name };
  }
  let bytes: Uint8Array;
  try {
    bytes = readBounded(name);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      if (looksLikePath(name)) throw new InputError(`There is no file ${name}.`);
      throw new InputError(`There is no template and no file '${name}'.${didYouMean(name, TEMPLATES.map(({ id }) => id))} 'netloom templates' lists the templates.`);
    }
    throw new InputError(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const result = parseDocument(bytes);
  return result.doc === undefined ? { problem: result.problem } : { doc: result.doc, name: basename(name, EXTENSION) };
}

/** One line per problem: severity, code and message, which names the node. */
export const problemLine = (problem: Problem): string => `${problem.severity} [${problem.code}] ${problem.message}`;

/** The document, or an InputError that holds what is wrong with the file. */
export function requireGraph(name: string): NamedGraph {
  const result = readGraph(name);
  if ('problem' in result) throw new InputError(`${name} is no graph that Netloom can open.`, [problemLine(result.problem)]);
  return result;
}

/** The checked graph, or an InputError that lists every problem. `onWarning` hears of what is odd but works. */
export function requireChecked(doc: GraphDoc, what: string, options: CheckOptions, onWarning: (line: string) => void): CheckedGraph {
  const { problems, graph } = checkGraph(doc, options);
  if (graph === undefined) {
    const errors = problems.filter((problem) => problem.severity === 'error').length;
    throw new InputError(`${what} has ${errors} ${errors === 1 ? 'problem' : 'problems'}.`, problems.map(problemLine));
  }
  for (const problem of problems) onWarning(problemLine(problem));
  return graph;
}
