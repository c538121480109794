/** `netloom data`: which data sets there are, bringing one before it is needed, and a look at its samples. */
import { existsSync } from 'node:fs';
import { loadArrays } from '../../data/arrays.ts';
import type { Dataset, LoadedData, SampleArray, Samples } from '../../data/dataset.ts';
import { allDatasets, dataset } from '../../data/datasets/index.ts';
import { previewSamples } from '../../data/preview.ts';
import { scaledValue } from '../../data/scaling.ts';
import { tokenizerOf } from '../../data/text/token-coding.ts';
import type { AnyNodeType } from '../../nodes/node-type.ts';
import { defaultParams } from '../../nodes/params.ts';
import { nodeTypesOf } from '../../nodes/registry.ts';
import { nodePlatform } from '../../platform/node.ts';
import { defineCommand } from '../command.ts';
import { EXIT, type ExitCode, InputError } from '../errors.ts';
import { dataContext } from '../load-data.ts';
import { didYouMean } from '../nearest.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatTable } from '../text.ts';

const ACTIONS = ['list', 'get', 'preview'] as const;
/** The classic first look: ten digits fit on a screen. */
const DEFAULT_COUNT = 10;

/** The set that reads a text file of the user's own, and how such a file is known. */
const TEXT = 'text';
const TEXT_FILE = /\.(txt|md)$/i;

const flags = {
  datasets: { kind: 'text', value: 'DIR|URL', help: 'Where data sets are looked for before anything is downloaded (or the variable NETLOOM_DATASETS).' },
  count: { kind: 'integer', value: 'N', min: 1, max: 100_000, help: `How many samples preview shows; ${DEFAULT_COUNT} when left out.` },
  seed: { kind: 'integer', value: 'N', min: 0, max: 2 ** 31 - 1, help: 'For the sets that are made rather than loaded; 1 when left out.' },
  json: { kind: 'switch', help: 'JSON instead of text.' },
} as const;

export const dataCommand = defineCommand({
  name: 'data',
  summary: 'List the data sets, bring one, or look at its samples.',
  positionals: [
    { name: 'list|get|preview', help: 'what to do' },
    { name: 'dataset', help: 'which one, for get and preview; preview takes an array file or a text (.txt), too', optional: true },
  ],
  flags,
  examples: ['netloom data list', 'netloom data get mnist', 'netloom data preview digits --count 20', 'netloom data preview points.npz', 'netloom data preview story.txt'],
  async run({ positionals: [action = '', id], flags: { datasets, count, seed, json } }, terminal) {
    if (action !== 'list' && action !== 'get' && action !== 'preview') throw new InputError(`'netloom data' does ${ACTIONS.join(', ')}, not '${action}'.${didYouMean(action, ACTIONS)}`);
    if (action === 'list') return list(json, terminal);
    if (action === 'preview' && id !== undefined && dataset(id) === undefined && existsSync(id)) {
      const text = dataset(TEXT);
      const own = TEXT_FILE.test(id) && text !== undefined ? await text.load({ path: id }, dataContext({ seed: seed ?? 1, datasets })) : { train: await loadArrays(id, nodePlatform.files) };
      return preview(own, count ?? DEFAULT_COUNT, json, terminal);
    }
    const chosen = choose(id, action);
    const data = await chosen.set.load(defaultParams(chosen.node), dataContext({ seed: seed ?? 1, datasets, ...(json ? {} : { terminal }) }));
    terminal.status('');
    return action === 'get' ? got(chosen.set.id, data, json, terminal) : preview(data, count ?? DEFAULT_COUNT, json, terminal);
  },
});

const nodeOf = (id: string): AnyNodeType | undefined => nodeTypesOf('data').find((node) => node.data?.dataset === id);

/** Those that need nothing to be told: an Arrays node reads a file that only the user knows. */
const listed = (): readonly Dataset[] => allDatasets().filter((each) => each.id !== 'arrays');

function choose(id: string | undefined, action: string): { set: Dataset; node: AnyNodeType } {
  const ids = listed().map((each) => each.id);
  if (id === undefined) throw new InputError(`'netloom data ${action}' needs a data set: one of ${ids.join(', ')}.`);
  const set = listed().find((each) => each.id === id);
  const node = nodeOf(id);
  if (set === undefined || node === undefined) throw new InputError(`There is no data set '${id}'.${didYouMean(id, ids)} 'netloom data list' lists them.`);
  return { set, node };
}

function list(json: boolean, terminal: Terminal): ExitCode {
  const rows = listed().map(({ id }) => {
    const node = nodeOf(id);
    return { id, node: node?.type ?? '', title: node?.title.en ?? '', summary: node?.summary.en ?? '' };
  });
  if (json) terminal.out(JSON.stringify(rows));
  else for (const line of formatTable([['data set', 'node', 'title'], ...rows.map(({ id, node, title }) => [id, node, title])])) terminal.out(line);
  return EXIT.done;
}

const describe = (samples: Samples): Record<string, readonly number[]> => Object.fromEntries(Object.entries(samples).map(([port, { shape }]) => [port, shape]));
const sampleCount = (samples: Samples): number => Object.values(samples)[0]?.shape[0] ?? 0;

function got(id: string, data: LoadedData, json: boolean, terminal: Terminal): ExitCode {
  if (json) terminal.out(JSON.stringify({ id, train: describe(data.train), ...(data.test === undefined ? {} : { test: describe(data.test) }) }));
  else {
    const test = data.test === undefined ? '' : ` and ${formatCount(sampleCount(data.test))} to test with`;
    const shapes = Object.entries(data.train).map(([port, { shape }]) => `${port} ${shape.length === 1 ? '(one number)' : `[${shape.slice(1).join(', ')}]`}`).join(', ');
    terminal.out(`${id}: ${formatCount(sampleCount(data.train))} samples to train with${test}; a sample is ${shapes}.`);
  }
  return EXIT.done;
}

function preview(data: LoadedData, wanted: number, json: boolean, terminal: Terminal): ExitCode {
  if (json) {
    const count = Math.min(wanted, sampleCount(data.train));
    for (let i = 0; i < count; i++) terminal.out(JSON.stringify({ index: i, ...Object.fromEntries(Object.entries(data.train).map(([port, array]) => [port, sample(array, i)])) }));
  } else {
    const tokenNames = Object.fromEntries(Object.entries(data.tokens ?? {}).map(([port, coding]) => [port, tokenizerOf(coding).names]));
    terminal.out(previewSamples(data.train, { count: wanted, width: terminal.columns, tokenNames, ...(data.classNames === undefined ? {} : { classNames: data.classNames }) }));
  }
  return EXIT.done;
}

/** Sample `i` as the network gets it; a number where a sample is one number. */
function sample(array: SampleArray, i: number): number | number[] {
  const { shape } = array;
  const size = shape.slice(1).reduce((product, n) => product * n, 1);
  const values = Array.from({ length: size }, (_, k) => scaledValue(array, i * size + k));
  const [only] = values;
  return shape.length === 1 && only !== undefined ? only : values;
}
