/** A program as text, one line per value, for people: `netloom explain` and failing tests show it. */
import { type OpAttrs, type OpName, type Program, type Value, type Window } from './ir.ts';
import { scanGroups } from './ops/scan.ts';
import { valueText } from './ops/shapes.ts';

type AttrPrinters = { readonly [K in OpName]: (attrs: OpAttrs[K]) => string };

const none = (): string => '';
const list = (items: readonly number[]): string => `[${items.join(', ')}]`;
const quoted = ({ name }: { readonly name: string }): string => `'${name}'`;
const convText = ({ window, groups }: OpAttrs['conv']): string => windowText(window) + (groups > 1 ? ` groups ${groups}` : '');
const poolText = ({ window }: { readonly window: Window }): string => windowText(window);

/** Only what is out of the ordinary: `window 3×3 stride 2×2 pad 1×1`. */
function windowText({ size, stride, padBefore, padAfter, dilation }: Window): string {
  const by = (items: readonly number[]): string => items.join('×');
  const words = [`window ${by(size)}`];
  if (stride.some((n) => n !== 1)) words.push(`stride ${by(stride)}`);
  if (padAfter.some((n, axis) => n !== padBefore[axis])) words.push(`pad ${by(padBefore)} before ${by(padAfter)} after`);
  else if (padBefore.some((n) => n !== 0)) words.push(`pad ${by(padBefore)}`);
  if (dilation.some((n) => n !== 1)) words.push(`dilation ${by(dilation)}`);
  return words.join(' ');
}

/** Literals longer than this are cut; who needs all numbers has the program itself. */
const LITERAL_PREVIEW = 8;

const attrPrinters: AttrPrinters = {
  input: quoted,
  state: quoted,
  constant: ({ value }) => String(value),
  literal: ({ data }) => `${list([...data.subarray(0, LITERAL_PREVIEW)])}${data.length > LITERAL_PREVIEW ? ` and ${data.length - LITERAL_PREVIEW} more` : ''}`,
  iota: ({ axis }) => `axis ${axis}`,
  random: ({ distribution, stream }) => `${distribution} stream ${stream}`,
  map: none,
  reduce: ({ axes }) => `axes ${list(axes)}`,
  argmax: ({ axis }) => `axis ${axis}`,
  reshape: none,
  permute: ({ order }) => `order ${list(order)}`,
  expand: none,
  slice: ({ start, step }) => `start ${list(start)}${step.some((n) => n !== 1) ? ` step ${list(step)}` : ''}`,
  flip: ({ axes }) => `axes ${list(axes)}`,
  pad: ({ before, after, value }) => `before ${list(before)} after ${list(after)}${value === 0 ? '' : ` with ${value}`}`,
  concat: ({ axis }) => `axis ${axis}`,
  dot: none,
  conv: convText,
  convInputGrad: convText,
  convWeightGrad: convText,
  maxPool: poolText,
  maxPoolArg: poolText,
  maxPoolGrad: poolText,
  sumPool: poolText,
  sumPoolGrad: poolText,
  gather: none,
  scatterAdd: none,
  scan: ({ result, steps, reverse }) => `${steps} steps${reverse ? ' backwards' : ''}, ${result.kind === 'each' ? `each %${result.value.id}` : `${result.kind} ${result.carry}`}`,
};

/** `conv(%3, %7) window 5×5 : f32[128, 64, 24, 24]`; elementwise ops and reductions go by their function's name. */
function describe<K extends OpName>(value: Value<K>, nameOf: (input: Value) => string): string {
  const attrs = value.attrs;
  const title = 'fn' in attrs ? (value.op === 'reduce' ? `reduce.${attrs.fn}` : String(attrs.fn)) : value.op;
  const inputs = value.inputs.length > 0 ? `(${value.inputs.map(nameOf).join(', ')})` : '';
  return [`${title}${inputs}`, attrPrinters[value.op](attrs), ':', valueText(value)].filter((word) => word !== '').join(' ');
}

/** One line per value, then what is returned and written back. Values are numbered by their place; `; conv2` names the origin node. */
export function printProgram(program: Program): string {
  const names = new Map(program.values.map((value, i) => [value, `%${i}`]));
  const nameOf = (value: Value): string => names.get(value) ?? '%?';
  const line = (value: Value, name: (input: Value) => string): string => `${name(value)} = ${describe(value, name)}${value.origin === undefined ? '' : `  ; ${value.origin}`}`;
  const lines = program.values.map((value) => line(value, nameOf));
  for (const group of scanGroups(program.values)) {
    const { body } = group[0]!.attrs;
    const inside = (value: Value): string => `%${value.id}`;
    lines.push(`each step of ${group.map(nameOf).join(', ')}:`);
    for (const value of body.values(group.flatMap(({ attrs }) => (attrs.result.kind === 'each' ? [attrs.result.value] : [])))) lines.push(`  ${line(value, inside)}`);
    body.next.forEach((value, i) => lines.push(`  carry ${i} <- ${inside(value)}`));
  }
  for (const [name, value] of program.outputs) lines.push(`return ${name} = ${nameOf(value)}`);
  for (const { state, value } of program.updates) lines.push(`update ${state.attrs.name} <- ${nameOf(value)}`);
  return `${lines.join('\n')}\n`;
}
