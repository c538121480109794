/** A readable text form of a plan, for `netloom explain` and for whoever asks why a kernel is what it is. */
import { type Access, type Affine, type Kernel, type Plan, type ScalarExpr, type Store, walkPlan } from './plan.ts';

const AXIS_NAMES = 'ijklmnopqrstuvw';

export function printPlan(plan: Plan): string {
  const lines = [`plan: ${plan.kernels.length} kernels${plan.loops.length === 0 ? '' : ` (${[...walkPlan(plan)].length} calls of them)`}, arena ${plan.arenaBytes} bytes (${plan.clearedBytes} cleared)`, '', 'buffers'];
  for (const b of plan.buffers) {
    const place = b.role === 'temporary' ? `@${b.offset}` : b.window !== undefined ? `of b${b.window.of} from ${b.window.first} by ${b.window.step}${b.window.period === undefined ? '' : ` mod ${b.window.period}`}` : b.name === '' ? '' : `"${b.name}"`;
    lines.push(`  b${b.id} ${b.role} ${place} ${b.dtype}[${b.length}] ; ${b.label}`);
  }
  lines.push('', 'kernels');
  plan.kernels.forEach((kernel, i) => {
    const loop = plan.loops.find(({ first, end }) => first <= i && i < end);
    if (loop?.first === i) lines.push(`  ${loop.count} times:`);
    lines.push(...printKernel(kernel, i).map((line) => (loop === undefined ? line : `  ${line}`)));
  });
  return lines.join('\n');
}

function printKernel(kernel: Kernel, number: number): string[] {
  const head = `  ${number}. ${kernel.kind} "${kernel.name}"`;
  switch (kernel.kind) {
    case 'map': return [`${head} [${kernel.axes.join('×')}]`, ...kernel.stores.map((s) => `       ${printStore(s)}`)];
    case 'row':
      return [
        `${head} rows [${kernel.rowAxes.join('×')}] of [${kernel.elementAxes.join('×')}]`,
        ...kernel.stages.map((s) => `       ${s.kind === 'each' ? `each ${printStore(s.store)}` : `acc${s.index} = ${s.fn} ${printExpr(s.value)}`}`),
        ...kernel.finish.map((s) => `       ${printStore(s)}`),
      ];
    case 'contract':
      return [
        `${head} batch [${kernel.batchAxes.join('×')}] m [${kernel.mAxes.join('×')}] n [${kernel.nAxes.join('×')}] k [${kernel.kAxes.join('×')}]`,
        `       acc0 = sum ${printExpr(kernel.a)} * ${printExpr(kernel.b)}`,
        ...kernel.stores.map((s) => `       ${printStore(s)}`),
      ];
    case 'scatter': return [`${head} index [${kernel.indexAxes.join('×')}] rest [${kernel.restAxes.join('×')}]`, `       ${printAccess(kernel.to)} + ${kernel.rowStride}*(${printExpr(kernel.row)}) += ${printExpr(kernel.value)}`];
    default: {
      const never: never = kernel;
      throw new Error(`kernel ${String(never)}`);
    }
  }
}

const printStore = (store: Store): string => `${printAccess(store.to)} = ${printExpr(store.value)}`;

function printAffine(at: Affine): string {
  const terms = at.strides.flatMap((s, d) => (s === 0 ? [] : [s === 1 ? (AXIS_NAMES[d] ?? `x${d}`) : `${s}${AXIS_NAMES[d] ?? `x${d}`}`]));
  if (at.offset !== 0 || terms.length === 0) terms.unshift(String(at.offset));
  return terms.join('+');
}

function printAccess(access: Access): string {
  const guards = access.guards.map((g) => ` if 0<=${printAffine(g)}<${g.extent}`).join('');
  const rows = access.indirect === undefined ? '' : `+${access.indirect.stride}*${printAccess(access.indirect.index)}`;
  return `b${access.buffer}[${printAffine(access)}${rows}]${guards}${guards === '' || access.fill === 0 ? '' : ` else ${access.fill}`}`;
}

function printExpr(expr: ScalarExpr): string {
  switch (expr.kind) {
    case 'const': return String(expr.value);
    case 'load': return printAccess(expr.access);
    case 'index': return `(${printAffine(expr.at)})`;
    case 'random': return `${expr.distribution}(stream ${expr.stream}, ${printAffine(expr.at)})`;
    case 'call': return `${expr.fn}(${expr.args.map(printExpr).join(', ')})`;
    case 'inside': return `inside(${expr.guards.map((g) => `${printAffine(g)}<${g.extent}`).join(', ')})`;
    case 'accumulator': return `acc${expr.index}`;
    default: {
      const never: never = expr;
      throw new Error(`expression ${String(never)}`);
    }
  }
}
