/** `netloom templates`: the built-in graphs. */
import { TEMPLATES } from '../../graph/templates.ts';
import { commandLine } from '../command-line.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../errors.ts';
import { readTemplate } from '../graphs.ts';
import { formatTable } from '../text.ts';

export const templatesCommand = defineCommand({
  name: 'templates',
  summary: 'List the built-in graphs.',
  positionals: [],
  flags: { json: { kind: 'switch', help: 'One JSON array with id, title, dataset and description.' } },
  examples: ['netloom templates', 'netloom templates --json'],
  async run({ flags }, terminal) {
    if (flags.json) {
      terminal.out(JSON.stringify(TEMPLATES.map((template) => ({ id: template.id, title: template.title.en, dataset: template.dataset, description: readTemplate(template).description ?? '' }))));
      return EXIT.done;
    }
    for (const line of formatTable([['template', 'dataset', 'title'], ...TEMPLATES.map(({ id, dataset, title }) => [id, dataset, title.en])])) terminal.out(line);
    terminal.out('');
    terminal.out(`Train one: ${commandLine('train', 'xor')}`);
    return EXIT.done;
  },
});
