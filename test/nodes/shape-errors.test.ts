/** What a node says when its inputs do not fit: the numbers, the port, and a way out that then works. */
import { describe, expect, test } from 'vitest';
import { image, inferNode, shapeErrorOf } from './apply.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';

const tokens = (classes?: number): TensorType => ({ shape: ['N', 5], dtype: 'i32', ...(classes === undefined ? {} : { classes }) });

describe('messages carry the numbers and the arithmetic', () => {
  test.each<[string, object, TensorType[], string]>([
    ['Conv2D', { kernel: [7], padding: 'valid' }, [image(1, 5, 5)], '(5 + 0 + 0 − 7)/1 + 1 = -1'],
    ['Conv1D', { kernel: [3], dilation: [4] }, [image(2, 6)], '(6 + 0 + 0 − 9)/1 + 1 = -2'],
    ['MaxPool2D', { size: [4] }, [image(1, 3, 9)], '(3 + 0 + 0 − 4)/4 + 1 = 0'],
    ['ConvTranspose2D', { kernel: [2], stride: [1], padding: [3] }, [image(1, 3, 3)], '(3 − 1)·1 − 2·3 + 1·(2 − 1) + 0 + 1 = -2'],
    ['Conv2D', {}, [image(784)], 'needs 4-D input [N, C, H, W], got [N, 784]'],
    ['Conv2D', { groups: 3 }, [image(4, 9, 9)], '4 input channels do not split into 3 groups'],
    ['Conv2D', { pads: [1, 2, 3], padding: 'explicit' }, [image(1, 9, 9)], "'pads' has 3 numbers"],
    ['Reshape', { shape: [3, 5] }, [image(16)], '3 · 5 = 15 numbers, not 16'],
    ['Reshape', { shape: [3, -1] }, [image(16)], '16 is not a multiple of 3'],
    ['Reshape', { shape: [-1, -1] }, [image(16)], 'only one size can be -1'],
    ['Permute', { order: [1, 1] }, [image(4, 5)], "'order' is [1, 1]"],
    ['Softmax', { axis: 0 }, [image(4)], 'axis 0 is the batch'],
    ['Softmax', { axis: 3 }, [image(4)], 'there is no axis 3'],
    ['Concat', {}, [image(2, 4), image(2, 5)], '[N, 2, 4] and [N, 2, 5]'],
    ['Add', {}, [image(3), image(4)], '[N, 3] and [N, 4]'],
    ['Add', {}, [image(3)], "'xs' has 1"],
    ['Dense', {}, [tokens()], 'insert an Embedding'],
    ['Embedding', { vocabulary: 10 }, [tokens(11)], 'vocabulary of 10 is smaller than the 11'],
    ['Embedding', {}, [image(5)], 'whole numbers'],
    ['GroupNorm', { groups: 4 }, [image(6, 3, 3)], '6 channels do not split into 4 groups'],
    ['LayerNorm', { axes: 3 }, [image(6)], 'has only 1 behind the batch'],
    ['InstanceNorm', {}, [image(6, 1, 1)], 'one cell per channel'],
    ['Pad', { before: [1], after: [1, 1] }, [image(3, 3)], "'before' has 1 numbers and 'after' has 2"],
    ['MaxPool2D', { size: [2], padding: 'explicit', pads: [2] }, [image(1, 9, 9)], 'padding of 2 is not below the window size 2'],
    ['ConvTranspose2D', { stride: [2], outputPadding: [2] }, [image(1, 3, 3)], "'outputPadding' is 2, but must be below the stride 2"],
    ['LSTM', {}, [image(1, 28, 28)], 'needs a sequence [N, T, D]'],
    ['LSTM', { units: 4 }, [image(5, 3), image(4)], 'the state and the cell, and one of them is wired'],
    ['GRU', { units: 4 }, [image(5, 3), image(5)], "1 layer of 4 units in one direction begin with [N, 4], but 'state' is [N, 5]"],
    ['RNN', { units: 4, layers: 2, bidirectional: true }, [image(5, 3), image(4)], 'begin with [N, 4, 4]'],
    ['ContrastiveLoss', {}, [image(4), image(5)], 'one side has 4 features and the other 5'],
    ['ContrastiveLoss', {}, [image(4, 4), image(5)], 'one vector per sample'],
    ['Subtract', {}, [image(3)], "needs a wire at 'b'"],
  ])('%s %j', (name, params, inputs, part) => {
    expect(shapeErrorOf(name, { ...params }, inputs).message).toContain(part);
  });
});

describe('repairs work', () => {
  test.each<[string, object, TensorType[]]>([
    ['Conv2D', {}, [image(784)]],
    ['Conv2D', {}, [image(3072)]],
    ['Conv2D', {}, [image(28, 28)]],
    ['Conv1D', { padding: 'same' }, [image(20)]],
    ['Conv1D', { padding: 'same' }, [image(2, 4, 5)]],
    ['Dense', {}, [{ shape: ['N'], dtype: 'f32' }]],
    ['Conv2D', { kernel: [7] }, [image(1, 5, 5)]],
    ['AvgPool2D', { size: [7] }, [image(1, 5, 5)]],
    ['Conv2D', { groups: 3 }, [image(4, 9, 9)]],
    ['Reshape', { shape: [3, 5] }, [image(16)]],
    ['Permute', { order: [1, 1] }, [image(4, 5)]],
    ['Softmax', { axis: 0 }, [image(4)]],
    ['Embedding', { vocabulary: 10 }, [tokens(11)]],
    ['GroupNorm', { groups: 4 }, [image(6, 3, 3)]],
    ['LayerNorm', { axes: 3 }, [image(6)]],
    ['Flatten', { startAxis: 4 }, [image(6, 2)]],
    ['Pad', { before: [1], after: [1, 1] }, [image(3, 3)]],
    ['ConvTranspose2D', { stride: [2], outputPadding: [2] }, [image(1, 3, 3)]],
    ['ConvTranspose2D', { kernel: [2], stride: [1], padding: [3] }, [image(1, 3, 3)]],
    ['MaxPool2D', { size: [2], padding: 'explicit', pads: [2] }, [image(1, 9, 9)]],
    ['Dense', {}, [tokens(11)]],
  ])('%s %j on %j', (name, params, inputs) => {
    const { repair } = shapeErrorOf(name, { ...params }, inputs);
    if (repair?.kind === 'set-param') {
      expect(inferNode(name, { ...params, [repair.param]: repair.value }, inputs)).toHaveLength(1);
    } else if (repair?.kind === 'insert-node') {
      expect(repair.beforePort).toBe('x');
      expect(inferNode(name, { ...params }, inferNode(repair.type, { ...repair.params }, inputs))).toHaveLength(1);
    } else {
      expect.fail(`no repair that can be tried: ${JSON.stringify(repair)}`);
    }
  });

  test('a merge of shapes with as many numbers offers a Reshape at the right port', () => {
    const error = shapeErrorOf('Subtract', {}, [image(2, 6), image(3, 4)]);
    expect(error).toMatchObject({ port: 'b', repair: { kind: 'insert-node', type: 'Reshape', params: { shape: [2, 6] }, beforePort: 'b' } });
    expect(shapeErrorOf('Subtract', {}, [image(3), image(4)]).repair).toBeUndefined();
  });
});

test('a dense layer works on the last axis of an image, as in PyTorch and Keras', () => {
  expect(inferNode('Dense', { units: 5 }, [image(3, 4, 7)])).toEqual([image(3, 4, 5)]);
});
test('classes and dtype travel through layers that only move numbers', () => {
  expect(inferNode('Reshape', { shape: [5, 1] }, [tokens(11)])).toEqual([{ shape: ['N', 5, 1], dtype: 'i32', classes: 11 }]);
});
