/** Numbers as they are typed and shown: no grouping, no rounding, and whatever was typed is kept. */
import type { NumberParam, OptionalNumberParam } from '../../engine/nodes/node-type.ts';

type Range = Pick<NumberParam | OptionalNumberParam, 'kind' | 'min' | 'max' | 'exclusive'>;

/** Undefined while it is not a number (yet): "", "-", "1e". */
export function parseNumber(typed: string): number | undefined {
  // Full-width digits and signs, as a Chinese keyboard gives them; a decimal comma; the real minus sign.
  const plain = typed.normalize('NFKC').trim().replace('−', '-').replace('。', '.').replace(',', '.');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

export const isWhole = ({ kind }: Pick<Range, 'kind'>): boolean => kind === 'int' || kind === 'optional-int';

export function isInRange(value: number, { kind, min, max, exclusive }: Range): boolean {
  if (isWhole({ kind }) && !Number.isInteger(value)) return false;
  if (value < min || value > max) return false;
  return !(value === min && (exclusive === 'min' || exclusive === 'both')) && !(value === max && (exclusive === 'max' || exclusive === 'both'));
}

/** As short as it can be without losing anything; very small and very large ones with an exponent. */
export function numberText(value: number): string {
  const plain = String(value);
  return Math.abs(value) >= 1e7 ? value.toExponential().replace('e+', 'e') : plain;
}

/** What the arrow keys make of a value: a whole number's next, or one more of a fraction's last digit. */
export function stepped(value: number, direction: 1 | -1, isLarge: boolean, range: Range): number {
  const unit = isWhole(range) ? 1 : lastDigit(value);
  const next = Number((value + direction * unit * (isLarge ? 10 : 1)).toPrecision(12));
  return Math.min(range.max, Math.max(range.min, next));
}
function lastDigit(value: number): number {
  if (value === 0) return 0.01;
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const digits = mantissa.split('.')[1]?.length ?? 0;
  // 0.1 goes on by hundredths and 0.001 by ten-thousandths: a step is never the value itself.
  return 10 ** (Number(exponent) - Math.max(1, digits));
}

/** 1,234,567 in the reader's way of writing. */
export const countText = (count: number, language: string): string => count.toLocaleString(language);
