/** `netloom shelf`: the templates with the figures they reach, and whether they still do. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import type { Backend } from '../../backends/backend.ts';
import { DataError } from '../../data/data-error.ts';
import { formatBound, formatFigure, MEASURES, meets } from '../../graph/templates/measures.ts';
import { TEMPLATES, TEMPLATE_FAMILIES, type Template, findTemplate } from '../../graph/templates.ts';
import { backendFlags, backendRequest, openBackend } from '../backend.ts';
import { commandLine } from '../command-line.ts';
import { type FlagValues, defineCommand } from '../command.ts';
import { EXIT, type ExitCode, FailedError, InputError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { measure } from '../shelf/measure.ts';
import { type Verified, shelfTable } from '../shelf/table.ts';
import { trainTemplate } from '../shelf/train-template.ts';
import type { Terminal } from '../terminal.ts';
import { formatDuration, formatTable } from '../text.ts';

const flags = {
  verify: { kind: 'switch', help: 'Train them, each from its own seed, and compare with the bounds. Ends with 1 when a template misses its own.' },
  under: { kind: 'integer', value: 'S', min: 1, max: 1_000_000, help: 'Only those that take less than so many seconds on two cores.' },
  quick: { kind: 'switch', help: 'Only those that continuous integration verifies: seconds each, nothing to download.' },
  write: { kind: 'text', value: 'F.md', help: 'Write the table to this file; rows of templates that were not trained stay as they are. Needs --verify.' },
  datasets: { kind: 'text', value: 'DIR|URL', help: 'Where data sets are looked for before anything is downloaded (or the variable NETLOOM_DATASETS).' },
  ...backendFlags,
} as const;
type ShelfFlags = FlagValues<typeof flags>;

export const shelfCommand = defineCommand({
  name: 'shelf',
  summary: 'List the built-in graphs with the figures they reach, or verify them.',
  description: 'A template whose data are neither here nor can be downloaded is skipped, and says so.',
  positionals: [{ name: 'template', help: 'which ones; all when left out', optional: true, many: true }],
  flags,
  examples: ['netloom shelf', 'netloom shelf --verify --quick', 'netloom shelf --verify mnist-mlp lenet-5', 'netloom shelf --verify --under 60 --write docs/shelf.md'],
  run: async ({ positionals, flags: values }, terminal) => shelf(chosen(positionals, values), values, terminal),
});

function chosen(ids: readonly string[], { under, quick }: ShelfFlags): readonly Template[] {
  for (const id of ids) if (findTemplate(id) === undefined) throw new InputError(`There is no template '${id}'.${didYouMean(id, TEMPLATES.map((each) => each.id))} 'netloom shelf' lists the templates.`);
  return TEMPLATES.filter((template) => (ids.length === 0 || ids.includes(template.id)) && (under === undefined || template.seconds < under) && (!quick || template.quick === true));
}

async function shelf(templates: readonly Template[], given: ShelfFlags, terminal: Terminal): Promise<ExitCode> {
  if (given.verify) return verify(templates, given, terminal);
  if (given.write !== undefined) throw new InputError('--write needs --verify: the table holds what was measured.');
  for (const family of TEMPLATE_FAMILIES) {
    const rows = family.templates.filter((template) => templates.includes(template)).map(({ id, figure, seconds, title }) => [id, `${MEASURES[figure.measure].title.en} ${formatFigure(figure.measure, figure.reached)}`, formatBound(figure.measure, figure.bound), formatDuration(seconds), title.en]);
    if (rows.length === 0) continue;
    terminal.out(family.title.en);
    for (const line of formatTable([['template', 'reaches', 'bound', 'time', 'title'], ...rows], '  ')) terminal.out(line);
    terminal.out('');
  }
  terminal.out(`Train them again: ${commandLine('shelf', '--verify', '--quick')}`);
  return EXIT.done;
}

type Outcome = { readonly template: Template } & (
  | { readonly kind: 'measured'; readonly verified: Verified; readonly holds: boolean }
  | { readonly kind: 'skipped' | 'failed'; readonly why: string });

/** Trains them one after the other; a miss or a failed run makes the exit code, a template without data does not. */
export async function verify(templates: readonly Template[], given: ShelfFlags, terminal: Terminal): Promise<ExitCode> {
  if (templates.length === 0) throw new InputError('No template is as the flags ask.');
  const { backend } = await openBackend(backendRequest(given));
  const outcomes: Outcome[] = [];
  // A download that failed is not tried again for the next template.
  const missing = new Map<string, string>();
  try {
    for (const template of templates) {
      const why = missing.get(template.dataset);
      const outcome: Outcome = why === undefined ? await verifyOne(template, backend, given, terminal) : { kind: 'skipped', template, why };
      outcomes.push(outcome);
      if (outcome.kind === 'skipped') missing.set(template.dataset, outcome.why);
      terminal.status('');
      terminal.out(progressLine(outcome));
      if (given.write !== undefined && outcome.kind === 'measured') writeTable(given.write, template.id, outcome.verified);
    }
  } finally {
    await backend.dispose();
  }
  const missed = outcomes.filter((each) => each.kind === 'failed' || (each.kind === 'measured' && !each.holds));
  const skipped = outcomes.filter((each) => each.kind === 'skipped');
  terminal.out('');
  for (const line of formatTable([['template', 'measures', 'now', 'written', 'bound', 'time', ''], ...outcomes.map(resultRow)])) terminal.out(line);
  terminal.out('');
  terminal.out(`${outcomes.length - missed.length - skipped.length} as promised, ${missed.length} missed, ${skipped.length} skipped`);
  return missed.length > 0 ? EXIT.failed : EXIT.done;
}

async function verifyOne(template: Template, backend: Backend, { datasets }: ShelfFlags, terminal: Terminal): Promise<Outcome> {
  terminal.status(`${template.id} …`);
  try {
    const trained = await trainTemplate(template, { backend, datasets, onEpoch: (epoch, epochs) => terminal.status(`${template.id}: epoch ${epoch} of ${epochs}`) });
    // Some figures need another model's training.
    terminal.status(`${template.id}: measuring …`);
    const value = await measure(template.figure, trained);
    const verified = { value, seconds: trained.seconds, machine: machineOf(backend), date: new Date().toISOString().slice(0, 10) };
    return { kind: 'measured', template, verified, holds: meets(value, template.figure.bound) };
  } catch (error) {
    if (error instanceof DataError && error.code === 'data-unavailable') return { kind: 'skipped', template, why: error.message.split('\n')[0]?.replace(/:$/, '.') ?? '' };
    if (error instanceof FailedError) return { kind: 'failed', template, why: error.message };
    throw error;
  }
}

function progressLine(outcome: Outcome): string {
  const { id, figure } = outcome.template;
  if (outcome.kind !== 'measured') return `${id}: ${outcome.kind}. ${outcome.why}`;
  const { value, seconds } = outcome.verified;
  return `${id}: ${MEASURES[figure.measure].title.en} ${formatFigure(figure.measure, value)} in ${formatDuration(seconds)}${outcome.holds ? '' : `, but ${formatBound(figure.measure, figure.bound)} was promised`}`;
}

function resultRow(outcome: Outcome): string[] {
  const { id, figure: { measure: what, split, reached, bound } } = outcome.template;
  const both = (now: string, time: string, verdict: string): string[] => [id, `${MEASURES[what].title.en} (${split})`, now, formatFigure(what, reached), formatBound(what, bound), time, verdict];
  if (outcome.kind !== 'measured') return both('', '', outcome.kind);
  return both(formatFigure(what, outcome.verified.value), formatDuration(outcome.verified.seconds), outcome.holds ? 'holds' : 'MISSED');
}

/** After each template, so that an interrupted run keeps what it has measured. */
function writeTable(path: string, id: string, verified: Verified): void {
  const previous = existsSync(path) ? readFileSync(path, 'utf8') : '';
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, shelfTable(TEMPLATE_FAMILIES, new Map([[id, verified]]), previous));
}

/** What the time was taken on. */
function machineOf({ name, device, threads }: Backend): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  return name === 'webgpu' ? device : `${processor}, ${threads ?? 1} ${threads === undefined || threads === 1 ? 'thread' : 'threads'}`;
}
