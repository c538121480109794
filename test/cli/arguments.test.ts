/** The parser of the command line: what it takes, and what it says about what it does not take. */
import { describe, expect, test } from 'vitest';
import { asksForHelp, parseArguments } from '../../engine/cli/arguments.ts';
import { defineCommand } from '../../engine/cli/command.ts';
import { InputError } from '../../engine/cli/errors.ts';
import { commandHelp } from '../../engine/cli/help.ts';
import { editDistance, nearest } from '../../engine/cli/nearest.ts';

const command = defineCommand({
  name: 'train',
  summary: 'Train.',
  positionals: [{ name: 'graph', help: 'a graph' }, { name: 'more', help: 'more', optional: true }],
  flags: {
    epochs: { kind: 'integer', value: 'N', min: 1, max: 1000, help: 'How long.' },
    seed: { kind: 'integer', value: 'N', min: -5, max: 5, help: 'Seed.' },
    heat: { kind: 'number', value: 'T', min: 0, max: 2, help: 'Heat.' },
    out: { kind: 'text', value: 'DIR', help: 'Where to.' },
    backend: { kind: 'choice', choices: ['auto', 'wasm'], help: 'What.' },
    'no-shuffle': { kind: 'switch', help: 'In order.' },
  },
  examples: ['netloom train xor'],
  run: async () => 0,
});
const parse = (...words: string[]) => parseArguments(words, command);
const complaint = (...words: string[]): string => {
  try {
    parse(...words);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was complained about');
};

describe('parseArguments', () => {
  test('flags in both spellings, anywhere', () => {
    expect(parse('--epochs', '3', 'xor', '--out=a=b', '--no-shuffle')).toEqual({ positionals: ['xor'], flags: { epochs: 3, seed: undefined, heat: undefined, out: 'a=b', backend: undefined, 'no-shuffle': true } });
  });
  test('negative numbers are values, and -- ends the flags', () => {
    expect(parse('xor', '--seed', '-5').flags.seed).toBe(-5);
    expect(parse('--', '--epochs').positionals).toEqual(['--epochs']);
  });
  test('unknown flags name the nearest known one', () => {
    expect(complaint('xor', '--epoch', '3')).toContain("Did you mean '--epochs'");
    expect(complaint('xor', '--bakend=wasm')).toContain("Did you mean '--backend'");
    expect(complaint('xor', '-e')).toContain('no flag -e');
    expect(complaint('xor', '--__proto__')).toContain('no flag --__proto__');
    expect(complaint('xor', '--constructor', '1')).toContain('no flag --constructor');
  });
  test('numbers with a point', () => {
    expect(parse('xor', '--heat', '0.7').flags.heat).toBe(0.7);
    for (const wrong of ['2.1', 'hot', ' ', 'NaN', '-1']) expect(complaint('xor', '--heat', wrong)).toBe(`--heat is a number from 0 to 2, not '${wrong}'.`);
  });
  test('values are checked', () => {
    expect(complaint('xor', '--epochs', '0')).toBe("--epochs is a whole number from 1 to 1000, not '0'.");
    for (const wrong of ['1.5', 'x', '', '1e2', '99999999999999999999', ' 3']) expect(complaint('xor', `--epochs=${wrong}`)).toContain('--epochs');
    expect(complaint('xor', '--backend', 'wsam')).toContain("Did you mean 'wasm'");
    expect(complaint('xor', '--out', '--no-shuffle')).toContain('--out needs a value');
    expect(complaint('xor', '--out')).toContain('--out needs a value');
    expect(complaint('xor', '--no-shuffle=yes')).toContain('takes no value');
    expect(complaint('xor', '--epochs', '3', '--epochs', '4')).toContain('given twice');
  });
  test('too few and too many positionals', () => {
    expect(complaint()).toContain('<graph>');
    expect(complaint('a', 'b', 'c')).toContain("'c' is one too many");
  });
  test('help is asked for anywhere but behind --', () => {
    expect(asksForHelp(['xor', '--epochs', '-h'])).toBe(true);
    expect(asksForHelp(['xor', '--', '--help'])).toBe(false);
  });
  test('help names every flag', () => {
    const help = commandHelp(command);
    for (const flag of Object.keys(command.flags)) expect(help).toContain(`--${flag}`);
    expect(help).toContain('netloom train <graph> [<more>] [flags]');
  });
});

describe('nearest', () => {
  test('distance counts swaps as one', () => {
    expect(editDistance('mnist', 'mnits')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
  test('says nothing rather than a wild guess', () => {
    expect(nearest('mnist-cn', ['mnist-cnn', 'mnist-mlp'])).toBe('mnist-cnn');
    expect(nearest('zebra', ['mnist-cnn', 'spiral'])).toBeUndefined();
  });
});
