/** `netloom export`: a trained model as a file that other programs open. */
import { preprocessingOf } from '../../data/graph-data.ts';
import { EXPORT_FORMATS, type ExportFormat, exportModel } from '../../interop/export.ts';
import { nodePlatform } from '../../platform/node.ts';
import { defineCommand } from '../command.ts';
import { EXIT, InputError } from '../errors.ts';
import { counted, formatBytes } from '../text.ts';
import { openTrainedModel } from '../trained-model.ts';
import { version } from '../version.ts';

const FORMATS: readonly ExportFormat[] = EXPORT_FORMATS.map(({ id }) => id);

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'Write a trained model as a file that other programs open.',
  description: EXPORT_FORMATS.map(({ id, summary }) => `${id}: ${summary}`).join('\n'),
  positionals: [{ name: 'run', help: 'a run folder or a checkpoint' }],
  flags: {
    format: { kind: 'choice', choices: FORMATS, help: "Which format; told from the ending of --out's file when left out." },
    out: { kind: 'text', value: 'F', help: 'The file to write.' },
  },
  examples: ['netloom export runs/mnist-cnn-1 --format onnx --out mnist.onnx', 'netloom export runs/mnist-cnn-1 --out weights.safetensors'],
  async run({ positionals: [path = ''], flags }, terminal) {
    const { model, graph, given } = await openTrainedModel(path, undefined);
    const { out } = flags;
    if (out === undefined) throw new InputError("'netloom export' needs --out, the file to write.");
    const format = flags.format ?? EXPORT_FORMATS.find(({ extension }) => out.toLowerCase().endsWith(extension))?.id;
    if (format === undefined) throw new InputError(`The format of ${out} cannot be told from its ending; name it with --format: ${FORMATS.join(', ')}.`);
    const bytes = exportModel(format, {
      graph, weights: model.weights, producerVersion: version, preprocessing: preprocessingOf(graph.sources, given?.sources),
      ...(model.classNames === undefined ? {} : { classNames: model.classNames }),
    });
    await nodePlatform.files.write(out, bytes);
    terminal.out(`Wrote ${out} (${format}, ${formatBytes(bytes.length)}): '${model.document.name}' after ${counted(model.step, 'step')}.`);
    return EXIT.done;
  },
});
