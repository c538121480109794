/**
 * What must hold for every node type, asked of its own file: parameters, texts, formulas, code, and
 * for each of its examples the shape rule, the lowering and the gradient. A new type is tested by existing.
 */
import katex from 'katex';
import { describe, expect, test } from 'vitest';
import type { AnyNodeType, ParamSpec, TensorType, Text } from '../../engine/nodes/node-type.ts';
import { defaultParams, validateParams } from '../../engine/nodes/params.ts';
import { allNodeTypes, nodeType } from '../../engine/nodes/registry.ts';
import { isOp } from '../../engine/tensor/ir.ts';
import { computingTypes, definedOnly, exampleCase, isLoss } from '../support/node-examples.ts';
import { expectGradientsOf } from '../support/oracle.ts';
import { buildNode, shapeOf } from '../support/run-node.ts';

const examplesOf = (type: AnyNodeType) => type.examples.map((example, index) => ({ index, ...example, values: validateParams(type, definedOnly(example.params)).values as never }));
const textsOf = (type: AnyNodeType): [string, Text][] => [
  ['title', type.title],
  ['summary', type.summary],
  ...[...type.inputs, ...type.outputs].map((port): [string, Text] => [`port ${port.name}`, port.title]),
  ...Object.entries(type.params).flatMap(([name, spec]): [string, Text][] => [
    [`title of ${name}`, spec.title], [`help of ${name}`, spec.help],
    ...(spec.kind === 'choice' ? spec.options.map((option): [string, Text] => [`option ${name}=${option.value}`, option.title]) : []),
  ]),
];
const CHINESE = /\p{Script=Han}/u;

/** A value that the parameter must refuse. */
function badValue(spec: ParamSpec): unknown {
  switch (spec.kind) {
    case 'int': case 'float': case 'optional-int': case 'optional-float':
      return spec.max + 1;
    case 'bool':
      return 'true';
    case 'choice':
      return 'no such option';
    case 'ints':
      return new Array<number>(spec.maxLength + 1).fill(spec.min);
    case 'text':
      return 'x'.repeat(spec.maxLength + 1);
  }
}

describe('the registry', () => {
  test('finds each type by its name, and no other', () => {
    expect(allNodeTypes().length).toBeGreaterThan(40);
    for (const type of allNodeTypes()) expect(nodeType(type.type)).toBe(type);
    for (const name of ['', 'dense', '__proto__', 'constructor', 'toString']) expect(nodeType(name), name).toBeUndefined();
  });

  test('has a title for each type that no other type has', () => {
    for (const language of ['en', 'zh'] as const) {
      const titles = allNodeTypes().map((type) => type.title[language].toLowerCase());
      expect(titles.filter((title, i) => titles.indexOf(title) !== i), language).toEqual([]);
    }
  });
});

describe.each(allNodeTypes().map((type) => ({ name: type.type, type })))('$name', ({ type }) => {
  test('has defaults that its schema takes, and that survive JSON', () => {
    const defaults = defaultParams(type);
    const saved: unknown = JSON.parse(JSON.stringify(defaults));
    expect(saved).toEqual(defaults);
    expect(validateParams(type, saved as Record<string, unknown>)).toEqual({ values: defaults, problems: [] });
  });

  test('refuses values that do not fit, naming the parameter and what is allowed', () => {
    for (const [name, spec] of Object.entries(type.params)) {
      const { values, problems } = validateParams(type, { [name]: badValue(spec) });
      expect(problems, name).toHaveLength(1);
      expect(problems[0], name).toMatchObject({ param: name });
      expect(problems[0]?.message, name).toContain(problems[0]?.allowed);
      expect(values[name], name).toEqual(spec.default);
    }
    expect(validateParams(type, { 'no such parameter': 1 }).problems).toMatchObject([{ code: 'unknown-parameter', param: 'no such parameter' }]);
  });

  test('speaks both languages', () => {
    for (const [what, text] of textsOf(type)) {
      expect(text.en.trim(), what).not.toBe('');
      expect(text.zh.trim(), what).not.toBe('');
      expect(text.en, `${what} in English`).not.toMatch(CHINESE);
      if (what === 'summary' || what.startsWith('help')) expect(text.zh, `${what} in Chinese`).toMatch(CHINESE);
    }
  });

  test('has formulas that KaTeX compiles', () => {
    for (const source of Object.values(type.maths ?? {})) {
      expect(katex.renderToString(source, { displayMode: true, throwOnError: true, strict: 'error' })).toContain('katex');
    }
  });

  test('has examples that infer, and code for each', () => {
    expect(type.examples.length).toBeGreaterThan(0);
    for (const { index, params, inputs, values } of examplesOf(type)) {
      expect(validateParams(type, definedOnly(params)).problems, `example ${index}`).toEqual([]);
      expect(type.infer(values, inputs), `example ${index}`).toHaveLength(type.outputs.length);
      for (const line of [type.code.pytorch(values, inputs), type.code.keras(values, inputs)]) {
        expect(line.trim(), `example ${index}`).not.toBe('');
        expect(line, `example ${index}`).not.toMatch(/undefined|NaN|\[object|\$\{/);
        expect(bracketsMatch(line), `brackets of example ${index}: ${line}`).toBe(true);
      }
    }
  });

  test('declares weights that can be laid out', () => {
    for (const { index, inputs, values } of examplesOf(type)) {
      for (const [name, spec] of Object.entries(type.weights?.(values, inputs) ?? {})) {
        const where = `${name} of example ${index}`;
        expect(spec.shape.length, where).toBeGreaterThan(0);
        for (const n of spec.shape) expect(Number.isInteger(n) && n > 0, where).toBe(true);
        if (spec.storage !== undefined) expect([...spec.storage].sort((a, b) => a - b), where).toEqual(spec.shape.map((_, axis) => axis));
      }
    }
  });
});

describe.each(computingTypes().map((type) => ({ name: type.type, type })))('$name', ({ type }) => {
  test('has at least two examples, one of them with odd sizes', () => {
    expect(type.examples.length).toBeGreaterThanOrEqual(2);
    const sizes = (input: TensorType): number[] => input.shape.filter((dim) => dim !== 'N');
    expect(examplesOf(type).some(({ inputs, values }) => (inputs.length === 0 ? type.infer(values, inputs) : inputs).some((input) => sizes(input).some((n) => n > 1 && n % 2 === 1))), 'odd sizes').toBe(true);
  });

  test.each([{ training: true }, { training: false }])('lowers to what it infers (training: $training)', ({ training }) => {
    for (const { index, inputs, values } of examplesOf(type)) {
      for (const batch of [1, 3]) {
        const { outputs } = buildNode(exampleCase(type, index, training, batch));
        const wanted = type.infer(values, inputs).map((output) => ({ shape: shapeOf(output, batch), dtype: output.dtype }));
        expect(outputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype })), `example ${index}, batch ${batch}`).toEqual(wanted);
      }
    }
  });

  // Where gradients stop they are not those of the numbers, on purpose; attention.test.ts has what they are.
  test.skipIf(type.stopsGradient === true).each([{ training: true }, { training: false }])('has the gradient of its own numbers (training: $training)', ({ training }) => {
    for (const { index } of examplesOf(type)) {
      const { builder, loss, leaves, feeds, states } = buildNode(exampleCase(type, index, training));
      if (loss === undefined) throw new Error(`example ${index} has no loss`);
      // A target of whole numbers or probabilities is given, not learnt: only what leads to the prediction must be smooth.
      const wanted = isLoss(type) ? leaves.filter((leaf) => !isOp(leaf, 'input') || type.inputs[Number(leaf.attrs.name.slice(1))]?.name !== 'target') : leaves;
      const exact = new Map([...states].map(([name, data]) => [name, Float64Array.from(data)]));
      expectGradientsOf(builder, loss, wanted, feeds, exact, { elements: 24, skipKinks: true });
    }
  });
});

function bracketsMatch(line: string): boolean {
  const open: string[] = [];
  const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  for (const letter of line) {
    if ('([{'.includes(letter)) open.push(letter);
    else if (letter in closing && open.pop() !== closing[letter]) return false;
  }
  return open.length === 0;
}
