/**
 * From the bytes of a `.netloom` file to a document, or to one clear problem; and back to text.
 * Whatever the bytes are, nothing is thrown: files come from strangers.
 */
import { z } from 'zod';
import { DOCUMENT_VERSION, type EdgeRec, type GraphDoc, type NodeRec } from './document.ts';
import { HOSTILE_KEYS, ID_PATTERN, compareIds } from './ids.ts';
import { findJsonFault } from './json-position.ts';
import { type RawRecord, isRecord, migrateDocument } from './migrations.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** 16 MiB: a document of 10,000 nodes takes about 2 MiB. Larger files are refused before they are read as JSON. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
export const MAX_NODES = 10_000;
const MAX_EDGES = 40_000;
/** Lists and objects inside each other; the deepest a document needs is five. */
const MAX_DEPTH = 16;
/** Fields of a node or an edge, parameters of a node, numbers in a parameter. */
const MAX_ENTRIES = 64;
/** Problems of the schema that one message lists. */
const MAX_LISTED = 5;

export type ParseResult = { readonly doc: GraphDoc; readonly problem?: undefined } | { readonly problem: Problem; readonly doc?: undefined };

export function parseDocument(source: string | Uint8Array): ParseResult {
  if (source.length > MAX_DOCUMENT_BYTES) {
    const megabytes = Math.ceil(source.length / 1e6);
    return refuse('file-too-large', `The file has ${megabytes} MB; a Netloom document has at most ${MAX_DOCUMENT_BYTES / 1024 / 1024} MiB. Data and weights belong in files of their own.`, { bytes: source.length, limit: MAX_DOCUMENT_BYTES });
  }
  let text: string;
  try {
    text = typeof source === 'string' ? source : new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    return refuse('file-not-text', 'The file is not UTF-8 text, so it is not a Netloom document. Weights and data files cannot be opened as graphs.');
  }
  if (text.startsWith('\ufeff')) text = text.slice(1);
  if (text.trim() === '') return refuse('file-not-json', 'The file is empty.', { line: 1, column: 1 });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    const { line, column, reason } = findJsonFault(text);
    return refuse('file-not-json', `The file is not valid JSON: at line ${line}, column ${column}, ${reason}. It may be truncated or damaged.`, { line, column });
  }
  const versioned = checkVersion(raw);
  if (versioned.problem !== undefined) return versioned;
  const hostile = findHostile(raw);
  if (hostile !== undefined) return hostile;
  return checkForm(migrateDocument(versioned.raw, versioned.version));
}

function refuse(code: ProblemCode, message: string, numbers?: Problem['numbers']): { problem: Problem } {
  return { problem: { code, severity: 'error', message, ...(numbers === undefined ? {} : { numbers }) } };
}

function checkVersion(raw: unknown): { raw: RawRecord; version: number; problem?: undefined } | { problem: Problem } {
  if (!isRecord(raw) || raw['format'] !== 'netloom') {
    return refuse('file-not-netloom', 'The file is JSON, but not a Netloom document: it does not begin with "format": "netloom".');
  }
  const version = raw['version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return refuse('file-version', `The document's version is ${shown(version)}; versions are whole numbers from 1 to ${DOCUMENT_VERSION}.`);
  }
  if (version > DOCUMENT_VERSION) {
    return refuse('file-newer', `The document has version ${version}; this program knows versions up to ${DOCUMENT_VERSION}. Update Netloom to open it.`, { version, known: DOCUMENT_VERSION });
  }
  return { raw, version };
}

/**
 * Names that reach into JavaScript's objects, and sizes that no document has, are refused before
 * anything looks closer: a schema that collects its complaints would run out of memory over them.
 */
function findHostile(raw: unknown): { problem: Problem } | undefined {
  const pending: { value: object; depth: number }[] = typeof raw === 'object' && raw !== null ? [{ value: raw, depth: 0 }] : [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (depth >= MAX_DEPTH) return refuse('file-schema', `The document nests lists and objects more than ${MAX_DEPTH} deep; no Netloom document does.`, { limit: MAX_DEPTH });
    const entries = Array.isArray(value) ? value.length : Object.keys(value).length;
    // Depth 1 holds `nodes` and `edges`; everything further in is a node, an edge or smaller.
    const limit = depth === 1 ? MAX_EDGES : MAX_ENTRIES;
    if (entries > limit) return refuse('file-schema', `The document has a list or object of ${entries} entries where at most ${limit} are possible.`, { entries, limit });
    for (const [key, item] of Object.entries(value)) {
      if (HOSTILE_KEYS.has(key)) return refuse('file-hostile-key', `The document uses the name '${key}', which is not allowed anywhere in it. Rename it.`);
      if (typeof item === 'object' && item !== null) pending.push({ value: item as object, depth: depth + 1 });
    }
  }
  return undefined;
}

// Schema -----------------------------------------------------------------------------------------

/** No control characters: labels are printed on terminals, where an escape sequence would act. */
const line = (maxLength: number) => z.string().max(maxLength).regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'must not hold control characters');
const prose = (maxLength: number) => z.string().max(maxLength).regex(/^(?:[^\u0000-\u001f\u007f-\u009f]|[\n\t])*$/, 'must not hold control characters');
const id = z.string().regex(ID_PATTERN, "must be 1 to 64 letters, digits, '_' or '-', starting with a letter or '_'");
const paramValue = z.union(
  [z.number(), prose(4096), z.boolean(), z.null(), z.array(z.number()).max(MAX_ENTRIES)],
  `must be a finite number, a text without control characters, true, false, null or a list of at most ${MAX_ENTRIES} numbers`,
);
const coordinate = z.number().min(-1e7).max(1e7);
const portRef = z.strictObject({ node: id, port: id });

const nodeSchema = z.strictObject({
  type: id,
  label: line(200).optional(),
  params: z.record(id, paramValue),
  position: z.strictObject({ x: coordinate, y: coordinate }),
  frozen: z.boolean().optional(),
  learningRateFactor: z.number().min(0).max(1e6).optional(),
}) satisfies z.ZodType<NodeRec>;
const edgeSchema = z.strictObject({ from: portRef, to: portRef }) satisfies z.ZodType<EdgeRec>;
const records = z.record(z.string(), z.unknown());
/** Everything but the nodes and edges themselves: those are checked one by one, so that the sixth problem ends it. */
const documentSchema = z.strictObject({
  format: z.literal('netloom'),
  version: z.literal(DOCUMENT_VERSION),
  name: line(200),
  description: prose(10_000).optional(),
  translations: z.strictObject({ zh: z.strictObject({ name: line(200), description: prose(10_000).optional() }).optional() }).optional(),
  training: z.strictObject({
    epochs: z.int().min(1).max(1_000_000),
    batchSize: z.int().min(1).max(1_000_000),
    seed: z.int().min(0).max(2 ** 31 - 1),
    shuffle: z.boolean(),
    validationSplit: z.number().min(0).lt(1),
    earlyStopping: z.strictObject({ patience: z.int().min(1).max(1_000_000), minDelta: z.number().min(0) }).optional(),
  }),
  nodes: records.refine((nodes) => Object.keys(nodes).length <= MAX_NODES, `has more than ${MAX_NODES} nodes`),
  edges: records,
});

function checkForm(raw: RawRecord): ParseResult {
  const faults: string[] = [];
  const complain = (path: readonly PropertyKey[], error: z.ZodError): void => {
    for (const issue of error.issues) {
      const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
      const where = [...path, ...issue.path].map((part) => cleaned(String(part), 40)).join('.');
      faults.push(`${where === '' ? 'the document' : where}: ${inner === undefined ? cleaned(issue.message, 160) : `as a name, ${inner}`}`);
    }
  };
  const head = documentSchema.safeParse(raw);
  if (!head.success) complain([], head.error);
  const checkAll = <T>(field: 'nodes' | 'edges', schema: z.ZodType<T>): Record<string, T> => {
    const checked: [string, T][] = [];
    const all = raw[field];
    for (const [key, item] of Object.entries(isRecord(all) ? all : {})) {
      if (faults.length > MAX_LISTED) break;
      const name = id.safeParse(key);
      if (!name.success) faults.push(`${field}.${cleaned(key, 40)}: as a name, ${name.error.issues[0]?.message ?? 'is not allowed'}`);
      const result = schema.safeParse(item);
      if (result.success) checked.push([key, result.data]);
      else complain([field, key], result.error);
    }
    return Object.fromEntries(checked);
  };
  const nodes = checkAll('nodes', nodeSchema);
  const edges = checkAll('edges', edgeSchema);
  if (head.success && faults.length === 0) return { doc: { ...head.data, nodes, edges } };
  const more = faults.length > MAX_LISTED ? '; and more' : '';
  return refuse('file-schema', `The document does not have the form of a Netloom document: ${faults.slice(0, MAX_LISTED).join('; ')}${more}.`);
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : cleaned(JSON.stringify(value) ?? 'missing', 40);
}

/** A stranger's text for a message: cut, and without control characters. */
function cleaned(text: string, maxLength: number): string {
  const clean = text.slice(0, maxLength + 1).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean;
}

// Writing ----------------------------------------------------------------------------------------

/**
 * The document as text: fixed order of keys, nodes and edges in the order of their ids and each on a
 * line of its own, so that equal documents are equal files and a difference reads well.
 */
export function serializeDocument(doc: GraphDoc): string {
  const { training } = doc;
  const head: string[] = [`"format": "netloom"`, `"version": ${doc.version}`, `"name": ${JSON.stringify(doc.name)}`];
  if (doc.description !== undefined) head.push(`"description": ${JSON.stringify(doc.description)}`);
  if (doc.translations !== undefined) head.push(`"translations": ${inline(doc.translations)}`);
  head.push(`"training": ${inline({
    epochs: training.epochs, batchSize: training.batchSize, seed: training.seed, shuffle: training.shuffle,
    validationSplit: training.validationSplit, earlyStopping: training.earlyStopping,
  })}`);
  head.push(`"nodes": ${block(doc.nodes, orderedNode)}`, `"edges": ${block(doc.edges, orderedEdge)}`);
  return `{\n  ${head.join(',\n  ')}\n}\n`;
}

function orderedNode({ type, label, params, position, frozen, learningRateFactor }: NodeRec): object {
  return { type, label, params: sortKeys(params), position: { x: position.x, y: position.y }, frozen, learningRateFactor };
}

function orderedEdge({ from, to }: EdgeRec): object {
  return { from: { node: from.node, port: from.port }, to: { node: to.node, port: to.port } };
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function block<T>(records: Readonly<Record<string, T>>, ordered: (record: T) => object): string {
  const lines = Object.entries(records).sort(([a], [b]) => compareIds(a, b)).map(([key, record]) => `    ${JSON.stringify(key)}: ${inline(ordered(record))}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`;
}

/** JSON on one line, with the spaces that people put. Keys whose value is undefined are left out. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
