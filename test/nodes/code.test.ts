/**
 * The lines that node types give for PyTorch and Keras. All lines of all examples were run once in
 * PyTorch 2.5.1 and Keras 3.15 (on JAX) with our weights and gave our numbers; here the ones that are easy to get wrong are held fast.
 */
import { describe, expect, test } from 'vitest';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { image, typeAndParams } from './apply.ts';

const code = (name: string, params: object, inputs: readonly TensorType[]): { pytorch: string; keras: string } => {
  const { type, values } = typeAndParams(name, { ...params });
  return { pytorch: type.code.pytorch(values, inputs), keras: type.code.keras(values, inputs) };
};
/** Keras's own initial weights, so that the lines stay short. */
const KERAS = { init: 'glorot-uniform' };

test.each<[string, object, TensorType[], string, string]>([
  ['Dense', { units: 5, ...KERAS }, [image(7)], 'nn.Linear(7, 5)', 'layers.Dense(5)'],
  ['Dense', { units: 5, bias: false, init: 'he-normal' }, [image(7)], 'nn.Linear(7, 5, bias=False)', "layers.Dense(5, use_bias=False, kernel_initializer=keras.initializers.VarianceScaling(2, 'fan_in', 'untruncated_normal'))"],
  ['Conv2D', { filters: 8, padding: 'same', ...KERAS }, [image(3, 9, 9)], 'nn.Conv2d(3, 8, 3, padding=1)', "layers.Conv2D(8, 3, padding='same', data_format='channels_first')"],
  ['Conv2D', { filters: 8, kernel: [4], padding: 'same', ...KERAS }, [image(3, 9, 9)], 'nn.Sequential(nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(3, 8, 4))', "layers.Conv2D(8, 4, padding='same', data_format='channels_first')"],
  ['Conv2D', { filters: 8, kernel: [3, 2], stride: [2, 1], padding: 'explicit', pads: [1, 0], ...KERAS }, [image(3, 9, 9)], 'nn.Conv2d(3, 8, (3, 2), stride=(2, 1), padding=(1, 0))', "keras.Sequential([layers.ZeroPadding2D(((1, 1), (0, 0)), data_format='channels_first'), layers.Conv2D(8, (3, 2), strides=(2, 1), data_format='channels_first')])"],
  ['Conv2D', { filters: 8, stride: [2], dilation: [2], padding: 'same', ...KERAS }, [image(3, 8, 8)], 'nn.Sequential(nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(3, 8, 3, stride=2, dilation=2))', "keras.Sequential([layers.ZeroPadding2D(((1, 2), (1, 2)), data_format='channels_first'), layers.Conv2D(8, 3, data_format='channels_first', dilation_rate=2), layers.Lambda(lambda y: y[:, :, ::2, ::2])])"],
  ['Conv1D', { filters: 8, kernel: [4], padding: 'same', ...KERAS }, [image(3, 9)], 'nn.Sequential(nn.ConstantPad1d((1, 2), 0), nn.Conv1d(3, 8, 4))', "layers.Conv1D(8, 4, padding='same', data_format='channels_first')"],
  ['ConvTranspose2D', { filters: 4, kernel: [4], padding: [1], ...KERAS }, [image(3, 5, 5)], 'nn.ConvTranspose2d(3, 4, 4, stride=2, padding=1)', "keras.Sequential([layers.Conv2DTranspose(4, 4, strides=2, data_format='channels_first'), layers.Cropping2D(1, data_format='channels_first')])"],
  ['MaxPool2D', {}, [image(3, 8, 8)], 'nn.MaxPool2d(2)', "layers.MaxPooling2D(2, data_format='channels_first')"],
  ['AvgPool2D', { size: [3], stride: [2], padding: 'same', countIncludePad: false }, [image(3, 7, 7)], 'nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)', "layers.AveragePooling2D(3, strides=2, data_format='channels_first', padding='same')"],
  ['BatchNorm', { momentum: 0.01 }, [image(3, 8, 8)], 'nn.BatchNorm2d(3, momentum=0.01)', 'layers.BatchNormalization(axis=1, momentum=0.99, epsilon=0.00001)'],
  ['LayerNorm', { axes: 2 }, [image(3, 8)], 'nn.LayerNorm([3, 8])', 'layers.LayerNormalization(axis=[-2, -1], epsilon=0.00001)'],
  ['InstanceNorm', {}, [image(3, 8)], 'nn.InstanceNorm1d(3)', 'layers.GroupNormalization(groups=-1, axis=1, epsilon=0.00001, center=False, scale=False)'],
  ['Pad', { before: [1, 2], after: [3, 4] }, [image(3, 8, 8)], 'F.pad(x, (2, 4, 1, 3))', 'keras.ops.pad(x, ((0, 0), (0, 0), (1, 3), (2, 4)))'],
  ['Permute', { order: [3, 1, 2] }, [image(3, 8, 8)], 'x.permute(0, 3, 1, 2)', 'layers.Permute((3, 1, 2))'],
  ['Concat', { axis: -1 }, [image(3), image(4)], 'torch.cat([x1, x2], dim=-1)', 'layers.Concatenate(axis=-1)'],
  ['GELU', { approximate: 'tanh' }, [image(3)], "nn.GELU(approximate='tanh')", 'layers.Activation(lambda x: keras.activations.gelu(x, approximate=True))'],
  ['Input', { name: 'my data', shape: [4] }, [], 'my_data = torch.zeros((1, 4))  # any batch: [N, 4]', 'keras.Input(shape=(4,))'],
])('%s %j', (name, params, inputs, pytorch, keras) => {
  expect(code(name, params, inputs)).toEqual({ pytorch, keras });
});

describe('initial weights in Keras', () => {
  test('each initializer has its own', () => {
    const { type } = typeAndParams('Dense', {});
    const spec = type.params['init'];
    if (spec?.kind !== 'choice') throw new Error('init is a choice');
    const lines = spec.options.map((option) => code('Dense', { init: option.value }, [image(4)]).keras);
    expect(new Set(lines).size).toBe(spec.options.length);
    expect(code('Dense', {}, [image(4)]).keras).toContain("VarianceScaling(1 / 3, 'fan_in', 'uniform')");
  });
});
