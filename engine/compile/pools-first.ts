/**
 * Takes the largest of each window before ReLU instead of after it: max(relu(a), relu(b)) = relu(max(a, b)). Activation and its
 * slope are then needed for the winners only. Where no element of a window is positive another one may win, but its gradient
 * is 0 either way. And of gradients that winners hand on, a sum over the whole image is the sum over the windows, so that a bias
 * need not look at the image; unless a normalisation does in any case, which adds up both sums in one pass.
 */
import { type Program, type Value, isOp } from '../tensor/ir.ts';
import { constantOf } from '../tensor/scalar.ts';
import { type Users, usersOf } from './recompute.ts';
import { rewriteProgram, withInputs } from './rewrite-program.ts';

/** The gradient of a ReLU that only pooling reads, and the pooling whose winners it goes to. */
interface MaskedGradient {
  readonly gradient: Value<'maxPoolGrad'>;
  readonly pooled: Value<'maxPool'>;
}

export function poolsFirst(program: Program): Program {
  const users = usersOf(program);
  const { relus, masked } = findPools(program, users);
  return rewriteProgram(program, (b, value, at) => {
    const [relu] = value.inputs;
    if (relu !== undefined && relus.has(relu)) {
      const source = at(relu.inputs[0] as Value);
      if (isOp(value, 'maxPool')) return b.at(relu.origin, () => b.relu(b.at(value.origin, () => b.maxPool(source, value.attrs.window))));
      if (isOp(value, 'maxPoolArg')) return withInputs(b, value, [source]);
    }
    const mask = masked.get(value);
    if (mask !== undefined) {
      const { gradient, pooled } = mask;
      const winners = b.select(b.less(0, at(pooled)), at(gradient.inputs[1] as Value), 0);
      return b.at(gradient.origin, () => b.maxPoolGrad(at(gradient.inputs[0] as Value), winners, gradient.attrs.window, gradient.shape));
    }
    const inputs = value.inputs.map(at);
    const [summed] = inputs;
    if (isOp(value, 'reduce') && value.attrs.fn === 'sum' && summed !== undefined && isOp(summed, 'maxPoolGrad') && isWholeImage(value, summed) && readersOf(users, value.inputs[0]).every((user) => user.op !== 'map')) return withInputs(b, value, [summed.inputs[1] as Value]);
    return withInputs(b, value, inputs);
  });
}

const readersOf = (users: Users, value: Value | undefined): readonly Value[] => (value === undefined ? undefined : users.get(value)) ?? [];

/** Whether the sum goes over all places of the image, and every window has its winner within it. */
function isWholeImage({ attrs: { axes } }: Value<'reduce'>, { shape, attrs: { window } }: Value<'maxPoolGrad'>): boolean {
  return shape.every((_, axis) => axis < 2 || axes.includes(axis)) && [...window.padBefore, ...window.padAfter].every((n) => n === 0);
}

/** ReLUs that nothing but pooling reads, their own slope aside, and the gradients through that slope. */
function findPools(program: Program, users: Users): { readonly relus: ReadonlySet<Value>; readonly masked: ReadonlyMap<Value, MaskedGradient> } {
  const asked = new Set([...program.outputs.values(), ...program.updates.map(({ value }) => value)]);
  const relus = new Set<Value>();
  const masked = new Map<Value, MaskedGradient>();
  for (const relu of program.values) {
    if (!isOp(relu, 'map') || relu.attrs.fn !== 'relu' || asked.has(relu)) continue;
    const found = new Map<Value, MaskedGradient>();
    const pools = readersOf(users, relu).filter((user) => isOp(user, 'maxPool'));
    const isSlope = (user: Value): boolean => {
      if (!isOp(user, 'map') || user.attrs.fn !== 'less' || asked.has(user)) return false;
      const [zero, of] = user.inputs;
      return zero !== undefined && constantOf(zero) === 0 && of === relu && readersOf(users, user).every((select) => {
        const mask = maskedGradient(select, user, pools);
        if (mask !== undefined) found.set(select, mask);
        return mask !== undefined;
      });
    };
    if (pools.length === 0 || !readersOf(users, relu).every((user) => isOp(user, 'maxPool') || isOp(user, 'maxPoolArg') || isSlope(user))) continue;
    relus.add(relu);
    for (const [select, mask] of found) masked.set(select, mask);
  }
  return { relus, masked };
}

/** `value` as select(slope, gradient of one of the pools, 0). */
function maskedGradient(value: Value, slope: Value, pools: readonly Value<'maxPool'>[]): MaskedGradient | undefined {
  if (!isOp(value, 'map') || value.attrs.fn !== 'select') return undefined;
  const [condition, gradient, otherwise] = value.inputs;
  if (condition !== slope || gradient === undefined || otherwise === undefined || constantOf(otherwise) !== 0 || !isOp(gradient, 'maxPoolGrad')) return undefined;
  const window = JSON.stringify(gradient.attrs.window);
  const pooled = pools.find((pool) => JSON.stringify(pool.attrs.window) === window);
  const winners = gradient.inputs[0];
  if (pooled === undefined || winners === undefined || !isOp(winners, 'maxPoolArg') || winners.inputs[0] !== pooled.inputs[0]) return undefined;
  return { gradient, pooled };
}
