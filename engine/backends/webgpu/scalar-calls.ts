/**
 * Calls of the scalar functions as WGSL. The text comes from the scalar table; here is only what differs on
 * a GPU, whose compilers may take max(NaN, 0) for 0: a run that diverges must be seen to diverge.
 */
import type { ScalarFn } from '../../tensor/ir.ts';
import { type WgslHelper } from '../../tensor/scalar-wgsl.ts';
import { scalarFunctions } from '../../tensor/scalar.ts';
import type { KernelCode, RegisterType } from './code.ts';

function addHelper(code: KernelCode, helper: WgslHelper): void {
  for (const needed of helper.needs) addHelper(code, needed);
  code.addHelper(helper.name, helper.text);
}

/** `types` are those of the arguments, `result` that of the result. */
export function callText(code: KernelCode, fn: ScalarFn, args: readonly string[], types: readonly RegisterType[], result: RegisterType): string {
  const [x = '0', y = '0'] = args;
  switch (fn) {
    case 'max':
    case 'min':
      return result === 'f32' ? `${code.helper(fn === 'max' ? 'max_nan' : 'min_nan')}(${x}, ${y})` : `${fn}(${x}, ${y})`;
    case 'sin':
      return `${code.helper('sin_at')}(${x}, 0)`;
    case 'cos':
      return `${code.helper('sin_at')}(${x}, 1)`;
    default: {
      const entry = scalarFunctions[fn];
      if (entry.wgslHelper !== undefined) addHelper(code, entry.wgslHelper);
      return entry.wgsl(args, types);
    }
  }
}
