/** `netloom templates`: the built-in graphs. */
import type { GraphDoc } from '../../graph/document.ts';
import { nodeType } from '../../nodes/registry.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../errors.ts';
import { readTemplate, templateIds } from '../graphs.ts';
import { formatTable } from '../text.ts';

export const templatesCommand = defineCommand({
  name: 'templates',
  summary: 'List the built-in graphs.',
  positionals: [],
  flags: { json: { kind: 'switch', help: 'One JSON array with id, title, dataset and description.' } },
  examples: ['netloom templates', 'netloom templates --json'],
  async run({ flags }, terminal) {
    const templates = templateIds().map(readTemplate).map(({ id, doc }) => ({ id, title: doc.name, dataset: datasetOf(doc), description: doc.description ?? '' }));
    if (flags.json) terminal.out(JSON.stringify(templates));
    else {
      for (const line of formatTable([['template', 'dataset', 'title'], ...templates.map(({ id, title, dataset }) => [id, dataset, title])])) terminal.out(line);
      terminal.out('');
      terminal.out("Train one with 'netloom train <template>'.");
    }
    return EXIT.done;
  },
});

/** The id of the dataset that the graph's first data node draws from. */
function datasetOf(doc: GraphDoc): string {
  for (const node of Object.values(doc.nodes)) {
    const dataset = nodeType(node.type)?.data?.dataset;
    if (dataset !== undefined) return dataset;
  }
  return '';
}
