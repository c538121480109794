/** Short ways to write documents in tests: nodes by id, wires as `from.port -> to.port`. */
import { type EdgeRec, type GraphDoc, type NodeRec, type ParamValue, type TrainingSettings, DOCUMENT_VERSION } from '../../engine/graph/document.ts';

export const TRAINING: TrainingSettings = { epochs: 5, batchSize: 128, seed: 1, shuffle: true, validationSplit: 0 };

type Params = Readonly<Record<string, ParamValue>>;
export type NodeSketch = readonly [type: string, params?: Params, more?: Partial<NodeRec>];

export function makeDocument(nodes: Readonly<Record<string, NodeSketch>>, wires: readonly string[], training: Partial<TrainingSettings> = {}): GraphDoc {
  const edges: Record<string, EdgeRec> = {};
  for (const [i, wire] of wires.entries()) {
    const match = /^(\w+)\.(\w+) -> (\w+)\.(\w+)$/.exec(wire);
    if (match === null) throw new Error(`'${wire}' is not a wire`);
    const [, from = '', fromPort = '', to = '', toPort = ''] = match;
    edges[`e${i + 1}`] = { from: { node: from, port: fromPort }, to: { node: to, port: toPort } };
  }
  return {
    format: 'netloom', version: DOCUMENT_VERSION, name: 'test',
    nodes: Object.fromEntries(Object.entries(nodes).map(([id, [type, params = {}, more = {}]], i) => [id, { type, params, position: { x: 200 * i, y: 0 }, ...more }])),
    edges, training: { ...TRAINING, ...training },
  };
}

/** A classifier of points without any fault; tests break it. */
export const CLASSIFIER_NODES: Readonly<Record<string, NodeSketch>> = {
  data: ['Blobs', { classes: 3 }],
  fc1: ['Dense', { units: 5 }],
  relu: ['ReLU'],
  fc2: ['Dense', { units: 3 }],
  loss: ['CrossEntropy'],
  adam: ['Adam'],
  accuracy: ['Accuracy'],
  output: ['Output'],
};
export const CLASSIFIER_WIRES: readonly string[] = [
  'data.x -> fc1.x', 'fc1.y -> relu.x', 'relu.y -> fc2.x', 'fc2.y -> loss.prediction', 'data.y -> loss.target', 'loss.loss -> adam.loss',
  'fc2.y -> accuracy.prediction', 'data.y -> accuracy.target', 'fc2.y -> output.x',
];

/** The classifier with nodes replaced or added (or taken out: null), and wires taken out and added. */
export function classifier(changes: Readonly<Record<string, NodeSketch | null>> = {}, wires: { readonly without?: readonly string[]; readonly with?: readonly string[] } = {}, training: Partial<TrainingSettings> = {}): GraphDoc {
  const nodes = Object.fromEntries(Object.entries({ ...CLASSIFIER_NODES, ...changes }).filter((entry): entry is [string, NodeSketch] => entry[1] !== null));
  for (const wire of wires.without ?? []) if (!CLASSIFIER_WIRES.includes(wire)) throw new Error(`the classifier has no wire '${wire}'`);
  return makeDocument(nodes, [...CLASSIFIER_WIRES.filter((wire) => wires.without?.includes(wire) !== true), ...(wires.with ?? [])], training);
}
