/** `netloom write`: a trained language model goes on with a text, or fills the gaps of a sentence. */
import { MASK_NAME } from '../../data/text/token-coding.ts';
import { DeviceModel } from '../../train/device-model.ts';
import { trainModel } from '../../train/model.ts';
import { completeTensors } from '../../train/weights.ts';
import { type FilledText, TextModel } from '../../train/write-text.ts';
import { backendFlags, backendRequest, openBackend } from '../backend.ts';
import { defineCommand } from '../command.ts';
import { EXIT, InputError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { formatBar, formatTable } from '../text.ts';
import { openTrainedModel } from '../trained-model.ts';

const DEFAULT_LENGTH = 400;
const DEFAULT_TEMPERATURE = 0.8;

export const writeCommand = defineCommand({
  name: 'write',
  summary: 'Let a trained language model write, or fill gaps.',
  description: `A model of the next token (Text) goes on with a prompt; one of hidden tokens (Masked text) fills the gaps of a sentence.`,
  positionals: [{ name: 'run', help: 'a run folder or a checkpoint' }],
  flags: {
    prompt: { kind: 'text', value: 'TEXT', help: 'What to go on with; a new line when left out.' },
    length: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: `How many tokens to write; ${DEFAULT_LENGTH} when left out.` },
    temperature: { kind: 'number', value: 'T', min: 0, max: 100, help: `Below 1 it keeps to what is likely, above it dares more; 0 takes the likeliest token always. ${DEFAULT_TEMPERATURE} when left out.` },
    'top-k': { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: 'Choose among the N likeliest tokens only; among all when left out.' },
    seed: { kind: 'integer', value: 'N', min: 0, max: 2 ** 31 - 1, help: 'The same seed gives the same text; 1 when left out.' },
    fill: { kind: 'text', value: 'TEXT', help: `A sentence with ${MASK_NAME} (or _) for each token that is to be filled in.` },
    json: { kind: 'switch', help: 'One JSON object: prompt, text, step; or of --fill the parts with the candidates of each gap.' },
    ...backendFlags,
  },
  examples: ['netloom write runs/char-gpt-1 --prompt "Once there was" --length 300', `netloom write runs/masked-bert-1 --fill "The f${MASK_NAME}x looked up"`],
  async run({ positionals: [path = ''], flags }, terminal) {
    if (flags.fill !== undefined && flags.prompt !== undefined) throw new InputError('--prompt and --fill are two different questions; give one of them.');
    const { model: saved, graph } = await openTrainedModel(path, undefined);
    const model = trainModel(graph);
    const weights = completeTensors(model.layout, saved.weights);
    const { backend } = await openBackend(backendRequest(flags));
    const device = new DeviceModel(model, backend, {});
    try {
      await device.writeWeights(weights);
      const writer = new TextModel(device, saved.tokens);
      if (flags.fill !== undefined) {
        const filled = await writer.fill(flags.fill.includes(MASK_NAME) ? flags.fill : flags.fill.replaceAll('_', MASK_NAME));
        if (flags.json) terminal.out(JSON.stringify({ text: textOf(filled), step: saved.step, ...filled }));
        else showFilled(filled, terminal);
        return EXIT.done;
      }
      const { prompt = '', length = DEFAULT_LENGTH, temperature = DEFAULT_TEMPERATURE, seed = 1 } = flags;
      const written = await writer.write({
        prompt, length, temperature, topK: flags['top-k'] ?? 0, seed,
        ...(flags.json ? {} : { onProgress: (done: number, total: number) => terminal.status(`writing  ${formatBar(done / total, 20)}  ${done} of ${total} tokens`) }),
      });
      terminal.status('');
      if (flags.json) terminal.out(JSON.stringify({ prompt, ...written, step: saved.step }));
      else {
        noteUnknown(written.unknown, terminal);
        terminal.out(prompt + written.text);
      }
      return EXIT.done;
    } finally {
      await device.dispose();
      await backend.dispose();
    }
  },
});

const textOf = ({ parts }: FilledText): string => parts.map(({ text }) => text).join('');

function noteUnknown(unknown: readonly string[], terminal: Terminal): void {
  if (unknown.length > 0) terminal.err(`The model's vocabulary has no ${unknown.map((character) => JSON.stringify(character)).join(', ')}.`);
}

function showFilled(filled: FilledText, terminal: Terminal): void {
  noteUnknown(filled.unknown, terminal);
  terminal.out(textOf(filled));
  const gaps = filled.parts.flatMap(({ candidates }) => (candidates === undefined ? [] : [candidates]));
  const rows = gaps.map((candidates, i) => [`gap ${i + 1}`, ...candidates.map(({ name, probability }) => `${name === ' ' ? '␣' : name} ${(100 * probability).toFixed(0)} %`)]);
  for (const line of formatTable(rows, '  ')) terminal.out(line);
}
