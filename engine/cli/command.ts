/** What a command is: a record of its words, flags and work. `--help` and the parser read the same record. */
import type { ExitCode } from './errors.ts';
import type { Terminal } from './terminal.ts';

interface FlagBase {
  readonly help: string;
}
export type FlagSpec = FlagBase & (
  /** Given or not. */
  | { readonly kind: 'switch' }
  | { readonly kind: 'text'; readonly value: string }
  /** In [min, max]. */
  | { readonly kind: 'integer' | 'number'; readonly value: string; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] });
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type FlagValue<F extends FlagSpec> = F extends { kind: 'switch' } ? boolean : F extends { kind: 'integer' | 'number' } ? number | undefined : F extends { kind: 'choice'; choices: readonly (infer C)[] } ? C | undefined : string | undefined;
export type FlagValues<F extends FlagSpecs> = { readonly [K in keyof F]: FlagValue<F[K]> };

export interface PositionalSpec {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all that follow. Only for the last one. */
  readonly many?: boolean;
}

export interface CommandInput<F extends FlagSpecs> {
  readonly positionals: readonly string[];
  readonly flags: FlagValues<F>;
}

export interface Command<F extends FlagSpecs = FlagSpecs> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More lines below the summary in the command's own help. */
  readonly description?: string;
  readonly positionals: readonly PositionalSpec[];
  readonly flags: F;
  readonly examples: readonly string[];
  run(input: CommandInput<F>, terminal: Terminal): Promise<ExitCode>;
}

/** Any command; its flags are parsed by its own record, so the values are what its `run` expects. */
export interface AnyCommand extends Omit<Command, 'run'> {
  run(input: { readonly positionals: readonly string[]; readonly flags: never }, terminal: Terminal): Promise<ExitCode>;
}

/** Keeps the flags' types for `run`. */
export function defineCommand<const F extends FlagSpecs>(command: Command<F>): Command<F> {
  return command;
}
