/** `netloom nodes`: every node type, or one in full: ports, parameters, formula and the same layer elsewhere. */
import type { AnyNodeType, ParamSpec } from '../../nodes/node-type.ts';
import { allowedValues } from '../../nodes/params.ts';
import { allNodeTypes, nodeType } from '../../nodes/registry.ts';
import { defineCommand } from '../command.ts';
import { EXIT, InputError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { formatTable, wrap } from '../text.ts';

export const nodesCommand = defineCommand({
  name: 'nodes',
  summary: 'List the node types, or describe one.',
  positionals: [{ name: 'type', help: 'a node type, for example Conv2D; all of them when left out', optional: true }],
  flags: { json: { kind: 'switch', help: 'JSON: an array of all types, or one object.' } },
  examples: ['netloom nodes', 'netloom nodes Conv2D', 'netloom nodes --json'],
  async run({ positionals: [name], flags }, terminal) {
    if (name === undefined) {
      if (flags.json) terminal.out(JSON.stringify(allNodeTypes().map(describe)));
      else for (const line of listing(allNodeTypes())) terminal.out(line);
      return EXIT.done;
    }
    const type = nodeType(name) ?? allNodeTypes().find((each) => each.type.toLowerCase() === name.toLowerCase());
    if (type === undefined) {
      throw new InputError(`There is no node type '${name}'.${didYouMean(name, allNodeTypes().map((each) => each.type))} 'netloom nodes' lists them.`);
    }
    if (flags.json) terminal.out(JSON.stringify(describe(type)));
    else for (const line of page(type)) terminal.out(line);
    return EXIT.done;
  },
});

const paramsOf = (type: AnyNodeType): readonly (readonly [string, ParamSpec])[] => Object.entries(type.params as Readonly<Record<string, ParamSpec>>);

function describe(type: AnyNodeType) {
  return {
    type: type.type,
    category: type.category,
    title: type.title.en,
    summary: type.summary.en,
    synonyms: type.synonyms,
    inputs: type.inputs.map((port) => ({ name: port.name, kind: port.kind, optional: port.optional === true, multiple: port.multiple === true })),
    outputs: type.outputs.map((port) => ({ name: port.name, kind: port.kind })),
    params: paramsOf(type).map(([name, spec]) => ({
      name, kind: spec.kind, default: spec.default, help: spec.help.en,
      ...('min' in spec ? { min: spec.min, max: spec.max } : {}),
      ...(spec.kind === 'choice' ? { options: spec.options.map((option) => option.value) } : {}),
    })),
    ...(type.source === undefined ? {} : { source: type.source }),
  };
}

function listing(types: readonly AnyNodeType[]): string[] {
  const lines: string[] = [];
  for (const category of new Set(types.map((type) => type.category))) {
    if (lines.length > 0) lines.push('');
    lines.push(category);
    lines.push(...formatTable(types.filter((type) => type.category === category).map((type) => [type.type, type.title.en]), '  '));
  }
  return [...lines, '', `${types.length} node types; 'netloom nodes <type>' describes one.`];
}

function page(type: AnyNodeType): string[] {
  const lines = [`${type.type} (${type.category}): ${type.title.en}`, ...wrap(type.summary.en, 80)];
  const ports = [...type.inputs.map((port) => ['in', port] as const), ...type.outputs.map((port) => ['out', port] as const)];
  if (ports.length > 0) lines.push('', 'Ports:', ...formatTable(ports.map(([side, port]) => [side, port.name, port.kind, port.title.en, ...(port.optional === true ? ['optional'] : port.multiple === true ? ['any number of wires'] : [])]), '  '));
  const params = paramsOf(type);
  if (params.length > 0) lines.push('', 'Parameters:');
  for (const [name, spec] of params) lines.push(`  ${name} = ${JSON.stringify(spec.default)}   ${allowedValues(spec)}${'unit' in spec && spec.unit !== undefined ? ` (${spec.unit.en})` : ''}`, ...wrap(spec.help.en, 74).map((line) => `      ${line}`));
  if (type.maths !== undefined) lines.push('', 'Formula (KaTeX):', `  ${type.maths.forward}`, ...(type.maths.backward === undefined ? [] : [`  ${type.maths.backward}`]));
  if (type.source !== undefined) lines.push('', `Source: ${type.source}`);
  return lines;
}
