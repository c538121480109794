/** `docs/shelf.md`: a row per template, made by `netloom shelf --verify --write`. Rows of templates that a run did not train stay as they were. */
import { formatBound, formatFigure, MEASURES } from '../../graph/templates/measures.ts';
import type { Template, TemplateFamily } from '../../graph/templates.ts';
import { formatDuration } from '../text.ts';

export interface Verified {
  readonly value: number;
  readonly seconds: number;
  /** Processor and threads, or the GPU. */
  readonly machine: string;
  /** YYYY-MM-DD. */
  readonly date: string;
}

const HEAD = ['template', 'figure', 'bound', 'reference', 'its figure', 'time', 'command', 'machine', 'date'];
/** Of a row: which template it is about. */
const ROW = /^\| `([\w-]+)` \|/;

/** `previous` is the table as it was; rows of templates that are gone go with them. */
export function shelfTable(families: readonly TemplateFamily[], verified: ReadonlyMap<string, Verified>, previous = ''): string {
  const old = new Map(previous.split('\n').flatMap((line) => {
    const id = ROW.exec(line)?.[1];
    return id === undefined ? [] : [[id, line] as const];
  }));
  const rowOf = (template: Template): string => {
    const given = verified.get(template.id);
    return given === undefined ? old.get(template.id) ?? row(template, undefined) : row(template, given);
  };
  return [
    '# The shelf',
    '',
    'Every template of Netloom, trained from its seed as its document says. Written by `netloom shelf --verify --write docs/shelf.md`;',
    'a row is from the day and machine that it names. *Its figure* is what the reference reaches with the network that it describes.',
    ...families.flatMap(({ title, templates }) => ['', `## ${title.en}`, '', line(HEAD), line(HEAD.map(() => '---')), ...templates.map(rowOf)]),
    '',
  ].join('\n');
}

function row({ id, figure: { measure, split, bound, mark }, reference }: Template, verified: Verified | undefined): string {
  return line([
    `\`${id}\``,
    verified === undefined ? 'not trained yet' : `${MEASURES[measure].title.en} (${split}): ${formatFigure(measure, verified.value)}`,
    formatBound(measure, bound), reference.en, mark === undefined ? '' : formatFigure(measure, mark),
    verified === undefined ? '' : formatDuration(verified.seconds),
    `\`netloom shelf --verify ${id}\``, verified?.machine ?? '', verified?.date ?? '',
  ]);
}

const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
