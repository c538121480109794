/** Output: marks what the graph predicts, for prediction and export. */
import { defineNode } from '../node-type.ts';
import { text, textParam } from '../params.ts';
import { inputX } from '../ports.ts';
import { inputAt } from '../shapes.ts';

interface OutputParams {
  readonly name: string;
}

export const Output = defineNode<OutputParams>({
  type: 'Output',
  category: 'output',
  title: text('Output', '输出'),
  summary: text(
    'Marks the prediction: what `predict` prints and what the exported model gives. Without one, the prediction is what goes into the first loss.',
    '标记预测结果：即 `predict` 打印的内容和导出模型的输出。没有它时，以送入第一个损失的预测为准。',
  ),
  synonyms: ['prediction', 'result', 'export', '预测', '结果'],
  inputs: [inputX],
  outputs: [],
  params: {
    name: textParam(text('Name', '名称'), text('Name of the exported model\'s output.', '导出模型的输出名。'), 'output', 64),
  },
  infer(_p, ins) {
    inputAt(ins, 0, 'x');
    return [];
  },
  // It computes nothing: the graph's lowering reads what is wired to it.
  lower: () => [],
  code: {
    pytorch: () => 'return x',
    keras: () => 'keras.Model(inputs, x)',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 10], dtype: 'f32' }] },
    { params: { name: 'mask' }, inputs: [{ shape: ['N', 1, 5, 7], dtype: 'f32' }] },
  ],
});
