/** Masked text: which places are asked for, and what stands there instead (Devlin et al., 2019, section 3.1). */
import { maskedTextNode, type MaskedTextParams, NOT_ASKED } from '../../nodes/data/masked-text.ts';
import type { DataContext, SampleArray, Samples } from '../dataset.ts';
import { Random } from '../random.ts';
import { strideOf, type TokenizedText, tokenizedText, windowsOf } from '../text/corpus.ts';
import { tokenizerOf } from '../text/token-coding.ts';
import { datasetFromNode, TEST_STREAM, TRAIN_STREAM } from './from-node.ts';

/** Of the places that are asked for: so many show the mask, so many any token, the rest what was there. */
const SHOW_MASK = 0.8;
const SHOW_ANY = 0.1;

/** Window i depends on its tokens and on (masked, seed, split, epoch, i) alone. */
function mask({ shape, data }: SampleArray, { masked, vocabulary }: MaskedTextParams, used: number, seed: number, split: number, epoch: number): Samples {
  const [count = 0, length = 0] = shape;
  const x = data.slice() as Int32Array;
  const y = new Int32Array(count * length).fill(NOT_ASKED);
  const asked = Math.max(1, Math.round(length * masked));
  const places = Int32Array.from({ length }, (_, place) => place);
  for (let i = 0; i < count; i++) {
    const random = new Random(seed, split, epoch, i);
    for (let k = 0; k < asked; k++) {
      // The first steps of a shuffle: no place is drawn twice.
      const other = k + random.below(length - k);
      const place = places[other] ?? 0;
      places[other] = places[k] ?? 0;
      places[k] = place;
      const at = i * length + place;
      y[at] = x[at] ?? 0;
      const draw = random.uniform();
      if (draw < SHOW_MASK) x[at] = vocabulary - 1;
      else if (draw < SHOW_MASK + SHOW_ANY) x[at] = random.below(used);
    }
    places.sort();
  }
  return { x: { shape, data: x }, y: { shape, data: y } };
}

function trainSamples(params: MaskedTextParams, { train, used }: TokenizedText, context: DataContext, epoch: number): Samples {
  return mask(windowsOf(train, params.window, strideOf(params, train.length), 'training'), params, used, params.seed ?? context.seed, TRAIN_STREAM, epoch);
}

export const maskedText = datasetFromNode(maskedTextNode, {
  readsFile: ({ path }) => path !== '',
  async load(params, context) {
    const tokenized = await tokenizedText(params, 1, context);
    const { train, test, coding, used } = tokenized;
    return {
      train: trainSamples(params, tokenized, context, 0),
      ...(params.testShare === 0 ? {} : { test: mask(windowsOf(test, params.window, params.window, 'test'), params, used, params.seed ?? context.seed, TEST_STREAM, 0) }),
      classNames: tokenizerOf(coding).names,
      tokens: { x: coding, y: coding },
      overlap: Math.floor((params.window - 1) / strideOf(params, train.length)),
    };
  },
  refresh: async (params, context, epoch) => trainSamples(params, await tokenizedText(params, 1, context), context, params.fresh ? epoch : 0),
});
