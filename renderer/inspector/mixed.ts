/** Several nodes as one: the parameters that they all have, and the value where all agree. */
import type { ParamValue } from '../../engine/graph/document.ts';
import type { ParamSpec } from '../../engine/nodes/node-type.ts';

export const MIXED = Symbol('mixed');

export interface Inspected {
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly values: Readonly<Record<string, ParamValue>>;
}
export interface CommonParam {
  readonly name: string;
  readonly spec: ParamSpec;
  readonly value: ParamValue | typeof MIXED;
}

/** Parameters that every node has under one name with one meaning: kind, title and range are the same. */
export function commonParams(nodes: readonly Inspected[]): readonly CommonParam[] {
  const [first, ...others] = nodes;
  if (first === undefined) return [];
  return Object.entries(first.params).flatMap(([name, spec]) => {
    const isShown = nodes.every(({ params, values }) => {
      const other = params[name];
      return other !== undefined && meaning(other) === meaning(spec) && (other.when?.(values) ?? true);
    });
    const value = first.values[name];
    if (!isShown || value === undefined) return [];
    return [{ name, spec, value: others.every(({ values }) => sameValue(values[name], value)) ? value : MIXED }];
  });
}

/** Functions and defaults left out: two types may start the same parameter differently. */
const meaning = ({ default: _, when: _when, help: _help, prominent: _prominent, ...rest }: ParamSpec): string => JSON.stringify(rest);

export const sameValue = (a: ParamValue | undefined, b: ParamValue | undefined): boolean => a === b || (Array.isArray(a) && Array.isArray(b) && JSON.stringify(a) === JSON.stringify(b));
/** One value of many: the common one, MIXED where they differ, undefined for none. */
export const common = <T,>(values: readonly T[]): T | typeof MIXED | undefined => (values.every((value) => value === values[0]) ? values[0] : MIXED);
