/** Text: the target of every token is the one behind it. */
import { textNode } from '../../nodes/data/text.ts';
import type { SampleArray, Samples } from '../dataset.ts';
import { strideOf, tokenizedText, windowsOf } from '../text/corpus.ts';
import { tokenizerOf } from '../text/token-coding.ts';
import { datasetFromNode } from './from-node.ts';

/** Windows that are one token longer, without their last and without their first one. */
function nextTokens({ shape: [count = 0, length = 0], data }: SampleArray): Samples {
  const window = length - 1;
  const x = new Int32Array(count * window);
  const y = new Int32Array(count * window);
  for (let i = 0; i < count; i++) {
    x.set(data.subarray(i * length, (i + 1) * length - 1), i * window);
    y.set(data.subarray(i * length + 1, (i + 1) * length), i * window);
  }
  return { x: { shape: [count, window], data: x }, y: { shape: [count, window], data: y } };
}

export const text = datasetFromNode(textNode, {
  readsFile: ({ path }) => path !== '',
  async load(params, context) {
    const { train, test, coding } = await tokenizedText(params, 0, context);
    const { window, testShare } = params;
    const stride = strideOf(params, train.length);
    return {
      train: nextTokens(windowsOf(train, window + 1, stride, 'training')),
      ...(testShare === 0 ? {} : { test: nextTokens(windowsOf(test, window + 1, window, 'test')) }),
      classNames: tokenizerOf(coding).names,
      tokens: { x: coding, y: coding },
      overlap: Math.floor(window / stride),
    };
  },
});
