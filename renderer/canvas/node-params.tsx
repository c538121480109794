/**
 * A parameter on a node, edited in place. Plain fields, because hundreds of them are on the screen at
 * once: what is typed is kept back until Enter (or leaving), Escape takes it back, and neither
 * dragging in it moves the node nor turning the wheel zooms.
 */
import { memo, useRef, useState } from 'react';
import type { NodeId, ParamValue } from '../../engine/graph/document.ts';
import type { ParamSpec } from '../../engine/nodes/node-type.ts';
import { Select, Switch } from '../ui/fields.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { intsText, parseInts } from './format.ts';
import type { ParamRow } from './geometry.ts';
import { useWords } from './words.tsx';

export const NodeParam = memo(function NodeParam({ node, row: { name, spec, value } }: { readonly node: NodeId; readonly row: ParamRow }) {
  const { editing } = useWorkspace();
  const { text } = useWords();
  const label = text(spec.title);
  const set = (next: ParamValue): void => {
    if (JSON.stringify(next) !== JSON.stringify(value)) editing.setParam(node, name, next);
  };
  return (
    <div className="canvas-param">
      <span className="canvas-param-label" title={`${label}: ${text(spec.help)}`} aria-hidden>{label}</span>
      <div className="canvas-param-field nodrag nopan">
        {spec.kind === 'choice' ? <Select label={label} hideLabel value={String(value)} options={spec.options.map((option) => ({ value: option.value, title: text(option.title) }))} onChange={set} />
          : spec.kind === 'bool' ? <Switch label={label} hideLabel isSelected={value === true} onChange={set} />
          : <LineField label={label} spec={spec} value={value} onCommit={set} />}
      </div>
    </div>
  );
});

type LineSpec = Exclude<ParamSpec, { kind: 'choice' | 'bool' }>;

function LineField({ label, spec, value, onCommit }: { readonly label: string; readonly spec: LineSpec; readonly value: ParamValue; readonly onCommit: (value: ParamValue) => void }) {
  const { t } = useWords();
  const [draft, setDraft] = useState<string>();
  /** Leaving the field commits, unless it was left by Enter or Escape, which have decided already. */
  const isDecided = useRef(false);
  const parsed = draft === undefined ? value : parseParam(spec, draft);
  const commit = (): void => {
    setDraft(undefined);
    if (!isDecided.current && draft !== undefined && parsed !== undefined) onCommit(parsed);
  };
  return (
    <input
      className={`canvas-input numbers${draft === undefined ? '' : ' nowheel'}`} aria-label={label} aria-invalid={parsed === undefined || undefined} title={parsed === undefined ? t('notAValue', { range: rangeOf(spec) }) : undefined}
      value={draft ?? showParam(spec, value)} inputMode={spec.kind === 'int' ? 'numeric' : spec.kind === 'float' ? 'decimal' : 'text'} spellCheck={false} autoComplete="off"
      onFocus={(event) => { isDecided.current = false; setDraft(event.currentTarget.value); event.currentTarget.select(); }}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        if (event.key === 'Enter') commit();
        else setDraft(undefined);
        isDecided.current = true;
        event.currentTarget.closest<HTMLElement>('.canvas-node')?.focus({ preventScroll: true });
      }}
    />
  );
}

export function showParam(spec: LineSpec, value: ParamValue): string {
  if (value === null) return '';
  if (typeof value === 'object') return intsText(value);
  return spec.kind === 'text' ? String(value) : String(Number(value));
}

/** Undefined for what is no value of this parameter. */
export function parseParam(spec: LineSpec, draft: string): ParamValue | undefined {
  switch (spec.kind) {
    case 'text': return draft.length <= spec.maxLength ? draft : undefined;
    case 'ints': {
      const values = parseInts(draft);
      return values !== undefined && values.length >= spec.minLength && values.length <= spec.maxLength && values.every((each) => each >= spec.min && each <= spec.max) ? values : undefined;
    }
    case 'int': case 'float': case 'optional-int': case 'optional-float': {
      const isOptional = spec.kind === 'optional-int' || spec.kind === 'optional-float';
      if (draft.trim() === '') return isOptional ? null : undefined;
      const number = Number(draft.trim().replace(',', '.'));
      if (!Number.isFinite(number) || ((spec.kind === 'int' || spec.kind === 'optional-int') && !Number.isInteger(number))) return undefined;
      const above = spec.exclusive === 'min' || spec.exclusive === 'both' ? number > spec.min : number >= spec.min;
      const below = spec.exclusive === 'max' || spec.exclusive === 'both' ? number < spec.max : number <= spec.max;
      return above && below ? number : undefined;
    }
  }
}

function rangeOf(spec: LineSpec): string {
  return spec.kind === 'text' ? `≤ ${spec.maxLength}` : `${spec.min} … ${spec.max}`;
}
