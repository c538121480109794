import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GraphDoc, DOCUMENT_VERSION } from '../../engine/graph/document.ts';
import { compareIds, nearestName } from '../../engine/graph/ids.ts';
import { findJsonFault } from '../../engine/graph/json-position.ts';
import { type Migration, migrateDocument } from '../../engine/graph/migrations.ts';
import { MAX_DOCUMENT_BYTES, MAX_NODES, parseDocument, serializeDocument } from '../../engine/graph/parse.ts';
import type { Problem } from '../../engine/graph/problem.ts';
import { stackedDocument } from './block-documents.ts';
import { classifier } from './documents.ts';

const good = classifier();
const goodText = serializeDocument(good);
/** The document as plain JSON, to be broken. */
const raw = (): Record<string, unknown> => JSON.parse(goodText) as Record<string, unknown>;

function problemOf(source: string | Uint8Array): Problem {
  const { problem, doc } = parseDocument(source);
  expect(doc).toBeUndefined();
  if (problem === undefined) throw new Error('the document was accepted');
  expect(problem.severity).toBe('error');
  expect(problem.message).toMatch(/[.]$/);
  expect(problem.message.length).toBeLessThan(1500);
  // Neither a stack trace nor a terminal's control sequences may get into a message.
  expect(problem.message).not.toMatch(/\n|\bat .*:\d+:\d+|[\u0000-\u001f\u007f-\u009f]/);
  return problem;
}

describe('a good document', () => {
  test('is read back as it was written, from text, from bytes and behind a byte order mark', () => {
    for (const source of [goodText, new TextEncoder().encode(goodText), `\ufeff${goodText}`]) expect(parseDocument(source)).toEqual({ doc: good });
  });
  test('keeps every optional field', () => {
    const full: GraphDoc = {
      ...good, description: 'Two\nlines.', translations: { zh: { name: '测试', description: '说明' } },
      nodes: { ...good.nodes, fc1: { type: 'Dense', params: { units: 5, bias: false }, label: 'Hidden layer', position: { x: -1.5, y: 2 }, frozen: true, learningRateFactor: 0.5 } },
      training: { ...good.training, earlyStopping: { patience: 3, minDelta: 0.001 } },
    };
    expect(parseDocument(serializeDocument(full)).doc).toEqual(full);
  });
  test('has the same text whatever the order of its records and keys', () => {
    const shuffled = (value: unknown): unknown => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, shuffled(item)])) : value);
    expect(serializeDocument(shuffled(good) as GraphDoc)).toBe(goodText);
  });
  test('has a line for each node and edge, in natural order', () => {
    const lines = goodText.split('\n');
    for (const id of [...Object.keys(good.nodes), ...Object.keys(good.edges)]) expect(lines.filter((line) => line.startsWith(`    "${id}": {`))).toHaveLength(1);
    const many = { ...good, edges: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`e${i + 1}`, good.edges['e1']!])) };
    expect([...serializeDocument(many).matchAll(/"(e\d+)":/g)].map((match) => match[1])).toEqual(Array.from({ length: 12 }, (_, i) => `e${i + 1}`));
  });
});

describe('blocks, frames and comments', () => {
  const withAll: GraphDoc = {
    ...stackedDocument({ weightGroup: 'g', muted: true }, { weightGroup: 'g', collapsed: true }),
    frames: { f1: { title: '特征', position: { x: -1, y: 2 }, size: { width: 300, height: 200 }, color: 'blue' } },
    comments: { c1: { text: 'Why?\nBecause.', position: { x: 0, y: 0 }, size: { width: 10, height: 20 } } },
  };
  const text = serializeDocument(withAll);
  type Damaged = { blocks: Record<string, Record<string, unknown>>; nodes: Record<string, Record<string, unknown>>; frames: Record<string, Record<string, unknown>> };
  const damaged = (damage: (doc: Damaged) => void): string => {
    const doc = JSON.parse(text) as Damaged;
    damage(doc);
    return JSON.stringify(doc);
  };
  test('are read back as they were written', () => {
    expect(parseDocument(text)).toEqual({ doc: withAll });
    expect(serializeDocument(parseDocument(text).doc!)).toBe(text);
    expect(parseDocument(goodText.replace(`"version": ${DOCUMENT_VERSION}`, '"version": 1'))).toEqual({ doc: good });
  });
  test('that are damaged are refused, with the place, in both languages', () => {
    const cases: [string, RegExp][] = [
      [damaged((doc) => { doc.blocks['stack']!['inputs'] = [{ name: 'x', to: [] }, { name: 'x', to: [] }]; }), /blocks\.stack\.inputs: has a name twice/],
      [damaged((doc) => { doc.blocks['stack']!['inputs'] = [{ name: 'two words', to: [] }]; }), /blocks\.stack\.inputs\.0\.name: must be 1 to 64/],
      [damaged((doc) => { delete doc.blocks['squash']!['outputs']; }), /blocks\.squash\.outputs/],
      [damaged((doc) => { (doc.blocks['squash']!['nodes'] as Record<string, unknown>)['tanh'] = { type: 'Tanh' }; }), /blocks\.squash\.nodes\.tanh\.params/],
      [damaged((doc) => { doc.blocks['a b'] = doc.blocks['stack']!; }), /blocks\.a b: as a name/],
      [damaged((doc) => { doc.nodes['fc2']!['block'] = 'stack'; }), /nodes\.fc2: only nodes of type 'Block'/],
      [damaged((doc) => { doc.nodes['fc2']!['muted'] = 1; }), /nodes\.fc2\.muted/],
      [damaged((doc) => { doc.frames['f1']!['color'] = 'beige'; }), /frames\.f1\.color/],
      [damaged((doc) => { doc.frames['f1']!['size'] = { width: 0, height: 1 }; }), /frames\.f1\.size\.width/],
      [damaged((doc) => { doc.blocks['stack']!['surprise'] = 1; }), /surprise/],
    ];
    for (const [source, message] of cases) {
      const problem = problemOf(source);
      expect(problem.code).toBe('file-schema');
      expect(problem.message).toMatch(message);
      expect(problem.text?.zh).toMatch(/^文档不符合 Netloom 文档的格式：.*。$/);
      expect(problem.text?.zh).not.toMatch(/must|Invalid|expected/);
    }
  });
  test('of any size are refused within moments', () => {
    const many = <T>(count: number, make: (i: number) => T): Record<string, T> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, make(i)]));
    const started = performance.now();
    const node = { type: 'ReLU', params: {}, position: { x: 0, y: 0 } };
    const sized = (change: Record<string, unknown>): Problem => problemOf(JSON.stringify({ ...JSON.parse(text) as object, ...change }));
    const empty = { name: 'b', inputs: [], outputs: [], params: [], nodes: {}, edges: {} };
    expect(sized({ blocks: many(1001, () => empty) }).code).toBe('file-schema');
    expect(sized({ blocks: many(3, () => ({ ...empty, nodes: many(4000, () => node) })) }).message).toContain(`more than ${MAX_NODES} nodes`);
    expect(sized({ blocks: { b: { ...empty, nodes: many(41_000, () => node) } } }).code).toBe('file-schema');
    expect(sized({ blocks: { b: { ...empty, inputs: Array.from({ length: 300 }, (_, i) => ({ name: `i${i}`, to: [] })) } } }).code).toBe('file-schema');
    expect(sized({ comments: many(1001, () => ({ text: '', position: { x: 0, y: 0 }, size: { width: 1, height: 1 } })) }).code).toBe('file-schema');
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('what is not a document', () => {
  test('100 MB are refused without being parsed, as text and as bytes', () => {
    const started = performance.now();
    for (const source of [new Uint8Array(100e6).fill(0x5b), '['.repeat(100e6)]) {
      const problem = problemOf(source);
      expect(problem.code).toBe('file-too-large');
      expect(problem.message).toContain('100 MB');
      expect(problem.numbers).toEqual({ bytes: 100e6, limit: MAX_DOCUMENT_BYTES });
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
  test('binary data', () => expect(problemOf(Uint8Array.from([0x50, 0x4b, 3, 4, 0xff, 0xfe])).code).toBe('file-not-text'));
  test('nothing at all', () => {
    expect(problemOf('').message).toBe('The file is empty.');
    expect(problemOf(' \n ').code).toBe('file-not-json');
  });
  test('a document that was cut off anywhere says where', () => {
    for (let length = 1; length < goodText.length - 2; length += 7) {
      const problem = problemOf(goodText.slice(0, length));
      expect(problem.code).toBe('file-not-json');
      const lines = goodText.slice(0, length).split('\n');
      expect(problem.numbers!['line']).toBeLessThanOrEqual(lines.length);
    }
    expect(problemOf('{\n  "format": "netloom",\n  "version"').message).toBe("The file is not valid JSON: at line 3, column 12, the text ends where ':' is expected. It may be truncated or damaged.");
  });
  test('other JSON', () => {
    for (const text of ['[]', '3', 'null', '"netloom"', '{}', '{"format":"other","version":1}']) expect(problemOf(text).code).toBe('file-not-netloom');
  });
  test('a newer version says which one is known', () => {
    const problem = problemOf(JSON.stringify({ ...raw(), version: DOCUMENT_VERSION + 6 }));
    expect(problem.code).toBe('file-newer');
    expect(problem.message).toContain(`version ${DOCUMENT_VERSION + 6}`);
    expect(problem.message).toContain(`up to ${DOCUMENT_VERSION}`);
  });
  test('versions that are none', () => {
    for (const version of [0, -1, 1.5, '1', null, { a: 1 }]) expect(problemOf(JSON.stringify({ ...raw(), version })).code).toBe('file-version');
    const { version: _, ...without } = raw();
    expect(problemOf(JSON.stringify(without)).message).toContain('missing');
  });
  test('hostile keys, wherever they stand', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      for (const text of [
        goodText.replaceAll('"fc1"', `"${key}"`),
        goodText.replace('"units"', `"${key}"`),
        goodText.replace('"name"', `"${key}": {"polluted": true}, "name"`),
      ]) {
        expect(text).not.toBe(goodText);
        const problem = problemOf(text);
        expect(problem.code).toBe('file-hostile-key');
        expect(problem.message).toContain(key);
      }
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
  test('a hostile id in a wire alone', () => {
    // As a value it is no key; the checker finds no such node.
    const text = goodText.replace('"node": "fc1", "port": "x"', '"node": "__proto__", "port": "x"');
    expect(parseDocument(text).doc).toBeDefined();
  });
  test('nesting without end', () => {
    expect(problemOf(`{"format":"netloom","version":1,"nodes":${'['.repeat(50_000)}${']'.repeat(50_000)}}`).code).toBe('file-schema');
    expect(problemOf('['.repeat(200_000)).code).toBe('file-not-json');
  });
});

describe('a document that does not have the form', () => {
  const cases: readonly (readonly [string, (doc: GraphDoc) => unknown, RegExp])[] = [
    ['an unknown field', (doc) => ({ ...doc, extra: 1 }), /extra/],
    ['no nodes', ({ nodes: _, ...doc }) => doc, /nodes/],
    ['nodes as a list', (doc) => ({ ...doc, nodes: [] }), /nodes/],
    ['a node without position', (doc) => ({ ...doc, nodes: { a: { type: 'ReLU', params: {} } } }), /nodes\.a\.position/],
    ['an id with a dot', (doc) => ({ ...doc, nodes: { 'a.b': { type: 'ReLU', params: {}, position: { x: 0, y: 0 } } } }), /a\.b/],
    ['an id that starts with a digit', (doc) => ({ ...doc, nodes: { '1a': { type: 'ReLU', params: {}, position: { x: 0, y: 0 } } } }), /letter/],
    ['an id that is too long', (doc) => ({ ...doc, nodes: { ['a'.repeat(65)]: { type: 'ReLU', params: {}, position: { x: 0, y: 0 } } } }), /64/],
    ['a parameter that is an object', (doc) => ({ ...doc, nodes: { a: { type: 'ReLU', params: { p: {} }, position: { x: 0, y: 0 } } } }), /nodes\.a\.params\.p.*finite number/],
    ['a control sequence in a label', (doc) => ({ ...doc, nodes: { a: { type: 'ReLU', label: '\u001b[2J', params: {}, position: { x: 0, y: 0 } } } }), /control characters/],
    ['an edge without an end', (doc) => ({ ...doc, edges: { e1: { from: { node: 'data', port: 'x' } } } }), /edges\.e1\.to/],
    ['no epochs', (doc) => ({ ...doc, training: { ...doc.training, epochs: 0 } }), /training\.epochs/],
    ['a fraction of a batch', (doc) => ({ ...doc, training: { ...doc.training, batchSize: 0.5 } }), /training\.batchSize/],
    ['all samples held back', (doc) => ({ ...doc, training: { ...doc.training, validationSplit: 1 } }), /training\.validationSplit/],
    ['too many nodes', (doc) => ({ ...doc, nodes: Object.fromEntries(Array.from({ length: MAX_NODES + 1 }, (_, i) => [`n${i}`, { type: 'ReLU', params: {}, position: { x: 0, y: 0 } }])) }), /more than 10000 nodes/],
  ];
  test.each(cases)('%s', (_name, breakIt, expected) => {
    const problem = problemOf(JSON.stringify(breakIt(good)));
    expect(problem.code).toBe('file-schema');
    expect(problem.message).toMatch(expected);
  });
  test('numbers beyond the range of a double', () => {
    const problem = problemOf(goodText.replace('"units": 5', '"units": 1e999'));
    expect(problem.code).toBe('file-schema');
    expect(problem.message).toContain('nodes.fc1.params.units');
  });
  test('several faults are all told, five at most in full', () => {
    const nodes = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`n${i}`, { type: 3, params: {}, position: { x: 0, y: 0 } }]));
    const problem = problemOf(JSON.stringify({ ...good, nodes }));
    expect(problem.message).toContain('n4.type');
    expect(problem.message).toContain('and more');
    expect(problem.message).not.toContain('n5');
  });
});

test('megabytes of anything are refused within moments', () => {
  const nodeWith = (params: string): string => `{"format":"netloom","version":1,"name":"n","nodes":{"a":{"type":"ReLU","params":${params},"position":{"x":0,"y":0}}}}`;
  const many = (count: number, item: (i: number) => string): string => Array.from({ length: count }, (_, i) => item(i)).join(',');
  const sources: Readonly<Record<string, string>> = {
    'a parameter of a million numbers': nodeWith(`{"p":[${many(1_000_000, () => '0')}]}`),
    'a parameter of many objects': nodeWith(`{"p":[${many(500_000, () => '{}')}]}`),
    'far too many parameters': nodeWith(`{${many(200_000, (i) => `"p${i}":{}`)}}`),
    'far too many nodes': `{"format":"netloom","version":1,"name":"n","nodes":{${many(200_000, (i) => `"n${i}":0`)}}}`,
    'bad parameters in as many nodes as may be': `{"format":"netloom","version":1,"name":"n","nodes":{${many(9000, (i) => `"n${i}":{"params":{${many(60, (j) => `"p${j}":{"":{}}`)}}}`)}}}`,
    'a long name': nodeWith('{}').replace('"n"', `"${'x'.repeat(16e6)}"`),
    'far too many fields': `{"format":"netloom","version":1,${many(200_000, (i) => `"f${i}":0`)}}`,
    'a list in place of the nodes': `{"format":"netloom","version":1,"nodes":[${many(1_000_000, () => '0')}]}`,
  };
  for (const [what, source] of Object.entries(sources)) {
    const started = performance.now();
    const problem = problemOf(source);
    expect(problem.code, what).toBe('file-schema');
    if (what.startsWith('far too many') || what.includes('many objects')) expect(problem.numbers!['entries'], what).toBeGreaterThan(100_000);
    // JSON.parse itself takes up to half a second of these on a slow machine; a complaint about every entry would take minutes.
    expect(performance.now() - started, what).toBeLessThan(5_000);
  }
});

test('whatever the text is, there is a document or one problem, and never an exception', () => {
  const mutate = fc.tuple(fc.nat(goodText.length), fc.nat(40), fc.string({ maxLength: 8 })).map(([at, length, text]) => goodText.slice(0, at) + text + goodText.slice(at + length));
  fc.assert(fc.property(fc.oneof(mutate, fc.string(), fc.json(), fc.uint8Array()), (source) => {
    const { doc, problem } = parseDocument(source);
    expect((doc === undefined) !== (problem === undefined)).toBe(true);
    if (doc !== undefined) expect(parseDocument(serializeDocument(doc)).doc).toEqual(doc);
    else problemOf(source);
  }), { numRuns: 1500 });
});

describe('the place of a fault in JSON', () => {
  const cases: readonly (readonly [string, number, number, RegExp])[] = [
    ['{"a": 1,}', 1, 9, /double quotes/], ['[1 2]', 1, 4, /',' or '\]'/], ['{"a" 1}', 1, 6, /':'/], ['{a: 1}', 1, 2, /double quotes/], ['[01]', 1, 3, /',' or '\]'/],
    ['{"a": "x\ny"}', 1, 7, /string/], ['{\n"a": tru}', 2, 6, /a value is expected, 't'/], ['1 2', 1, 3, /the end of the file/], ['["\\x"]', 1, 2, /string/], ['[1,\u0001]', 1, 4, /U\+0001/], ['[1', 1, 3, /text ends/],
  ];
  test.each(cases)('%j', (text, line, column, reason) => {
    expect(findJsonFault(text)).toMatchObject({ line, column });
    expect(findJsonFault(text).reason).toMatch(reason);
  });
  test('has nothing wrong before it: what stands there only lacks its end', () => {
    const messageOf = (text: string): string | undefined => {
      try {
        JSON.parse(text);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
    fc.assert(fc.property(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), (json, at, junk) => {
      const position = at % (json.length + 1);
      const text = json.slice(0, position) + junk + json.slice(position);
      if (messageOf(text) === undefined) return;
      const fault = findJsonFault(text);
      const offset = text.split('\n').slice(0, fault.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + fault.column - 1;
      expect(fault.reason).not.toBe('the text is damaged');
      expect(offset).toBeLessThanOrEqual(text.length);
      const before = messageOf(text.slice(0, offset));
      if (before !== undefined && !before.includes('end of JSON input')) expect(before).toContain(`position ${offset}`);
    }), { numRuns: 500 });
  });
});

describe('migrations', () => {
  const steps: readonly Migration[] = [
    { from: 1, document: (doc) => ({ ...doc, title: doc['name'] }), nodes: new Map([['Linear', (node) => ({ ...node, type: 'Dense' })]]) },
    { from: 2, nodes: new Map([['Dense', (node) => ({ ...node, params: { units: 7 } })]]) },
  ];
  test('run one version after the other, on the document and on its nodes by type', () => {
    const doc = { version: 1, name: 'n', nodes: { a: { type: 'Linear' }, b: { type: 'ReLU' }, c: 'broken' } };
    expect(migrateDocument(doc, 1, steps, 3)).toEqual({ version: 3, name: 'n', title: 'n', nodes: { a: { type: 'Dense', params: { units: 7 } }, b: { type: 'ReLU' }, c: 'broken' } });
    expect(migrateDocument({ ...doc, version: 2 }, 2, steps, 3)).toMatchObject({ nodes: { a: { type: 'Linear' } } });
    expect(doc.nodes.a).toEqual({ type: 'Linear' });
  });
  test('the chain has no gaps', () => {
    expect(migrateDocument({ version: 1 }, 1)).toEqual({ version: DOCUMENT_VERSION });
    expect(() => migrateDocument({}, 1, [], 2)).toThrow('from document version 1 to 2');
  });
});

describe('names', () => {
  test('natural order', () => {
    expect(['e10', 'e9', 'e1', 'E2', 'e1b', 'e1a', 'e01', 'e'].sort(compareIds)).toEqual(['E2', 'e', 'e1', 'e1a', 'e1b', 'e01', 'e9', 'e10']);
    fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
      expect(Math.sign(compareIds(a, b))).toBe(-Math.sign(compareIds(b, a)) + 0);
      if (compareIds(a, b) <= 0 && compareIds(b, c) <= 0) expect(compareIds(a, c)).toBeLessThanOrEqual(0);
      expect(compareIds(a, b) === 0).toBe(a === b);
    }));
  });
  test('the nearest name', () => {
    const known = ['Conv1D', 'Conv2D', 'Dense', 'ReLU', 'MaxPool2D'];
    expect(nearestName('conv2d', known)).toBe('Conv2D');
    expect(nearestName('Dens', known)).toBe('Dense');
    expect(nearestName('MaxPooling2D', known)).toBe('MaxPool2D');
    expect(nearestName('Transformer', known)).toBeUndefined();
  });
});
