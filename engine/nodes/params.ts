/**
 * Parameters of node types: short constructors for their specs, and the check of a document's
 * values against them. The zod schema is made from the specs, so that a range is written once.
 */
import * as z from 'zod';
import type { ParamValue } from '../graph/document.ts';
import type { AnyNodeType, BoolParam, ChoiceParam, IntsParam, NumberParam, OptionalNumberParam, ParamSpec, Text, TextParam } from './node-type.ts';

// Constructors -----------------------------------------------------------------------------------

type Extras = Pick<NumberParam, 'prominent' | 'when'>;
type NumberRange = Pick<NumberParam, 'min' | 'max' | 'exclusive'>;

export const text = (en: string, zh: string): Text => ({ en, zh });

export function int(title: Text, help: Text, value: number, options: NumberRange & Extras & Pick<NumberParam, 'unit' | 'logarithmic'>): NumberParam {
  return { kind: 'int', title, help, default: value, ...options };
}
export function float(title: Text, help: Text, value: number, options: NumberRange & Extras & Pick<NumberParam, 'unit' | 'logarithmic'>): NumberParam {
  return { kind: 'float', title, help, default: value, ...options };
}
export function optionalInt(title: Text, help: Text, value: number | null, options: NumberRange & Extras): OptionalNumberParam {
  return { kind: 'optional-int', title, help, default: value, ...options };
}
export function optionalFloat(title: Text, help: Text, value: number | null, options: NumberRange & Extras): OptionalNumberParam {
  return { kind: 'optional-float', title, help, default: value, ...options };
}
export function bool(title: Text, help: Text, value: boolean, options: Extras = {}): BoolParam {
  return { kind: 'bool', title, help, default: value, ...options };
}
/** `options` maps each value to its title. */
export function choice<T extends string>(title: Text, help: Text, value: NoInfer<T>, options: Readonly<Record<T, Text>>, extras: Extras = {}): ChoiceParam & { readonly default: T } {
  const entries = Object.entries<Text>(options).map(([option, optionTitle]) => ({ value: option, title: optionTitle }));
  return { kind: 'choice', title, help, default: value, options: entries, ...extras };
}
export function ints(title: Text, help: Text, value: readonly number[], options: Pick<IntsParam, 'min' | 'max' | 'minLength' | 'maxLength'> & Extras): IntsParam {
  return { kind: 'ints', title, help, default: value, ...options };
}
export function textParam(title: Text, help: Text, value: string, maxLength: number, options: Extras = {}): TextParam {
  return { kind: 'text', title, help, default: value, maxLength, ...options };
}

// Checking ---------------------------------------------------------------------------------------

export interface ParamProblem {
  readonly code: 'unknown-parameter' | 'parameter-type' | 'parameter-range';
  readonly param: string;
  /** As the document has it. */
  readonly value: unknown;
  /** In words: "a whole number from 1 to 65536". */
  readonly allowed: string;
  /** A sentence with the numbers; it does not name the node. */
  readonly message: string;
  /** `message` in both languages. */
  readonly text: Text;
}

/** The allowed values of a parameter, in words. */
export function allowedText(spec: ParamSpec): Text {
  switch (spec.kind) {
    case 'int':
      return { en: `a whole number ${range(spec).en}`, zh: `${range(spec).zh}的整数` };
    case 'float':
      return { en: `a number ${range(spec).en}`, zh: `${range(spec).zh}的数` };
    case 'optional-int':
      return { en: `a whole number ${range(spec).en}, or null`, zh: `${range(spec).zh}的整数，或留空（null）` };
    case 'optional-float':
      return { en: `a number ${range(spec).en}, or null`, zh: `${range(spec).zh}的数，或留空（null）` };
    case 'bool':
      return { en: 'true or false', zh: 'true 或 false' };
    case 'choice':
      return { en: `one of ${spec.options.map((option) => `'${option.value}'`).join(', ')}`, zh: `${spec.options.map((option) => `“${option.value}”`).join('、')}之一` };
    case 'ints': {
      const isFixed = spec.minLength === spec.maxLength;
      return {
        en: `a list of ${isFixed ? `${spec.minLength}` : `${spec.minLength} to ${spec.maxLength}`} whole number${spec.maxLength === 1 ? '' : 's'} from ${spec.min} to ${spec.max}`,
        zh: `由 ${isFixed ? `${spec.minLength}` : `${spec.minLength} 到 ${spec.maxLength}`} 个 ${spec.min} 到 ${spec.max} 的整数组成的列表`,
      };
    }
    case 'text':
      return { en: `a text of at most ${spec.maxLength} characters`, zh: `不超过 ${spec.maxLength} 个字符的文本` };
    default:
      return assertNever(spec);
  }
}

export const allowedValues = (spec: ParamSpec): string => allowedText(spec).en;

function range(spec: NumberRange): Text {
  const above = spec.exclusive === 'min' || spec.exclusive === 'both';
  const below = spec.exclusive === 'max' || spec.exclusive === 'both';
  if (!above && !below) return { en: `from ${spec.min} to ${spec.max}`, zh: `${spec.min} 到 ${spec.max} 之间` };
  return { en: `${above ? 'above' : 'of at least'} ${spec.min} and ${below ? 'below' : 'at most'} ${spec.max}`, zh: `${above ? '大于' : '不小于'} ${spec.min} 且${below ? '小于' : '不大于'} ${spec.max}` };
}

/** The schema of one parameter's value. */
function paramSchema(spec: ParamSpec): z.ZodType<ParamValue> {
  switch (spec.kind) {
    case 'int':
      return bounded(z.int(), spec);
    case 'float':
      return bounded(z.number(), spec);
    case 'optional-int':
      return bounded(z.int(), spec).nullable();
    case 'optional-float':
      return bounded(z.number(), spec).nullable();
    case 'bool':
      return z.boolean();
    case 'choice':
      return z.enum(spec.options.map((option) => option.value));
    case 'ints':
      return z.array(z.int().min(spec.min).max(spec.max)).min(spec.minLength).max(spec.maxLength);
    case 'text':
      return z.string().max(spec.maxLength);
    default:
      return assertNever(spec);
  }
}

function bounded(number: z.ZodNumber, spec: NumberRange): z.ZodNumber {
  const above = spec.exclusive === 'min' || spec.exclusive === 'both' ? number.gt(spec.min) : number.gte(spec.min);
  return spec.exclusive === 'max' || spec.exclusive === 'both' ? above.lt(spec.max) : above.lte(spec.max);
}

const schemas = new WeakMap<ParamSpec, z.ZodType<ParamValue>>();
function cachedSchema(spec: ParamSpec): z.ZodType<ParamValue> {
  let schema = schemas.get(spec);
  if (schema === undefined) schemas.set(spec, (schema = paramSchema(spec)));
  return schema;
}

export const defaultParams = (type: Pick<AnyNodeType, 'params'>): Record<string, ParamValue> =>
  Object.fromEntries(Object.entries(type.params).map(([name, spec]) => [name, spec.default]));

/**
 * Every parameter of the type with a value that fits: the document's, or the default where it has
 * none or a bad one, so that the checks that follow can go on and report the rest.
 */
export function validateParams(
  type: Pick<AnyNodeType, 'params'>,
  params: Readonly<Record<string, unknown>>,
): { readonly values: Readonly<Record<string, ParamValue>>; readonly problems: readonly ParamProblem[] } {
  const values = defaultParams(type);
  const problems: ParamProblem[] = [];
  for (const [name, value] of Object.entries(params)) {
    const spec = Object.hasOwn(type.params, name) ? type.params[name] : undefined;
    if (spec === undefined) {
      const known = Object.keys(type.params);
      const allowed = known.length === 0 ? 'no parameters' : known.join(', ');
      const words: Text = { en: `there is no parameter '${name}'; the node has ${allowed}`, zh: `没有参数“${name}”；${known.length === 0 ? '该节点没有参数' : `该节点的参数有 ${known.join('、')}`}` };
      problems.push({ code: 'unknown-parameter', param: name, value, allowed, message: words.en, text: words });
      continue;
    }
    const result = cachedSchema(spec).safeParse(value);
    if (result.success) {
      values[name] = result.data;
      continue;
    }
    const allowed = allowedText(spec);
    const wrongType = result.error.issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0);
    const words: Text = { en: `'${name}' is ${shown(value)}, but must be ${allowed.en}`, zh: `“${name}”是 ${shown(value)}，但必须是${allowed.zh}` };
    problems.push({ code: wrongType ? 'parameter-type' : 'parameter-range', param: name, value, allowed: allowed.en, message: words.en, text: words });
  }
  return { values, problems };
}

/** A value as a message may carry it: JSON, and never a page of it. */
function shown(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}

function assertNever(spec: never): never {
  throw new Error(`parameter kind ${JSON.stringify(spec)} is not known`);
}
