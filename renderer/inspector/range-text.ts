/** What a parameter may be, in words and in the reader's language. */
import type { ParamValue } from '../../engine/graph/document.ts';
import type { ParamSpec, Text } from '../../engine/nodes/node-type.ts';
import { translate } from '../i18n/i18n.ts';
import { countText, isWhole } from './number-text.ts';

export function rangeText(spec: ParamSpec, language: string): string | undefined {
  switch (spec.kind) {
    case 'int':
    case 'float':
    case 'optional-int':
    case 'optional-float': {
      const range = { min: limit(spec.min, language), max: limit(spec.max, language) };
      const what = translate(isWhole(spec) ? 'inspector:range.whole' : 'inspector:range.number');
      return what + translate(`inspector:range.${spec.exclusive ?? 'closed'}`, range);
    }
    case 'ints': {
      const range = { min: limit(spec.min, language), max: limit(spec.max, language) };
      const count = spec.minLength === spec.maxLength ? String(spec.minLength) : `${String(spec.minLength)}–${String(spec.maxLength)}`;
      return translate('inspector:range.list', { ...range, count });
    }
    case 'text': return translate('inspector:range.text', { count: spec.maxLength });
    case 'bool':
    case 'choice': return undefined;
  }
}
const limit = (value: number, language: string): string => (Math.abs(value) >= 1e10 ? value.toExponential().replace('e+', 'e') : countText(value, language));

/** A value as people read it: the title of a choice, "off" for none, sizes with × between them. */
export function valueText(spec: ParamSpec, value: ParamValue, text: (text: Text) => string): string {
  if (value === null) return translate('inspector:off');
  if (typeof value === 'boolean') return translate(value ? 'inspector:on' : 'inspector:off');
  if (Array.isArray(value)) return value.length === 0 ? translate('inspector:empty') : value.join(' × ');
  const title = spec.kind === 'choice' ? spec.options.find((option) => option.value === value)?.title : undefined;
  return title === undefined ? (value === '' ? translate('inspector:empty') : String(value)) : text(title);
}
