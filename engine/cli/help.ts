/** `--help`, made from the same records that the parser reads, so that it cannot lag behind. */
import { commandLine } from './command-line.ts';
import type { AnyCommand, FlagSpec, PositionalSpec } from './command.ts';
import { formatTable, wrap } from './text.ts';

const WIDTH = 80;

const positionalUsage = (spec: PositionalSpec): string => {
  const name = `<${spec.name}>${spec.many === true ? '…' : ''}`;
  return spec.optional === true ? `[${name}]` : name;
};

function flagUsage(name: string, spec: FlagSpec): string {
  switch (spec.kind) {
    case 'switch': return `--${name}`;
    case 'choice': return `--${name} ${spec.choices.join('|')}`;
    case 'text':
    case 'integer':
    case 'number': return `--${name} ${spec.value}`;
  }
}

export function commandHelp(command: AnyCommand): string {
  const flags = Object.entries(command.flags);
  const lines = [command.summary, ''];
  if (command.description !== undefined) lines.push(...command.description.split('\n').flatMap((paragraph) => wrap(paragraph, WIDTH)), '');
  lines.push(`Usage: netloom ${[command.name, ...command.positionals.map(positionalUsage), ...(flags.length > 0 ? ['[flags]'] : [])].join(' ')}`, '');
  if (command.positionals.length > 0) lines.push(...formatTable(command.positionals.map((spec) => [`<${spec.name}>`, spec.help]), '  '), '');
  lines.push('Flags:');
  for (const [name, spec] of flags) lines.push(`  ${flagUsage(name, spec)}`, ...wrap(spec.help, WIDTH - 6).map((line) => `      ${line}`));
  lines.push('  --help', '      Show this.');
  if (command.examples.length > 0) lines.push('', 'Examples:', ...command.examples.map((example) => `  ${example}`));
  return lines.join('\n');
}

export function overview(commands: readonly AnyCommand[], version: string): string {
  return [
    `netloom ${version} - wire a neural network, train it on this machine, take it with you.`,
    '',
    'Usage: netloom <command> [arguments]',
    '',
    ...formatTable(commands.map((command) => [command.name, command.summary]), '  '),
    '',
    `'netloom <command> --help' tells more. Try: ${commandLine('train', 'digits-cnn')}`,
    'Exit codes: 0 done, 1 failed, 2 wrong input.',
  ].join('\n');
}
