/** A program built again value by value. */
import { Builder } from '../tensor/builder.ts';
import { type Program, type Value, makeProgram } from '../tensor/ir.ts';

/** `rewrite` gives what stands for a value, built with `b`; `at` is what stands for an earlier one. Origins are kept. */
export function rewriteProgram(program: Program, rewrite: (b: Builder, value: Value, at: (v: Value) => Value) => Value): Program {
  const b = new Builder();
  const map = new Map<Value, Value>();
  const at = (v: Value): Value => map.get(v) ?? v;
  for (const value of program.values) map.set(value, b.at(value.origin, () => rewrite(b, value, at)));
  return makeProgram(new Map([...program.outputs].map(([name, value]) => [name, at(value)])), program.updates.map(({ state, value }) => ({ state: at(state) as Value<'state'>, value: at(value) })));
}

/** The value again, of other inputs. */
export function withInputs(b: Builder, value: Value, inputs: readonly Value[]): Value {
  return b.make(value.op, inputs, value.attrs, { shape: value.shape, dtype: value.dtype });
}
