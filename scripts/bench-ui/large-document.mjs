/**
 * A residual network of as many nodes as are asked for, all of it valid and laid out in rows: what a
 * large document of a practitioner is like, with convolutions, norms, sums of two wires, and one tail.
 */

/** Nodes in a row, and from one node to the next: as auto layout sets them. */
const ROW = 20;
const STEP_X = 260;
const STEP_Y = 240;
/** Nodes of one residual unit: convolution, norm, activation, convolution, sum, activation. */
const UNIT = 6;
/** Source and stem before the units; pooling, classifier, output, loss, metric and optimizer after them. */
const ENDS = 8;

/**
 * @param {number} count 14 at least
 * @returns {import('../../engine/graph/document.ts').GraphDoc}
 */
export function largeDocument(count) {
  const nodes = {};
  const edges = {};
  let placed = 0;
  const add = (id, type, params = {}) => {
    nodes[id] = { type, params, position: { x: (placed % ROW) * STEP_X, y: Math.floor(placed / ROW) * STEP_Y } };
    placed++;
    return id;
  };
  const wire = (from, fromPort, to, toPort) => {
    edges[`e${Object.keys(edges).length + 1}`] = { from: { node: from, port: fromPort }, to: { node: to, port: toPort } };
  };
  const behind = (from, id, type, params) => {
    wire(from, 'y', add(id, type, params), 'x');
    return id;
  };
  const convolution = { filters: 4, kernel: [3, 3], padding: 'same' };

  add('digits', 'Digits', { trainSamples: 1000, testSamples: 200 });
  wire('digits', 'x', add('stem', 'Conv2D', convolution), 'x');
  let last = 'stem';
  const units = Math.floor((count - ENDS) / UNIT);
  for (let i = 1; i <= units; i++) {
    const shortcut = last;
    last = behind(last, `conv${i}a`, 'Conv2D', convolution);
    last = behind(last, `norm${i}`, 'BatchNorm');
    last = behind(last, `relu${i}a`, 'ReLU');
    last = behind(last, `conv${i}b`, 'Conv2D', convolution);
    wire(last, 'y', add(`add${i}`, 'Add'), 'xs');
    wire(shortcut, 'y', `add${i}`, 'xs');
    last = behind(`add${i}`, `relu${i}b`, 'ReLU');
  }
  // What is left of the count, in one chain.
  for (let i = 1; placed < count - ENDS + 2; i++) last = behind(last, `gelu${i}`, 'GELU');
  last = behind(last, 'pool', 'GlobalAvgPool');
  last = behind(last, 'fc', 'Dense', { units: 10 });
  behind(last, 'output', 'Output');
  wire(last, 'y', add('loss', 'CrossEntropy'), 'prediction');
  wire('digits', 'y', 'loss', 'target');
  wire(last, 'y', add('accuracy', 'Accuracy'), 'prediction');
  wire('digits', 'y', 'accuracy', 'target');
  wire('loss', 'loss', add('adam', 'Adam'), 'loss');
  return { format: 'netloom', version: 2, name: `${count} nodes`, training: { epochs: 1, batchSize: 32, seed: 1, shuffle: true, validationSplit: 0 }, nodes, edges };
}
