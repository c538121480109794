/**
 * From the bytes of a `.netloom` file to a document, or to one clear problem; and back to text.
 * Whatever the bytes are, nothing is thrown: files come from strangers.
 */
import * as z from 'zod';
import zhCN from 'zod/v4/locales/zh-CN.js';
import type { Text } from '../nodes/node-type.ts';
import { type BlockDef, type CommentRec, type EdgeRec, type FrameRec, type GraphDoc, type NodeRec, type PortRef, type Subgraph, BLOCK_TYPE, DOCUMENT_VERSION, FRAME_COLORS } from './document.ts';
import { HOSTILE_KEYS, ID_PATTERN, compareIds } from './ids.ts';
import { findJsonFault } from './json-position.ts';
import { type RawRecord, isRecord, migrateDocument } from './migrations.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** 16 MiB: a document of 10,000 nodes takes about 2 MiB. Larger files are refused before they are read as JSON. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** In the whole document, insides of blocks included. */
export const MAX_NODES = 10_000;
const MAX_EDGES = 40_000;
const MAX_BLOCKS = 1000;
/** Frames, and comments, on one level. */
const MAX_NOTES = 1000;
/** Ports and exposed parameters of a block, and ports inside that one input feeds. */
const MAX_PORTS = 256;
/** Lists and objects inside each other; the deepest a document needs is seven. */
const MAX_DEPTH = 16;
/** Fields of a node or an edge, parameters of a node, numbers in a parameter. */
const MAX_ENTRIES = 64;
/** Problems of the schema that one message lists. */
const MAX_LISTED = 5;

export type ParseResult = { readonly doc: GraphDoc; readonly problem?: undefined } | { readonly problem: Problem; readonly doc?: undefined };

export function parseDocument(source: string | Uint8Array): ParseResult {
  if (source.length > MAX_DOCUMENT_BYTES) {
    const megabytes = Math.ceil(source.length / 1e6);
    return refuse('file-too-large', {
      en: `The file has ${megabytes} MB; a Netloom document has at most ${MAX_DOCUMENT_BYTES / 1024 / 1024} MiB. Data and weights belong in files of their own.`,
      zh: `文件有 ${megabytes} MB；Netloom 文档最大 ${MAX_DOCUMENT_BYTES / 1024 / 1024} MiB。数据和权重应放在单独的文件中。`,
    }, { bytes: source.length, limit: MAX_DOCUMENT_BYTES });
  }
  let text: string;
  try {
    text = typeof source === 'string' ? source : new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    return refuse('file-not-text', {
      en: 'The file is not UTF-8 text, so it is not a Netloom document. Weights and data files cannot be opened as graphs.',
      zh: '文件不是 UTF-8 文本，因此不是 Netloom 文档。权重和数据文件不能作为网络图打开。',
    });
  }
  if (text.startsWith('\ufeff')) text = text.slice(1);
  if (text.trim() === '') return refuse('file-not-json', { en: 'The file is empty.', zh: '文件是空的。' }, { line: 1, column: 1 });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    const { line, column, reason } = findJsonFault(text);
    return refuse('file-not-json', {
      en: `The file is not valid JSON: at line ${line}, column ${column}, ${reason}. It may be truncated or damaged.`,
      zh: `文件不是有效的 JSON：第 ${line} 行第 ${column} 列有错。文件可能被截断或已损坏。`,
    }, { line, column });
  }
  const versioned = checkVersion(raw);
  if (versioned.problem !== undefined) return versioned;
  const hostile = findHostile(raw);
  if (hostile !== undefined) return hostile;
  return checkForm(migrateDocument(versioned.raw, versioned.version));
}

function refuse(code: ProblemCode, text: Text, numbers?: Problem['numbers']): { problem: Problem } {
  return { problem: { code, severity: 'error', message: text.en, text, ...(numbers === undefined ? {} : { numbers }) } };
}

function checkVersion(raw: unknown): { raw: RawRecord; version: number; problem?: undefined } | { problem: Problem } {
  if (!isRecord(raw) || raw['format'] !== 'netloom') {
    return refuse('file-not-netloom', {
      en: 'The file is JSON, but not a Netloom document: it does not begin with "format": "netloom".',
      zh: '文件是 JSON，但不是 Netloom 文档：开头没有 "format": "netloom"。',
    });
  }
  const version = raw['version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return refuse('file-version', {
      en: `The document's version is ${shown(version)}; versions are whole numbers from 1 to ${DOCUMENT_VERSION}.`,
      zh: `文档的版本是 ${shown(version, '缺失')}；版本应为 1 到 ${DOCUMENT_VERSION} 的整数。`,
    });
  }
  if (version > DOCUMENT_VERSION) {
    return refuse('file-newer', {
      en: `The document has version ${version}; this program knows versions up to ${DOCUMENT_VERSION}. Update Netloom to open it.`,
      zh: `文档的版本是 ${version}；本程序最高支持版本 ${DOCUMENT_VERSION}。请更新 Netloom 后再打开。`,
    }, { version, known: DOCUMENT_VERSION });
  }
  return { raw, version };
}

/**
 * Names that reach into JavaScript's objects, and sizes that no document has, are refused before
 * anything looks closer: a schema that collects its complaints would run out of memory over them.
 */
function findHostile(raw: unknown): { problem: Problem } | undefined {
  /** `blocks`: how far inside the blocks; undefined elsewhere. */
  const pending: { value: object; depth: number; limit: number; blocks?: number }[] = typeof raw === 'object' && raw !== null ? [{ value: raw, depth: 0, limit: MAX_ENTRIES }] : [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth, limit, blocks } = next;
    if (depth >= MAX_DEPTH) return refuse('file-schema', { en: `The document nests lists and objects more than ${MAX_DEPTH} deep; no Netloom document does.`, zh: `文档中列表和对象的嵌套超过 ${MAX_DEPTH} 层；Netloom 文档不会如此。` }, { limit: MAX_DEPTH });
    const entries = Array.isArray(value) ? value.length : Object.keys(value).length;
    if (entries > limit) return refuse('file-schema', { en: `The document has a list or object of ${entries} entries where at most ${limit} are possible.`, zh: `文档中某个列表或对象有 ${entries} 项，而此处最多 ${limit} 项。` }, { entries, limit });
    for (const [key, item] of Object.entries(value)) {
      if (HOSTILE_KEYS.has(key)) return refuse('file-hostile-key', { en: `The document uses the name '${key}', which is not allowed anywhere in it. Rename it.`, zh: `文档使用了名称“${key}”，它在文档中任何位置都不允许出现。请改名。` });
      if (typeof item !== 'object' || item === null) continue;
      const inBlocks = blocks === undefined ? (depth === 0 && key === 'blocks' ? 0 : undefined) : blocks + 1;
      // `nodes` and `edges` are long, in the document (depth 1) and in a block (two further in); everything further in is small.
      const isLong = depth === 0 || inBlocks === 2;
      pending.push({ value: item as object, depth: depth + 1, limit: isLong ? MAX_EDGES : inBlocks === undefined ? MAX_ENTRIES : MAX_PORTS, ...(inBlocks === undefined ? {} : { blocks: inBlocks }) });
    }
  }
  return undefined;
}

// Schema -----------------------------------------------------------------------------------------

const NO_CONTROLS = 'must not hold control characters';
const ID_FORM = "must be 1 to 64 letters, digits, '_' or '-', starting with a letter or '_'";
const PARAM_FORM = `must be a finite number, a text without control characters, true, false, null or a list of at most ${MAX_ENTRIES} numbers`;
const ONLY_BLOCKS = `only nodes of type '${BLOCK_TYPE}' have 'block' and 'weightGroup'`;
const TWICE = 'has a name twice';
const IN_CHINESE: Readonly<Record<string, string>> = {
  [NO_CONTROLS]: '不能含有控制字符',
  [ID_FORM]: '必须由 1 到 64 个字母、数字、“_”或“-”组成，并以字母或“_”开头',
  [PARAM_FORM]: `必须是有限的数、不含控制字符的文本、true、false、null，或最多 ${MAX_ENTRIES} 个数的列表`,
  [ONLY_BLOCKS]: `只有 ${BLOCK_TYPE} 类型的节点才有“block”和“weightGroup”`,
  [TWICE]: '有重复的名称',
};
const chinese = zhCN();
/** The schema's own words are found in the table, the library's in its Chinese ones. */
function inChinese(issue: z.core.$ZodIssue): string {
  const own = IN_CHINESE[issue.message];
  if (own !== undefined) return own;
  const tooMany = /^has more than (\d+) /.exec(issue.message);
  if (tooMany !== null) return `超过了 ${tooMany[1]} 个`;
  const message = chinese.localeError(issue as z.core.$ZodRawIssue);
  return (typeof message === 'string' ? message : message?.message) ?? issue.message;
}

/** No control characters: labels are printed on terminals, where an escape sequence would act. */
const line = (maxLength: number) => z.string().max(maxLength).regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, NO_CONTROLS);
const prose = (maxLength: number) => z.string().max(maxLength).regex(/^(?:[^\u0000-\u001f\u007f-\u009f]|[\n\t])*$/, NO_CONTROLS);
const id = z.string().regex(ID_PATTERN, ID_FORM);
const paramValue = z.union(
  [z.number(), prose(4096), z.boolean(), z.null(), z.array(z.number()).max(MAX_ENTRIES)],
  PARAM_FORM,
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
  trainedBy: z.string().max(1024).refine((path) => path.split('/').every((part) => ID_PATTERN.test(part)), ID_FORM).optional(),
  muted: z.boolean().optional(),
  collapsed: z.boolean().optional(),
  block: id.optional(),
  weightGroup: id.optional(),
}).refine((node) => node.type === BLOCK_TYPE || (node.block === undefined && node.weightGroup === undefined), ONLY_BLOCKS) satisfies z.ZodType<NodeRec>;
const edgeSchema = z.strictObject({ from: portRef, to: portRef }) satisfies z.ZodType<EdgeRec>;
const extent = z.number().min(1).max(1e7);
const rectangle = { position: z.strictObject({ x: coordinate, y: coordinate }), size: z.strictObject({ width: extent, height: extent }) };
const frameSchema = z.strictObject({ title: line(200), color: z.enum(FRAME_COLORS), ...rectangle }) satisfies z.ZodType<FrameRec>;
const commentSchema = z.strictObject({ text: prose(10_000), ...rectangle }) satisfies z.ZodType<CommentRec>;

const records = z.record(z.string(), z.unknown());
const atMost = (limit: number, what: string) => records.refine((all) => Object.keys(all).length <= limit, `has more than ${limit} ${what}`);
/** Everything but the nodes, edges, frames and comments themselves: those are checked one by one, so that the sixth problem ends it. */
const subgraphFields = { nodes: atMost(MAX_NODES, 'nodes'), edges: records, frames: atMost(MAX_NOTES, 'frames').optional(), comments: atMost(MAX_NOTES, 'comments').optional() };
const unlike = <T>(schema: z.ZodType<T>, key: (item: T) => string) => z.array(schema).max(MAX_PORTS)
  .refine((all) => new Set(all.map(key)).size === all.length, TWICE);
const named = <T extends { readonly name: string }>(schema: z.ZodType<T>) => unlike(schema, ({ name }) => name);
const blockSchema = z.strictObject({
  name: line(200),
  inputs: named(z.strictObject({ name: id, to: z.array(portRef.extend({ edge: id.optional() })).max(MAX_PORTS) })),
  outputs: named(z.strictObject({ name: id, from: portRef })),
  params: unlike(z.strictObject({ name: id, node: id, param: id }), ({ name, node, param }) => `${name} ${node} ${param}`),
  ...subgraphFields,
});
const documentSchema = z.strictObject({
  format: z.literal('netloom'),
  version: z.literal(DOCUMENT_VERSION),
  name: line(200),
  description: prose(10_000).optional(),
  translations: z.strictObject({ zh: z.strictObject({ name: line(200), description: prose(10_000).optional(), blocks: z.record(z.string().max(200), line(200)).optional() }).optional() }).optional(),
  training: z.strictObject({
    epochs: z.int().min(1).max(1_000_000),
    batchSize: z.int().min(1).max(1_000_000),
    seed: z.int().min(0).max(2 ** 31 - 1),
    shuffle: z.boolean(),
    validationSplit: z.number().min(0).lt(1),
    earlyStopping: z.strictObject({ patience: z.int().min(1).max(1_000_000), minDelta: z.number().min(0), metric: line(200).optional() }).optional(),
  }),
  blocks: atMost(MAX_BLOCKS, 'blocks').optional(),
  ...subgraphFields,
});

/** Checks the form piece by piece and remembers what is wrong, as far as a message lists it. */
class FormCheck {
  readonly faults: Text[] = [];
  #nodes = 0;
  #edges = 0;

  get isFull(): boolean {
    return this.faults.length > MAX_LISTED;
  }

  /** The value, or undefined and a fault. */
  value<T>(path: readonly PropertyKey[], schema: z.ZodType<T>, raw: unknown): T | undefined {
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.#complain([...path, ...issue.path], issue);
    return undefined;
  }

  records<T>(path: readonly PropertyKey[], schema: z.ZodType<T>, raw: unknown): Record<string, T> {
    return this.#each(path, raw, (key, item) => this.value([...path, key], schema, item));
  }

  #each<T>(path: readonly PropertyKey[], raw: unknown, check: (key: string, item: unknown) => T | undefined): Record<string, T> {
    const checked: [string, T][] = [];
    for (const [key, item] of Object.entries(isRecord(raw) ? raw : {})) {
      if (this.isFull) break;
      const name = id.safeParse(key);
      if (!name.success) for (const issue of name.error.issues) this.#complain([...path, key], issue, true);
      const value = check(key, item);
      if (value !== undefined) checked.push([key, value]);
    }
    return Object.fromEntries(checked);
  }

  /** The fields of a subgraph, each record checked. */
  subgraph(path: readonly PropertyKey[], raw: RawRecord): Subgraph {
    const size = (field: string): number => (isRecord(raw[field]) ? Object.keys(raw[field]).length : 0);
    this.#nodes += size('nodes');
    this.#edges += size('edges');
    for (const [count, limit, en, zh] of [[this.#nodes, MAX_NODES, 'nodes', '节点'], [this.#edges, MAX_EDGES, 'edges', '连线']] as const) {
      if (path.length > 0 && count > limit && !this.isFull) this.faults.push({ en: `${whereOf(path)}: with it the document has more than ${limit} ${en}`, zh: `${whereOf(path)}：加上它，文档的${zh}超过了 ${limit} 个` });
    }
    const { frames, comments } = raw;
    return {
      nodes: this.records([...path, 'nodes'], nodeSchema, raw['nodes']),
      edges: this.records([...path, 'edges'], edgeSchema, raw['edges']),
      ...(frames === undefined ? {} : { frames: this.records([...path, 'frames'], frameSchema, frames) }),
      ...(comments === undefined ? {} : { comments: this.records([...path, 'comments'], commentSchema, comments) }),
    };
  }

  blocks(raw: unknown): Record<string, BlockDef> {
    return this.#each(['blocks'], raw, (key, item) => {
      const path = ['blocks', key];
      const head = this.value(path, blockSchema, item);
      const inside = isRecord(item) ? this.subgraph(path, item) : undefined;
      if (head === undefined || inside === undefined) return undefined;
      const { name, inputs, outputs, params } = head;
      return { name, inputs, outputs, params, ...inside };
    });
  }

  #complain(path: readonly PropertyKey[], issue: z.core.$ZodIssue, isName = issue.code === 'invalid_key'): void {
    const where = whereOf(path);
    const inner = issue.code === 'invalid_key' ? issue.issues[0] : issue;
    const en = cleaned((inner ?? issue).message, 160);
    const zh = cleaned(inChinese(inner ?? issue), 160);
    this.faults.push({ en: `${where === '' ? 'the document' : where}: ${isName ? 'as a name, ' : ''}${en}`, zh: `${where === '' ? '文档' : where}：${isName ? '名称' : ''}${zh}` });
  }
}

const whereOf = (path: readonly PropertyKey[]): string => path.map((part) => cleaned(String(part), 40)).join('.');

function checkForm(raw: RawRecord): ParseResult {
  const check = new FormCheck();
  const head = check.value([], documentSchema, raw);
  const top = check.subgraph([], raw);
  const blocks = raw['blocks'] === undefined ? undefined : check.blocks(raw['blocks']);
  const { faults } = check;
  if (head !== undefined && faults.length === 0) {
    const { format, version, name, description, translations, training } = head;
    return {
      doc: {
        format, version, name, ...(description === undefined ? {} : { description }), ...(translations === undefined ? {} : { translations }), training,
        ...top, ...(blocks === undefined ? {} : { blocks }),
      },
    };
  }
  const listed = faults.slice(0, MAX_LISTED);
  const isMore = check.isFull;
  return refuse('file-schema', {
    en: `The document does not have the form of a Netloom document: ${listed.map(({ en }) => en).join('; ')}${isMore ? '; and more' : ''}.`,
    zh: `文档不符合 Netloom 文档的格式：${listed.map(({ zh }) => zh).join('；')}${isMore ? '；等等' : ''}。`,
  });
}

function shown(value: unknown, missing = 'missing'): string {
  return value === undefined ? missing : cleaned(JSON.stringify(value) ?? missing, 40);
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
  head.push(...subgraphLines(doc, '  '));
  if (doc.blocks !== undefined) head.push(`"blocks": ${nested(doc.blocks)}`);
  return `{\n  ${head.join(',\n  ')}\n}\n`;
}

function subgraphLines({ nodes, edges, frames, comments }: Subgraph, indent: string): string[] {
  return [
    `"nodes": ${block(nodes, orderedNode, indent)}`, `"edges": ${block(edges, orderedEdge, indent)}`,
    ...(frames === undefined ? [] : [`"frames": ${block(frames, ({ title, color, position, size }) => ({ title, color, ...orderedRectangle({ position, size }) }), indent)}`]),
    ...(comments === undefined ? [] : [`"comments": ${block(comments, ({ text, position, size }) => ({ text, ...orderedRectangle({ position, size }) }), indent)}`]),
  ];
}

/** Definitions, indented as one reads them, with each node on a line here too. */
function nested(blocks: Readonly<Record<string, BlockDef>>): string {
  const all = Object.entries(blocks).sort(([a], [b]) => compareIds(a, b)).map(([key, definition]) => {
    const fields = [
      `"name": ${JSON.stringify(definition.name)}`,
      `"inputs": ${inline(definition.inputs.map(({ name, to }) => ({ name, to: to.map((target) => ({ ...orderedRef(target), edge: target.edge })) })))}`,
      `"outputs": ${inline(definition.outputs.map(({ name, from }) => ({ name, from: orderedRef(from) })))}`,
      `"params": ${inline(definition.params.map(({ name, node, param }) => ({ name, node, param })))}`,
      ...subgraphLines(definition, '      '),
    ];
    return `    ${JSON.stringify(key)}: {\n      ${fields.join(',\n      ')}\n    }`;
  });
  return all.length === 0 ? '{}' : `{\n${all.join(',\n')}\n  }`;
}

function orderedNode({ type, label, block, weightGroup, params, position, frozen, learningRateFactor, trainedBy, muted, collapsed }: NodeRec): object {
  return { type, label, block, weightGroup, params: sortKeys(params), position: { x: position.x, y: position.y }, frozen, learningRateFactor, trainedBy, muted, collapsed };
}

function orderedEdge({ from, to }: EdgeRec): object {
  return { from: orderedRef(from), to: orderedRef(to) };
}

const orderedRef = ({ node, port }: PortRef): PortRef => ({ node, port });
const orderedRectangle = ({ position, size }: Pick<FrameRec, 'position' | 'size'>): object => ({ position: { x: position.x, y: position.y }, size: { width: size.width, height: size.height } });

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function block<T>(all: Readonly<Record<string, T>>, ordered: (record: T) => object, indent: string): string {
  const lines = Object.entries(all).sort(([a], [b]) => compareIds(a, b)).map(([key, record]) => `${indent}  ${JSON.stringify(key)}: ${inline(ordered(record))}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

/** JSON on one line, with the spaces that people put. Keys whose value is undefined are left out. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
