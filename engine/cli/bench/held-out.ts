/**
 * Networks of other shapes than the templates': what no kernel was tuned on must be fast too. All are fed made-up samples.
 * Built here and not kept among the templates, because they teach nothing and are trained by nobody.
 */
import { DOCUMENT_VERSION, type EdgeRec, type GraphDoc, type NodeId, type NodeRec, type ParamValue } from '../../graph/document.ts';
import type { BenchGraph } from './prepare.ts';

type Params = Readonly<Record<string, ParamValue>>;
/** A value: the node that gives it. */
type Ref = NodeId;

/** A document in the making: nodes are called after their type and number. */
class Sketch {
  readonly #nodes: Record<NodeId, NodeRec> = {};
  readonly #edges: Record<string, EdgeRec> = {};

  node(type: string, params: Params = {}): Ref {
    const number = Object.keys(this.#nodes).length;
    const id = `${type.toLowerCase()}${number}`;
    this.#nodes[id] = { type, params, position: { x: 240 * number, y: 0 } };
    return id;
  }
  wire(from: Ref, fromPort: string, to: Ref, toPort: string): void {
    this.#edges[`e${Object.keys(this.#edges).length + 1}`] = { from: { node: from, port: fromPort }, to: { node: to, port: toPort } };
  }
  layer(type: string, x: Ref, params: Params = {}): Ref {
    const id = this.node(type, params);
    this.wire(x, 'y', id, 'x');
    return id;
  }
  add(...xs: readonly Ref[]): Ref {
    const id = this.node('Add');
    for (const x of xs) this.wire(x, 'y', id, 'xs');
    return id;
  }
  conv(x: Ref, filters: number, kernel: number, stride = 1, more: Params = {}): Ref {
    return this.layer('Conv2D', x, { filters, kernel: [kernel], stride: [stride], padding: 'explicit', pads: [Math.floor(kernel / 2)], ...more });
  }
  /** Convolution without bias, normalisation, ReLU. */
  convNorm(x: Ref, filters: number, kernel: number, stride = 1, more: Params = {}): Ref {
    return this.layer('ReLU', this.layer('BatchNorm', this.conv(x, filters, kernel, stride, { bias: false, ...more })));
  }
  document(name: string, logits: Ref, classes: number): GraphDoc {
    const [target, loss, adam, output] = [this.node('Input', { name: 'target', shape: [], dtype: 'i32', classes }), this.node('CrossEntropy'), this.node('Adam'), this.node('Output')];
    this.wire(logits, 'y', loss, 'prediction');
    this.wire(target, 'y', loss, 'target');
    this.wire(loss, 'loss', adam, 'loss');
    this.wire(logits, 'y', output, 'x');
    return {
      format: 'netloom', version: DOCUMENT_VERSION, name, nodes: this.#nodes, edges: this.#edges,
      training: { epochs: 1, batchSize: 128, seed: 1, shuffle: true, validationSplit: 0 },
    };
  }
}

/** A classifier: `body` makes features of the input, the last layer logits of them. */
function classifier(name: string, batch: number, shape: readonly number[], classes: number, body: (s: Sketch, x: Ref) => Ref): BenchGraph {
  const sketch = new Sketch();
  const features = body(sketch, sketch.node('Input', { name: 'x', shape }));
  return { name, batch, doc: sketch.document(name, sketch.layer('Dense', features, { units: classes }), classes) };
}

function residual(s: Sketch, x: Ref, filters: number, stride: number): Ref {
  const inner = s.layer('BatchNorm', s.conv(s.convNorm(x, filters, 3, stride), filters, 3, 1, { bias: false }));
  const skip = stride === 1 ? x : s.layer('BatchNorm', s.conv(x, filters, 1, stride, { bias: false }));
  return s.layer('ReLU', s.add(inner, skip));
}

function separable(s: Sketch, x: Ref, channels: number, filters: number, stride: number): Ref {
  return s.convNorm(s.convNorm(x, channels, 3, stride, { groups: channels }), filters, 1);
}

function encoder(s: Sketch, x: Ref, width: number, heads: number): Ref {
  const attended = s.add(x, s.layer('MultiHeadAttention', s.layer('LayerNorm', x), { heads }));
  const hidden = s.layer('GELU', s.layer('Dense', s.layer('LayerNorm', attended), { units: 4 * width }));
  return s.add(attended, s.layer('Dense', hidden, { units: width }));
}

const digits = (batch: number): BenchGraph => classifier(`cnn-batch-${batch}`, batch, [1, 28, 28], 10, (s, x) => {
  const images = s.layer('ReLU', s.layer('Conv2D', s.layer('ReLU', s.layer('Conv2D', x, { filters: 32, kernel: [3] })), { filters: 64, kernel: [3] }));
  return s.layer('ReLU', s.layer('Dense', s.layer('Flatten', s.layer('MaxPool2D', images)), { units: 128 }));
});

export const HELD_OUT: readonly BenchGraph[] = [
  classifier('conv-odd-channels', 96, [3, 29, 31], 17, (s, x) => {
    const images = s.layer('ReLU', s.conv(s.layer('ReLU', s.conv(x, 19, 3)), 37, 3));
    return s.layer('Flatten', s.layer('MaxPool2D', s.layer('ReLU', s.conv(s.layer('MaxPool2D', images), 45, 3))));
  }),
  classifier('conv-5x5', 128, [1, 28, 28], 100, (s, x) => {
    const images = s.layer('MaxPool2D', s.layer('ReLU', s.conv(x, 24, 5)));
    return s.layer('Flatten', s.layer('MaxPool2D', s.layer('ReLU', s.conv(images, 48, 5))));
  }),
  classifier('conv-stride-2', 128, [3, 32, 32], 10, (s, x) => s.layer('GlobalAvgPool', s.convNorm(s.convNorm(s.convNorm(x, 32, 3, 2), 64, 3, 2), 128, 3, 2))),
  classifier('resnet-32x32', 64, [3, 32, 32], 10, (s, x) => {
    const stage1 = residual(s, residual(s, s.convNorm(x, 16, 3), 16, 1), 16, 1);
    const stage2 = residual(s, residual(s, stage1, 32, 2), 32, 1);
    return s.layer('GlobalAvgPool', residual(s, residual(s, stage2, 64, 2), 64, 1));
  }),
  classifier('depthwise-32x32', 64, [3, 32, 32], 10, (s, x) => {
    const images = separable(s, separable(s, s.convNorm(x, 32, 3), 32, 64, 1), 64, 128, 2);
    return s.layer('GlobalAvgPool', separable(s, separable(s, images, 128, 128, 1), 128, 256, 2));
  }),
  classifier('mlp-1000-classes', 128, [300], 1000, (s, x) => s.layer('ReLU', s.layer('Dense', s.layer('ReLU', s.layer('Dense', x, { units: 500 })), { units: 250 }))),
  classifier('mlp-deep-narrow', 256, [50], 10, (s, x) => Array.from({ length: 40 }).reduce<Ref>((y) => s.layer('ReLU', s.layer('Dense', y, { units: 50 })), x)),
  classifier('lstm-7-steps', 100, [7, 30], 5, (s, x) => s.layer('LSTM', x, { units: 100 })),
  classifier('gru-100-steps', 64, [100, 12], 3, (s, x) => s.layer('GRU', x, { units: 48 })),
  classifier('lstm-500-steps', 32, [500, 4], 2, (s, x) => s.layer('LSTM', x, { units: 32 })),
  classifier('attention-100-steps', 32, [100, 48], 20, (s, x) => s.layer('Flatten', encoder(s, encoder(s, x, 48, 3), 48, 3))),
  ...[1, 8, 32, 512].map(digits),
];
