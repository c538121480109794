/** What the layers that join wires share: how many there must be, and which shapes go together. */
import { type Dim, type TensorType, ShapeError } from '../node-type.ts';
import { formatShape, requireFloat } from '../shapes.ts';

/** Two or more wires of f32. */
export function requireSeveral(ins: readonly TensorType[], port: string): readonly TensorType[] {
  if (ins.length < 2) throw new ShapeError(`joins two or more wires, but '${port}' has ${ins.length}; connect another`, { code: 'missing-input', port, repair: { kind: 'connect', port } });
  for (const type of ins) requireFloat(type, port);
  return ins;
}

/** The common type of operands that are equal, or whose sizes of 1 repeat. The batch axis is common to all, so ranks must be equal. */
export function broadcastTypes(ins: readonly TensorType[], ports: readonly string[]): TensorType {
  const [first, ...rest] = ins;
  if (first === undefined) throw new ShapeError('has no input', { code: 'missing-input' });
  let shape: readonly Dim[] = first.shape;
  rest.forEach((type, i) => {
    const joined = type.shape.length === shape.length ? joinShapes(shape, type.shape) : undefined;
    if (joined === undefined) {
      const smaller = elementsPerSample(type.shape) === elementsPerSample(shape);
      throw new ShapeError(
        `its inputs have the shapes ${ins.map((t) => formatShape(t.shape)).join(' and ')}, which do not go together: sizes must be equal, or 1${smaller ? '; insert a Reshape' : ''}`,
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
