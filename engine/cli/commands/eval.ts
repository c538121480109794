/** `netloom eval`: loss and metrics of a trained model over a data set. */
import { evaluateModel } from '../../train/evaluate.ts';
import type { EvaluateResult } from '../../train/run-contract.ts';
import { backendFlags, backendRequest, openBackend } from '../backend.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../errors.ts';
import { dataContext, loadGraphData, sampleUnit } from '../load-data.ts';
import type { Terminal } from '../terminal.ts';
import { formatBar, formatCount, formatMetric, formatTable } from '../text.ts';
import { openTrainedModel } from '../trained-model.ts';

export const evalCommand = defineCommand({
  name: 'eval',
  summary: 'Measure a trained model on its test set, or on data of your own.',
  positionals: [{ name: 'run', help: 'a run folder or a checkpoint' }],
  flags: {
    data: { kind: 'text', value: 'F.npz|DIR', help: 'Arrays by port name (x, y; or x_test, y_test) instead of the data that the model was trained with.' },
    datasets: { kind: 'text', value: 'DIR|URL', help: 'Where data sets are looked for before anything is downloaded (or the variable NETLOOM_DATASETS).' },
    split: { kind: 'choice', choices: ['train', 'test'], help: 'Which samples; test where there are some, else train.' },
    batch: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: 'Samples at a time; changes speed and memory, not the result.' },
    json: { kind: 'switch', help: 'One JSON object: split, samples, metrics, tables.' },
    ...backendFlags,
  },
  examples: ['netloom eval runs/mnist-cnn-1', 'netloom eval runs/points-1 --data new-points.npz --json'],
  async run({ positionals: [path = ''], flags }, terminal) {
    const { model, graph, given } = await openTrainedModel(path, flags.data);
    const data = await loadGraphData(graph, given, dataContext({ seed: model.document.training.seed, datasets: flags.datasets, ...(flags.json ? {} : { terminal }) }));
    const { backend } = await openBackend(backendRequest(flags));
    const result = await evaluateModel({
      graph, data, backend, weights: model.weights,
      ...(flags.split === undefined ? {} : { split: flags.split }),
      ...(flags.batch === undefined ? {} : { batchSize: flags.batch }),
      ...(flags.json ? {} : { onProgress: (done, total) => terminal.status(`evaluating  ${formatBar(done / total, 20)}  ${formatCount(done)} of ${formatCount(total)} ${sampleUnit(graph)}`) }),
    });
    await backend.dispose();
    terminal.status('');
    if (flags.json) terminal.out(JSON.stringify({ model: model.document.name, step: model.step, ...result }));
    else show(result, model.classNames, sampleUnit(graph), terminal);
    return EXIT.done;
  },
});

function show(result: EvaluateResult, classNames: readonly string[] | undefined, unit: string, terminal: Terminal): void {
  terminal.out(`${formatCount(result.samples)} ${result.split} ${unit}`);
  for (const line of formatTable(Object.entries(result.metrics).map(([name, value]) => [name, formatMetric(name, value)]), '  ')) terminal.out(line);
  for (const { name, shape: [rows = 0, columns = 0], data } of result.tables) {
    const label = (i: number): string => classNames?.[i] ?? String(i);
    terminal.out('');
    terminal.out(`${name} (rows: true class, columns: predicted)`);
    const header = ['', ...Array.from({ length: columns }, (_, c) => label(c))];
    const body = Array.from({ length: rows }, (_, r) => [label(r), ...Array.from({ length: columns }, (_unused, c) => String(data[r * columns + c] ?? 0))]);
    for (const line of formatTable([header, ...body], '  ')) terminal.out(line);
  }
}
