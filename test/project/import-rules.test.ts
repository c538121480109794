/** The directions of imports, on the tree as it is and on small wrong examples that must be caught. */
import { describe, expect, test } from 'vitest';
import { checkImports, cyclesOf, importsOf, problemsOf, projectRoot, readSources } from '../../scripts/import-rules.mjs';

describe('import rules', () => {
  test('every file of the product keeps them', () => {
    expect(readSources(projectRoot).size).toBeGreaterThan(50);
    expect(checkImports(projectRoot)).toEqual([]);
  });

  test.each([
    ['engine/tensor/a.ts', "import { x } from '../compile/b.ts';", 'engine/tensor may not import engine/compile/b.ts'],
    ['engine/compile/a.ts', "export { x } from '../autodiff/b.ts';", 'may not import engine/autodiff/b.ts'],
    ['engine/nodes/layer/a.ts', "import { x } from '../../graph/document.ts';", 'only `import type`'],
    ['engine/train/a.ts', "import { readFile } from 'node:fs/promises';", 'node:fs/promises'],
    ['engine/graph/a.ts', "import React from 'react';", 'the package "react"'],
    ['engine/tensor/a.ts', "const z = await import('zod');", 'the package "zod"'],
    ['engine/tensor/a.ts', "import { x } from './b';", 'lacks its file extension'],
    ['engine/data/a.ts', 'const home = process.env.HOME;', 'touch "process"'],
    ['engine/backends/webgpu/a.ts', 'const gpu = navigator.gpu;', 'touch "navigator"'],
    ['renderer/canvas/a.tsx', "import { f } from '../../engine/train/run.ts';", 'renderer may not import engine/train/run.ts'],
    ['elsewhere/a.ts', '', 'no layer'],
  ])('%s: %s', (path, source, complaint) => {
    expect(problemsOf(path, source).join('\n')).toContain(complaint);
  });

  test.each([
    ['engine/nodes/layer/a.ts', "import type { ParamValue } from '../../graph/document.ts';"],
    ['engine/nodes/layer/a.ts', "import { type ParamValue, type NodeRec } from '../../graph/document.ts';"],
    ['engine/platform/node.ts', "import { readFile } from 'node:fs/promises';"],
    ['engine/tensor/a.ts', "// import { x } from '../cli/main.ts'\n/* process.env */ const text = 'process.env and import \"fs\"';"],
    ['engine/tensor/a.ts', 'function f(window: Window) { return window.size; }'],
  ])('allowed: %s: %s', (path, source) => {
    expect(problemsOf(path, source)).toEqual([]);
  });

  test('cycles of run-time imports, not of types', () => {
    const cycle = new Map([['engine/tensor/a.ts', "import { b } from './b.ts';"], ['engine/tensor/b.ts', "import { a } from './a.ts';"]]);
    expect(cyclesOf(cycle)).toEqual(['import cycle: engine/tensor/a.ts -> engine/tensor/b.ts -> engine/tensor/a.ts']);
    expect(cyclesOf(new Map([...cycle, ['engine/tensor/b.ts', "import type { a } from './a.ts';"]]))).toEqual([]);
  });

  test('imports are found in every spelling', () => {
    const source = "import a from 'a';\nimport * as b from \"b\";\nimport 'c';\nexport * from 'd';\nimport {\n  e,\n  type E,\n} from 'e';\nimport type F from 'f';";
    expect(importsOf(source).map((each) => [each.specifier, each.typeOnly, each.line])).toEqual([['a', false, 1], ['b', false, 2], ['c', false, 3], ['d', false, 4], ['e', false, 5], ['f', true, 9]]);
  });
});
