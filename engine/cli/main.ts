/** The `netloom` command: finds the command, parses its words, and turns every ending into an exit code and a readable line. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asksForHelp, parseArguments } from './arguments.ts';
import type { AnyCommand, Command } from './command.ts';
import { appCommand } from './commands/app.ts';
import { benchCommand } from './commands/bench.ts';
import { checkCommand } from './commands/check.ts';
import { dataCommand } from './commands/data.ts';
import { evalCommand } from './commands/eval.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { nodesCommand } from './commands/nodes.ts';
import { predictCommand } from './commands/predict.ts';
import { shelfCommand } from './commands/shelf.ts';
import { templatesCommand } from './commands/templates.ts';
import { trainCommand } from './commands/train.ts';
import { writeCommand } from './commands/write.ts';
import { DataError } from '../data/data-error.ts';
import { FormatError } from '../interop/format-error.ts';
import { useFastWebAssembly } from '../platform/node-switches.ts';
import { DataError as DataFitError } from '../train/device-model.ts';
import { WeightsError } from '../train/weights.ts';
import { diskTrouble } from './disk-trouble.ts';
import { EXIT, type ExitCode, FailedError, InputError } from './errors.ts';
import { commandHelp, overview } from './help.ts';
import { didYouMean } from './nearest.ts';
import { type Terminal, openTerminal } from './terminal.ts';
import { version } from './version.ts';

const commands: readonly AnyCommand[] = [appCommand, trainCommand, evalCommand, predictCommand, writeCommand, checkCommand, exportCommand, templatesCommand, shelfCommand, nodesCommand, dataCommand, benchCommand, explainCommand];

function findCommand(name: string): AnyCommand {
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw new InputError(`There is no command '${name}'.${didYouMean(name, commands.map((each) => each.name))} See 'netloom --help'.`);
  return command;
}

async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  useFastWebAssembly();
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const topic = rest[0] === undefined ? undefined : findCommand(rest[0]);
    terminal.out(topic === undefined ? overview(commands, version) : commandHelp(topic));
    return name === undefined ? EXIT.wrongInput : EXIT.done;
  }
  if (name === '--version' || name === '-v') {
    terminal.out(version);
    return EXIT.done;
  }
  const command = findCommand(name);
  if (asksForHelp(rest)) {
    terminal.out(commandHelp(command));
    return EXIT.done;
  }
  // A command's `run` takes the flags of its own record, which is what the parser reads.
  return (command as Command).run(parseArguments(rest, command), terminal);
}

/** Bugs are told briefly, with their stack in a file: a stack trace on the screen helps nobody who did not write the code. */
function reportBug(error: unknown, terminal: Terminal): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  if (process.env['NETLOOM_DEBUG'] === '1') {
    terminal.err(stack);
    return;
  }
  let details = 'Set NETLOOM_DEBUG=1 to see where.';
  try {
    const file = join(mkdtempSync(join(tmpdir(), 'netloom-')), 'error.txt');
    writeFileSync(file, `netloom ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}\nnetloom ${process.argv.slice(2).join(' ')}\n\n${stack}\n`);
    details = `Details: ${file}`;
  } catch {
    // The disk is full or read-only; the hint about NETLOOM_DEBUG stays.
  }
  terminal.err(`netloom failed: ${message}\nThis looks like a bug in Netloom. ${details}`);
}

/** Errors of the engine that are about the user's files and network, as the command line tells them. */
function asUserError(error: unknown): unknown {
  if (error instanceof DataError) return error.code === 'data-unavailable' ? new FailedError(error.message, { cause: error }) : new InputError(error.message);
  if (error instanceof FormatError || error instanceof WeightsError || error instanceof DataFitError) return new InputError(error.message);
  const trouble = diskTrouble(error);
  if (trouble !== undefined) return new FailedError(`${trouble}.`, { cause: error });
  return error;
}

function report(thrown: unknown, terminal: Terminal): ExitCode {
  const error = asUserError(thrown);
  terminal.status('');
  if (error instanceof InputError) {
    terminal.err(`netloom: ${error.message}`);
    for (const detail of error.details) terminal.err(`  ${detail}`);
    return EXIT.wrongInput;
  }
  if (error instanceof FailedError) {
    terminal.err(`netloom: ${error.message}`);
    if (process.env['NETLOOM_DEBUG'] === '1' && error.cause instanceof Error) terminal.err(error.cause.stack ?? error.cause.message);
    return EXIT.failed;
  }
  reportBug(error, terminal);
  return EXIT.failed;
}

const terminal = openTerminal();
process.on('uncaughtException', (error) => process.exit(report(error, terminal)));
// The exit is explicit: threads that wait for a plan, and Dawn, would keep the process alive.
process.exit(await run(process.argv.slice(2), terminal).catch((error: unknown) => report(error, terminal)));
