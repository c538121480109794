/** Turns the words of a command line into positionals and typed flags. Every complaint is an InputError that names the way out. */
import type { CommandInput, FlagSpec, FlagSpecs, FlagValues, PositionalSpec } from './command.ts';
import { InputError } from './errors.ts';
import { didYouMean } from './nearest.ts';

interface Grammar<F extends FlagSpecs> {
  readonly name: string;
  readonly positionals: readonly PositionalSpec[];
  readonly flags: F;
}

function parseValue(flag: string, spec: Exclude<FlagSpec, { kind: 'switch' }>, text: string): string | number {
  switch (spec.kind) {
    case 'text':
      if (text === '') throw new InputError(`--${flag} needs a value, and got an empty one.`);
      return text;
    case 'choice':
      if (!spec.choices.includes(text)) throw new InputError(`--${flag} is one of ${spec.choices.join(', ')}, not '${text}'.${didYouMean(text, spec.choices)}`);
      return text;
    case 'integer': {
      const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!Number.isSafeInteger(number) || number < spec.min || number > spec.max) {
        throw new InputError(`--${flag} is a whole number from ${spec.min} to ${spec.max}, not '${text}'.`);
      }
      return number;
    }
    case 'number': {
      const number = text.trim() === '' ? Number.NaN : Number(text);
      if (!(number >= spec.min && number <= spec.max)) throw new InputError(`--${flag} is a number from ${spec.min} to ${spec.max}, not '${text}'.`);
      return number;
    }
  }
}

/** Whether the user asks for help, wherever the flag stands (but not behind `--`). */
export function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? words.length : end).some((word) => word === '--help' || word === '-h');
}

export function parseArguments<F extends FlagSpecs>(words: readonly string[], grammar: Grammar<F>): CommandInput<F> {
  const positionals: string[] = [];
  const flags: Record<string, string | number | boolean | undefined> = {};
  for (const [name, spec] of Object.entries(grammar.flags)) flags[name] = spec.kind === 'switch' ? false : undefined;
  let onlyPositionals = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (onlyPositionals || !word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    if (word === '--') {
      onlyPositionals = true;
      continue;
    }
    const [, name, inlineValue] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const spec = name !== undefined && Object.hasOwn(grammar.flags, name) ? grammar.flags[name] : undefined;
    if (name === undefined || spec === undefined) {
      const known = Object.keys(grammar.flags).map((flag) => `--${flag}`);
      throw new InputError(`'netloom ${grammar.name}' has no flag ${word.split('=')[0]}.${didYouMean(word.split('=')[0] ?? '', known)} See 'netloom ${grammar.name} --help'.`);
    }
    if (spec.kind === 'switch') {
      if (inlineValue !== undefined) throw new InputError(`--${name} takes no value; it got '${inlineValue}'.`);
      flags[name] = true;
      continue;
    }
    const value = inlineValue ?? words[++i];
    if (value === undefined || (inlineValue === undefined && value.startsWith('--'))) throw new InputError(`--${name} needs a value. See 'netloom ${grammar.name} --help'.`);
    if (flags[name] !== undefined) throw new InputError(`--${name} is given twice.`);
    flags[name] = parseValue(name, spec, value);
  }
  checkPositionals(positionals, grammar);
  // Every flag of the grammar has been given a value of its spec's kind above.
  return { positionals, flags: flags as FlagValues<F> };
}

function checkPositionals(given: readonly string[], { name, positionals }: Grammar<FlagSpecs>): void {
  const missing = positionals.find((spec, i) => spec.optional !== true && given[i] === undefined);
  if (missing !== undefined) throw new InputError(`'netloom ${name}' needs <${missing.name}>: ${missing.help}. See 'netloom ${name} --help'.`);
  const extra = positionals.at(-1)?.many === true ? undefined : given[positionals.length];
  if (extra !== undefined) throw new InputError(`'netloom ${name}' takes ${positionals.length === 0 ? 'no argument' : positionals.map((spec) => `<${spec.name}>`).join(' ')}; '${extra}' is one too many. See 'netloom ${name} --help'.`);
}
