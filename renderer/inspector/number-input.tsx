/**
 * A number as it is typed: every keystroke that is a number goes into the document, in range or not,
 * and what is none yet stays in the field with the reason below it. Nothing that was typed is lost.
 */
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NumberParam, OptionalNumberParam } from '../../engine/nodes/node-type.ts';
import { MIXED } from './mixed.ts';
import { isInRange, numberText, parseNumber, stepped } from './number-text.ts';

export interface NumberInputProps {
  readonly label: string;
  readonly value: number | typeof MIXED;
  readonly range: Pick<NumberParam | OptionalNumberParam, 'kind' | 'min' | 'max' | 'exclusive'>;
  readonly onChange: (value: number) => void;
  /** Tells what is wrong, or that nothing is any more. */
  readonly onInvalid: (typed: string | undefined) => void;
  readonly describedBy?: string;
  /** The document cannot hold a number outside the range: it stays in the field, like what is no number. */
  readonly isStrict?: boolean;
}

export function NumberInput({ label, value, range, onChange, onInvalid, describedBy, isStrict = false }: NumberInputProps) {
  const { t } = useTranslation('inspector');
  const [draft, setDraft] = useState<{ readonly text: string; readonly over: number | typeof MIXED }>();
  const parse = (text: string): number | undefined => {
    const number = parseNumber(text);
    return number === undefined || (isStrict && !isInRange(number, range)) ? undefined : number;
  };
  // What was typed stands as long as it still means the value there is, or is not a number yet over that same value.
  const typed = draft === undefined ? undefined : parse(draft.text);
  const stands = draft !== undefined && (typed === undefined ? draft.over === value : typed === value);
  const shown = stands ? draft.text : value === MIXED ? '' : numberText(value);
  const isInvalid = stands && typed === undefined ? draft.text.trim() !== '' || value !== MIXED : value !== MIXED && !isInRange(value, range);

  const take = (text: string): void => {
    const next = parse(text);
    setDraft({ text, over: next ?? value });
    onInvalid(next === undefined && text.trim() !== '' ? text : undefined);
    if (next !== undefined && next !== value) onChange(next);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if ((event.key === 'ArrowUp' || event.key === 'ArrowDown') && value !== MIXED && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      take(numberText(stepped(value, event.key === 'ArrowUp' ? 1 : -1, event.shiftKey, range)));
    } else if (event.key === 'Escape' && stands && typed === undefined) {
      event.stopPropagation();
      setDraft(undefined);
      onInvalid(undefined);
    } else if (event.key === 'Enter') event.currentTarget.select();
  };
  return (
    <input type="text" inputMode={range.kind.endsWith('int') ? 'numeric' : 'decimal'} autoComplete="off" spellCheck={false} className="ui-input numbers inspector-number"
      aria-label={label} aria-invalid={isInvalid} aria-describedby={describedBy} data-invalid={isInvalid || undefined} placeholder={value === MIXED ? t('mixed') : undefined}
      value={shown} onChange={({ target }) => take(target.value)} onKeyDown={onKeyDown} onFocus={({ currentTarget }) => currentTarget.select()}
      onBlur={() => {
        // A number is written out as the document has it; an emptied field shows it again.
        if (typed !== undefined || draft?.text.trim() === '') setDraft(undefined);
      }} />
  );
}
