/** Python as text, for the lines that node types give for PyTorch and Keras. */

export type PythonArgument = string | number | boolean | readonly number[] | undefined;

/** Strings are taken as Python source; lists become tuples, or one number where all are equal. */
function literal(value: Exclude<PythonArgument, undefined>): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  const [first] = value;
  return first !== undefined && value.every((n) => n === first) ? String(first) : tuple(value);
}

export const tuple = (values: readonly number[]): string => `(${values.join(', ')}${values.length === 1 ? ',' : ''})`;

/** `call('nn.Linear', [784, 10], { bias: false })` gives `nn.Linear(784, 10, bias=False)`; undefined keywords are left out. */
export function call(name: string, positional: readonly Exclude<PythonArgument, undefined>[] = [], keywords: Readonly<Record<string, PythonArgument>> = {}): string {
  const named = Object.entries(keywords).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${literal(value)}`]));
  return `${name}(${[...positional.map(literal), ...named].join(', ')})`;
}

/** A keyword that is only written where it differs from the framework's default. */
export function unless<T extends Exclude<PythonArgument, undefined>>(value: T, usual: T | number): T | undefined {
  const same = Array.isArray(value) ? value.every((n) => n === usual) : value === usual;
  return same ? undefined : value;
}
