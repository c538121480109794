import katex from 'katex';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { beforeAll, describe, expect, it } from 'vitest';
import { allNodeTypes } from '../../../engine/nodes/registry.ts';
import { validateParams } from '../../../engine/nodes/params.ts';
import { codeOf, workedExample } from '../../../renderer/docs/doc-example.ts';
import { DocPage } from '../../../renderer/docs/doc-page.tsx';
import { mathsLines } from '../../../renderer/docs/maths-lines.ts';
import { setLanguage, startI18n, textIn } from '../../../renderer/i18n/i18n.ts';

const types = allNodeTypes().map((type) => [type.type, type] as const);

beforeAll(() => startI18n('en'));

describe.each(['en', 'zh-CN'] as const)('in %s the page of', (language) => {
  beforeAll(async () => void (await setLanguage(language)));

  it.each(types)('%s renders, with everything the type says', (_name, type) => {
    const html = renderToString(createElement(DocPage, { type }));
    const plain = html.replaceAll('<!-- -->', '').replaceAll('&amp;', '&').replaceAll('&#x27;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
    expect(plain).toContain(textIn(type.title, language));
    expect(plain).toContain(textIn(type.summary, language));
    for (const [name, spec] of Object.entries(type.params)) {
      expect(plain).toContain(`<code>${name}</code>`);
      expect(plain).toContain(textIn(spec.help, language));
    }
    if (type.maths !== undefined) expect(plain).toContain(type.maths.forward);
    // A key that is missing is shown as itself.
    expect(plain).not.toMatch(/docs:|inspector:|>\w+\.\w+</);
  });

  it.each(types)('%s renders with a node’s own numbers', (_name, type) => {
    const example = workedExample(type);
    if (example === undefined) throw new Error('a type without an example');
    const known = { ...example, weights: type.weights?.(example.values as never, example.ins) ?? {} };
    expect(renderToString(createElement(DocPage, { type, own: { name: 'mine', known } }))).toContain('mine');
  });
});

describe.each(types)('%s', (_name, type) => {
  it('has maths that KaTeX can set, in lines that are whole', () => {
    for (const source of [type.maths?.forward, type.maths?.backward]) {
      for (const line of mathsLines(source ?? '')) expect(() => katex.renderToString(line, { displayMode: true, throwOnError: true, strict: 'error' }), line).not.toThrow();
    }
  });
  it('has code for its example in both frameworks', () => {
    const example = workedExample(type);
    for (const framework of ['pytorch', 'keras'] as const) expect(codeOf(type, framework, example?.values ?? validateParams(type, {}).values, example?.ins ?? [])).toBeTruthy();
  });
});

it('formulas are split between them, never inside', () => {
  expect(mathsLines(String.raw`a = b,\qquad c = \frac{d,\qquad e}{f}`)).toEqual(['a = b', String.raw`c = \frac{d,\qquad e}{f}`]);
  expect(mathsLines(String.raw`m \leftarrow 1,\quad v \leftarrow 2`)).toHaveLength(2);
  expect(mathsLines(String.raw`\begin{cases} a,\quad b \end{cases}`)).toHaveLength(1);
  expect(mathsLines('x')).toEqual(['x']);
});
