/** The checker's middle part: types along the wires, node by node, and what a loss or metric can make of them. */
import { ShapeError, type TensorType, type Text } from '../nodes/node-type.ts';
import { elementCount } from '../tensor/ir.ts';
import type { CheckCache } from './check-cache.ts';
import type { CheckedNodeType } from './checked-graph.ts';
import type { NodeId, ParamValue } from './document.ts';
import { type Draft, type Report, named, namedZh, typeText } from './draft.ts';
import type { Problem } from './problem.ts';

/** Types of arrays that are fed instead of the nodes' own data, as `checkGraph` takes them. */
export type GivenTypes = Readonly<Record<string, TensorType>>;

/** 2^31 - 1 elements: offsets of f32 buffers stay within what the CPU's 32-bit and the GPU's i32 indices can hold. */
const MAX_ELEMENTS = 2 ** 31 - 1;
/** 2^30 - 1: all weights of a graph and nothing else would fill the 4 GiB that a WebAssembly memory has. */
const MAX_WEIGHTS = 2 ** 30 - 1;
const SCALAR: TensorType = { shape: [], dtype: 'f32' };

/** What inference needs to know beside the node. */
export interface InferContext {
  readonly given: GivenTypes | undefined;
  readonly batchSize: number;
  /** The graph has one source only. */
  readonly isAlone: boolean;
  /** Indices of each node's outputs that some wire reads. */
  readonly readPorts: ReadonlyMap<Draft, ReadonlySet<number>>;
  readonly cache: CheckCache | undefined;
}

/** `order` must be topological. Nodes behind a faulty one stay without types and are not reported. */
export function inferTypes(order: readonly Draft[], given: GivenTypes | undefined, batchSize: number, report: Report, cache?: CheckCache): InferContext {
  const readPorts = new Map<Draft, Set<number>>();
  for (const node of order) {
    for (const wire of node.incoming) {
      const read = readPorts.get(wire.source);
      if (read === undefined) readPorts.set(wire.source, new Set([wire.output]));
      else read.add(wire.output);
    }
  }
  const context: InferContext = { given, batchSize, isAlone: order.filter((node) => node.role === 'source').length === 1, readPorts, cache };
  let weights = 0;
  const counted = new Set<NodeId>();
  for (const node of order) {
    if (node.definition === undefined || node.faulty) continue;
    const inputTypes: TensorType[] = [];
    for (const wire of node.incoming) {
      const type = wire.source.outputTypes?.[wire.output];
      if (type !== undefined) inputTypes.push(type);
    }
    if (inputTypes.length < node.incoming.length) continue;
    inferNode(node, inputTypes, context, report);
    if (counted.has(node.weightOwner)) continue;
    counted.add(node.weightOwner);
    weights += countWeights(node);
  }
  if (weights > MAX_WEIGHTS) {
    const largest = order.reduce((a, b) => (countWeights(b) > countWeights(a) ? b : a));
    report.error('too-large', {
      en: `The graph has ${weights} weights; at most ${MAX_WEIGHTS} fit into memory. The most are in ${named(largest)}: ${countWeights(largest)}; make it smaller, or its input`,
      zh: `网络共有 ${weights} 个权重；内存最多容纳 ${MAX_WEIGHTS} 个。${namedZh(largest)}最多，有 ${countWeights(largest)} 个；请缩小它或它的输入`,
    }, { node: largest.id, numbers: { weights, limit: MAX_WEIGHTS } });
  }
  return context;
}

/** Sets the node's types and weights, or reports why there are none. */
export function inferNode(node: Draft, inputTypes: readonly TensorType[], context: InferContext, report: Report): void {
  const { definition } = node;
  if (definition === undefined) return;
  const { given, batchSize, isAlone, readPorts, cache } = context;
  node.inputTypes = inputTypes;
  try {
    const known = cache?.inferred(node.record, definition, inputTypes);
    const types = known?.outputs ?? outputTypesOf(definition, node.params, inputTypes);
    const fed = node.role === 'source' ? feed(node, types, given, { read: readPorts.get(node) ?? new Set(), isAlone }, report) : types;
    if (fed === undefined || !sizesFit(node, fed, batchSize, report)) {
      node.faulty = true;
      return;
    }
    node.weights = known?.weights ?? definition.weights?.(node.params, inputTypes) ?? {};
    node.outputTypes = fed;
    if (known === undefined) cache?.rememberTypes(node.record, { definition, inputs: inputTypes, outputs: types, weights: node.weights });
    checkBatch(node, batchSize, report);
  } catch (error) {
    node.faulty = true;
    reportInference(node, error, report);
  }
}

function outputTypesOf(definition: CheckedNodeType, params: Draft['params'], inputTypes: readonly TensorType[]): readonly TensorType[] {
  const own = definition.infer(params, inputTypes);
  return definition.outputs.map((port, i): TensorType => {
    const type = own[i] ?? (port.kind === 'tensor' ? undefined : SCALAR);
    if (type === undefined) throw new Error(`its type says nothing about the output '${port.name}'`);
    return type;
  });
}

function countWeights(node: Draft): number {
  return Object.values(node.weights).reduce((sum, weight) => sum + elementCount(weight.shape), 0);
}

/**
 * The types of a source's ports when arrays are given (`givenNames`): undefined when an array is missing
 * for a port that is read. A source for which there is no array at all keeps its own data.
 */
function feed(
  node: Draft, own: readonly TensorType[], given: GivenTypes | undefined, { read, isAlone }: { readonly read: ReadonlySet<number>; readonly isAlone: boolean }, report: Report,
): readonly TensorType[] | undefined {
  if (given === undefined) return own;
  const ports = node.definition?.outputs ?? [];
  const types = ports.map((port): TensorType | undefined => {
    const name = givenNames(node, port.name, isAlone).find((candidate) => Object.hasOwn(given, candidate));
    return name === undefined ? undefined : given[name];
  });
  if (types.every((type) => type === undefined)) return own;
  let complete = true;
  const fed = ports.map((port, i): TensorType => {
    const type = types[i];
    const ownType = own[i]!;
    if (type !== undefined) return type;
    if (read.has(i)) {
      complete = false;
      const has = Object.keys(given);
      report.error('dataset-port', {
        en: `The given data has no array '${port.name}', which ${named(node)} must give; it has ${has.map((name) => `'${name}'`).join(', ')}. Name the array '${port.name}' or '${node.id}.${port.name}'`,
        zh: `给定的数据中没有${namedZh(node)}需要的数组“${port.name}”；其中有 ${has.map((name) => `“${name}”`).join('、')}。请把数组命名为“${port.name}”或“${node.id}.${port.name}”`,
      }, { node: node.id, port: port.name });
    }
    return ownType;
  });
  return complete ? fed : undefined;
}

/**
 * The names under which an array for a source's port may be given, the most particular first. A data
 * node takes the array of its port's name (`x`), an Input that of its id or its `name`, either also by
 * `<node id>.<port>`. An Input that is the graph's only source (`isAlone`) takes `x` whatever its name is.
 */
export function givenNames(node: { readonly id: NodeId; readonly params: Draft['params']; readonly definition: { readonly type: string } | undefined }, port: string, isAlone: boolean): readonly string[] {
  const exact = `${node.id}.${port}`;
  if (node.definition?.type !== 'Input') return [exact, port];
  const name = node.params['name'];
  return [exact, node.id, ...(typeof name === 'string' && name !== '' ? [name] : []), ...(isAlone ? ['x'] : [])];
}

function sizesFit(node: Draft, types: readonly TensorType[], batchSize: number, report: Report): boolean {
  for (const [i, type] of types.entries()) {
    const port = node.definition?.outputs[i]?.name ?? '';
    const sizes = type.shape.map((dim) => (dim === 'N' ? batchSize : dim));
    if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
      report.error('shape-mismatch', {
        en: `${named(node)} would give ${typeText(type)} at '${port}', which is empty; make its input larger or its window smaller`,
        zh: `${namedZh(node)}在“${port}”处的输出将是 ${typeText(type)}，其中没有元素；请增大它的输入或减小窗口`,
      }, { node: node.id, port, numbers: { shape: sizes } });
      return false;
    }
    const elements = elementCount(sizes);
    if (elements > MAX_ELEMENTS) {
      report.error('too-large', {
        en: `${named(node)} would give ${typeText(type)} at '${port}', with a batch of ${batchSize} that is ${elements} numbers; at most ${MAX_ELEMENTS} fit into one tensor. Make it smaller, or the batch`,
        zh: `${namedZh(node)}在“${port}”处的输出将是 ${typeText(type)}，批大小为 ${batchSize} 时共 ${elements} 个数；一个张量最多 ${MAX_ELEMENTS} 个。请缩小它或批大小`,
      }, { node: node.id, port, numbers: { elements, limit: MAX_ELEMENTS, batch: batchSize } });
      return false;
    }
  }
  return true;
}

/** Running statistics over a batch of one number per channel have no variance: the layer would only ever give its bias. */
function checkBatch(node: Draft, batchSize: number, report: Report): void {
  const shape = node.inputTypes?.[0]?.shape;
  const hasBuffers = Object.values(node.weights).some((weight) => weight.buffer === true);
  if (batchSize > 1 || !hasBuffers || shape === undefined || elementCount(shape.slice(2).map(Number)) > 1) return;
  report.warning('batch-too-small', {
    en: `${named(node)} normalizes over the batch, but the batch has 1 sample; with one value per channel its output is constant and nothing is learned. Use a batch of 2 or more, or LayerNorm`,
    zh: `${namedZh(node)}在批次上归一化，但每批只有 1 个样本；每个通道只有一个值时输出为常数，什么也学不到。请把批大小设为 2 以上，或改用层归一化`,
  }, { node: node.id, numbers: { batch: batchSize } });
}

function reportInference(node: Draft, error: unknown, report: Report): void {
  if (!(error instanceof ShapeError)) {
    const reason = error instanceof Error ? error.message : String(error);
    report.error('infer-failed', { en: `The types that ${named(node)} gives cannot be found: ${reason}`, zh: `无法得出${namedZh(node)}的输出类型：${reason}` }, { node: node.id });
    return;
  }
  // A port of several wires does not tell which of them is meant.
  const suspects = node.incoming.filter((wire) => wire.edge.to.port === error.port);
  const wire = suspects.length === 1 ? suspects[0] : undefined;
  const numbers: Record<string, number | readonly number[]> = {};
  for (const [i, each] of node.incoming.entries()) {
    const port = each.edge.to.port;
    const sizes = node.inputTypes?.[i]?.shape.map((dim) => (dim === 'N' ? -1 : dim));
    if (sizes !== undefined) numbers[Object.hasOwn(numbers, port) ? `${port}.${i}` : port] = sizes;
  }
  const judged = judgedTypes(node);
  if (error.code === 'class-count' && judged?.target.classes !== undefined) numbers['classes'] = judged.target.classes;
  const repair = error.repair ?? (error.code === 'class-count' ? widenPrediction(node) : judged === undefined ? undefined : flattenPrediction(node, judged));
  const plain = { en: error.text.en.replace(/\.$/, ''), zh: error.text.zh.replace(/[。.]$/, '') };
  const origin = wire === undefined ? { en: '', zh: '' } : { en: ` (it comes from ${named(wire.source)})`, zh: `（来自${namedZh(wire.source)}）` };
  const hint = repair === undefined || error.repair !== undefined ? { en: '', zh: '' } : repairText(repair);
  const advice = judged === undefined ? { en: '', zh: '' } : targetAdvice(judged, error.code);
  report.error(error.code, {
    en: `${named(node)}${plain.en.startsWith('needs ') ? '' : ':'} ${plain.en}${origin.en}${hint.en}${advice.en}`,
    zh: `${namedZh(node)}${plain.zh.startsWith('需要') ? '' : '：'}${plain.zh}${origin.zh}${hint.zh}${advice.zh}`,
  }, {
    node: node.id, ...(error.port === undefined ? {} : { port: error.port }), ...(wire === undefined ? {} : { edge: wire.shown }), numbers,
    ...(repair === undefined ? {} : { repair }),
  });
}

/** What a loss or a metric compares. */
function judgedTypes(node: Draft): { readonly prediction: TensorType; readonly target: TensorType } | undefined {
  const typeAt = (port: string) => node.inputTypes?.[node.incoming.findIndex((wire) => wire.edge.to.port === port)];
  const prediction = typeAt('prediction');
  const target = typeAt('target');
  return prediction === undefined || target === undefined ? undefined : { prediction, target };
}

/** The two mistakes that beginners make with labels. */
function targetAdvice({ prediction, target }: { readonly prediction: TensorType; readonly target: TensorType }, code: string): Text {
  if (prediction.dtype === 'i32' && target.dtype === 'f32') return { en: '; prediction and target seem to be swapped', zh: '；预测与目标似乎接反了' };
  if (code === 'shape-mismatch' && target.dtype === 'i32' && target.shape.length === prediction.shape.length - 1) {
    return { en: '; the target holds class indices, which CrossEntropy and Accuracy compare with one output per class', zh: '；目标是类别编号，CrossEntropy 和 Accuracy 会把它与每类一个的输出相比较' };
  }
  return { en: '', zh: '' };
}

type PlacedRepair = NonNullable<Problem['repair']>;

/**
 * One target per sample, but a prediction that still has the axes of an image or a sequence: somewhere upstream
 * a layer that works on the last axis alone took them for more samples. In front of the first such layer
 * a Flatten is missing.
 */
function flattenPrediction(node: Draft, { prediction, target }: { readonly prediction: TensorType; readonly target: TensorType }): PlacedRepair | undefined {
  if (prediction.shape.length < 3 || target.shape.length > 2) return undefined;
  let wire = node.incoming.find(({ edge }) => edge.to.port === 'prediction');
  let found: PlacedRepair | undefined;
  const seen = new Set<Draft>();
  while (wire !== undefined && !seen.has(wire.source)) {
    const { source } = wire;
    seen.add(source);
    const before = source.inputTypes?.[0]?.shape;
    const after = source.outputTypes?.[0]?.shape;
    if (before === undefined || after === undefined || after.length < 3) break;
    const keepsTheRest = before.length === after.length && before.slice(0, -1).every((size, i) => size === after[i]);
    if (keepsTheRest && Object.keys(source.weights).length > 0) found = { kind: 'insert-node', type: 'Flatten', beforePort: source.incoming[0]?.edge.to.port ?? 'x', node: source.id };
    wire = source.incoming[0];
  }
  return found;
}

function repairText(repair: PlacedRepair): Text {
  if (repair.kind === 'insert-node') return { en: `; insert ${repair.type} before '${repair.node}'`, zh: `；请在“${repair.node}”之前插入 ${repair.type}` };
  if (repair.kind !== 'set-param') return { en: '', zh: '' };
  return { en: `; set '${repair.param}' of '${repair.node}' to ${String(repair.value)}`, zh: `；请把“${repair.node}”的“${repair.param}”设为 ${String(repair.value)}` };
}

/**
 * A parameter upstream that makes the prediction as wide as the target has classes: walk back along
 * single wires, try every whole-number parameter that equals the present width, and infer again.
 */
function widenPrediction(loss: Draft): PlacedRepair | undefined {
  const judged = judgedTypes(loss);
  const width = judged?.prediction.shape[1];
  const wanted = judged?.target.classes;
  if (typeof width !== 'number' || wanted === undefined) return undefined;
  /** The nodes from the loss backwards; each after the first feeds the one before it. */
  const chain: Draft[] = [];
  for (let node = loss.incoming.find((wire) => wire.edge.to.port === 'prediction')?.source; node !== undefined && !chain.includes(node); node = node.incoming[0]?.source) {
    chain.push(node);
    for (const [name, value] of Object.entries(node.params)) {
      if (value === width && inferredWidth(chain, { ...node.params, [name]: wanted }) === wanted) return { kind: 'set-param', node: node.id, param: name, value: wanted };
    }
    if (node.incoming.length !== 1) break;
  }
  return undefined;
}

/** Width of the chain's end when its last node, the one furthest from the loss, had other parameters. */
function inferredWidth(chain: readonly Draft[], params: Readonly<Record<string, ParamValue>>): number | undefined {
  try {
    let types: readonly TensorType[] | undefined;
    for (const [i, node] of [...chain].reverse().entries()) {
      const inputs: readonly TensorType[] | undefined = types === undefined ? node.inputTypes : types.slice(0, 1);
      if (inputs === undefined || node.definition === undefined) return undefined;
      types = node.definition.infer(i === 0 ? params : node.params, inputs);
    }
    const width = types?.[0]?.shape[1];
    return typeof width === 'number' ? width : undefined;
  } catch {
    return undefined;
  }
}
