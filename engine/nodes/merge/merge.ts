/** What the layers that join wires share: how many there must be, and which shapes go together. */
import { type Dim, type TensorType, ShapeError } from '../node-type.ts';
import { formatShape, requireFloat } from '../shapes.ts';

/** Two or more wires of f32. */
export function requireSeveral(ins: readonly TensorType[], port: string): readonly TensorType[] {
  if (ins.length < 2) throw new ShapeError({ en: `joins two or more wires, but '${port}' has ${ins.length}; connect another`, zh: `用来合并两条或更多的连线，但“${port}”只有 ${ins.length} 条；请再连一条` }, { code: 'missing-input', port, repair: { kind: 'connect', port } });
  for (const type of ins) requireFloat(type, port);
  return ins;
}

/** The common type of operands that are equal, or whose sizes of 1 repeat. The batch axis is common to all, so ranks must be equal. */
export function broadcastTypes(ins: readonly TensorType[], ports: readonly string[]): TensorType {
  const [first, ...rest] = ins;
  if (first === undefined) throw new ShapeError({ en: 'has no input', zh: '没有输入' }, { code: 'missing-input' });
  let shape: readonly Dim[] = first.shape;
  rest.forEach((type, i) => {
    const joined = type.shape.length === shape.length ? joinShapes(shape, type.shape) : undefined;
    if (joined === undefined) {
      const smaller = elementsPerSample(type.shape) === elementsPerSample(shape);
      throw new ShapeError(
        { en: `its inputs have the shapes ${ins.map((t) => formatShape(t.shape)).join(' and ')}, which do not go together: sizes must be equal, or 1${smaller ? '; insert a Reshape' : ''}`, zh: `各输入的形状为 ${ins.map((t) => formatShape(t.shape)).join('、')}，不能合并：大小必须相同，或为 1${smaller ? '；请插入 Reshape（变形）' : ''}` },
        {
          code: 'shape-mismatch',
          ...(ports[i + 1] === undefined ? {} : { port: ports[i + 1] }),
          ...(smaller && ports[i + 1] !== undefined ? { repair: { kind: 'insert-node', type: 'Reshape', params: { shape: shape.slice(1).map(Number) }, beforePort: ports[i + 1] ?? '' } } : {}),
        },
      );
    }
    shape = joined;
  });
  return { shape, dtype: 'f32' };
}

function joinShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] | undefined {
  const joined: Dim[] = [];
  for (const [i, n] of a.entries()) {
    const m = b[i];
    if (m === undefined || (n !== m && n !== 1 && m !== 1)) return undefined;
    joined.push(n === 1 ? m : n);
  }
  return joined;
}

const elementsPerSample = (shape: readonly Dim[]): number => shape.reduce<number>((product, n) => (n === 'N' ? product : product * n), 1);
