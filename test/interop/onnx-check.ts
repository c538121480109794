/**
 * What a well-formed ONNX model must keep, read from the file's bytes by rules of their own: the
 * official checker is Python, and the exporter's own knowledge of shapes must not judge itself.
 */
import { type Onnx, onnxCodec } from '../../engine/interop/onnx/schema.ts';

/** The problems of a model; none for a good one. */
export function modelProblems(bytes: Uint8Array): string[] {
  const model = onnxCodec.decode('ModelProto', bytes);
  const problems: string[] = [];
  if (model.irVersion !== 8) problems.push(`IR version ${model.irVersion}`);
  if (model.opsetImport.length !== 1 || (model.opsetImport[0]?.domain ?? '') !== '' || model.opsetImport[0]?.version !== 17) problems.push(`opsets ${JSON.stringify(model.opsetImport)}`);
  if (model.producerName !== 'Netloom') problems.push(`producer ${model.producerName}`);
  const { graph } = model;
  if (graph === undefined) return [...problems, 'no graph'];
  if (!/^[A-Za-z0-9_]+$/.test(graph.name ?? '')) problems.push(`graph name '${graph.name}'`);

  const defined = new Set<string>();
  const define = (name: string | undefined, what: string): void => {
    if (name === undefined || name === '') problems.push(`${what} without a name`);
    else if (defined.has(name)) problems.push(`'${name}' is defined twice`);
    else defined.add(name);
  };
  const used = new Set<string>();
  for (const input of graph.input) define(input.name, 'input');
  for (const tensor of graph.initializer) {
    define(tensor.name, 'initializer');
    problems.push(...initializerProblems(tensor));
  }
  const names = new Set<string>();
  for (const node of graph.node) {
    if (node.name === undefined || names.has(node.name)) problems.push(`operator name '${node.name}' is missing or not unique`);
    names.add(node.name ?? '');
    for (const input of node.input) {
      if (input === '') continue;
      used.add(input);
      if (!defined.has(input)) problems.push(`${node.opType} '${node.name}' reads '${input}' before it is defined`);
    }
    for (const output of node.output) define(output, node.opType ?? 'operator');
  }
  for (const output of graph.output) {
    used.add(output.name ?? '');
    if (!defined.has(output.name ?? '')) problems.push(`output '${output.name}' is given by nothing`);
  }
  for (const tensor of graph.initializer) if (!used.has(tensor.name ?? '')) problems.push(`initializer '${tensor.name}' is read by nothing`);

  const outputs = new Set(graph.output.map((output) => output.name));
  const described = new Set(graph.valueInfo.map((info) => info.name));
  for (const node of graph.node) {
    for (const output of node.output) {
      if (!outputs.has(output) && !described.has(output)) problems.push(`'${output}' has no value_info`);
      if (!outputs.has(output) && !used.has(output)) problems.push(`'${output}' is read by nothing`);
    }
  }
  for (const info of [...graph.input, ...graph.output, ...graph.valueInfo]) {
    if (info.type?.tensorType?.elemType === undefined) problems.push(`'${info.name}' has no element type`);
    for (const dim of info.type?.tensorType?.shape?.dim ?? [{}]) {
      if (info.type?.tensorType?.shape === undefined || (dim.dimValue === undefined) === (dim.dimParam === undefined)) problems.push(`'${info.name}' has an axis that is neither a number nor a name`);
      if (dim.dimValue !== undefined && dim.dimValue < 1) problems.push(`'${info.name}' has an axis of ${dim.dimValue}`);
    }
  }
  for (const info of [...graph.input, ...graph.output]) {
    if (info.type?.tensorType?.shape?.dim[0]?.dimParam !== 'batch') problems.push(`the batch of '${info.name}' is not open`);
  }
  return problems;
}

function initializerProblems({ name, dims, dataType, rawData }: Onnx<'TensorProto'>): string[] {
  const bytes = dataType === 1 || dataType === 6 ? 4 : dataType === 7 ? 8 : NaN;
  const wanted = dims.reduce((product, size) => product * size, bytes);
  return rawData?.length === wanted ? [] : [`initializer '${name}' of type ${dataType} and shape [${dims.join(', ')}] has ${rawData?.length} bytes`];
}
