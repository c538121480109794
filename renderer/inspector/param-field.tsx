/** One parameter: its title, the control that its kind asks for, its default to go back to, and its help. */
import { CircleHelp, Minus, Plus, RotateCcw } from 'lucide-react';
import { memo, useCallback, useId, useLayoutEffect, useRef, useState } from 'react';
import { Slider as AriaSlider, SliderThumb, SliderTrack, TextField as AriaTextField, Input } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { ParamValue } from '../../engine/graph/document.ts';
import type { IntsParam, NumberParam, OptionalNumberParam, ParamSpec } from '../../engine/nodes/node-type.ts';
import { useText } from '../i18n/i18n.ts';
import { IconButton } from '../ui/buttons.tsx';
import { Select, Switch } from '../ui/fields.tsx';
import { MIXED, sameValue } from './mixed.ts';
import { NumberInput } from './number-input.tsx';
import { isInRange } from './number-text.ts';
import { rangeText, valueText } from './range-text.ts';
import { nearestStop, sliderStops } from './slider-stops.ts';

export interface ParamFieldProps {
  readonly spec: ParamSpec;
  readonly value: ParamValue | typeof MIXED;
  /** `undefined` takes it back to its default. */
  readonly onChange: (value: ParamValue | undefined) => void;
  readonly name: string;
  /** Numbers outside the range stay in the field (NumberInput tells why). */
  readonly isStrict?: boolean;
}

/** Typing into one field draws that one anew, not its dozen neighbours: whoever shows them may pass a new `onChange` each time. */
export function ParamField({ onChange, isStrict = false, ...rest }: ParamFieldProps) {
  const latest = useRef(onChange);
  useLayoutEffect(() => { latest.current = onChange; });
  const change = useCallback((value: ParamValue | undefined) => latest.current(value), []);
  return <Field {...rest} isStrict={isStrict} onChange={change} />;
}

const Field = memo(function Field({ spec, value, onChange, name, isStrict }: Required<ParamFieldProps>) {
  const { t, i18n } = useTranslation('inspector');
  const text = useText();
  const id = useId();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [typed, setTyped] = useState<string>();
  const title = text(spec.title);
  const unit = 'unit' in spec && spec.unit !== undefined ? text(spec.unit) : undefined;
  const label = unit === undefined ? title : `${title} (${unit})`;
  const range = rangeText(spec, i18n.language);
  const problem = typed !== undefined ? t('notANumber', { typed, range }) : value === MIXED || isFine(spec, value) || range === undefined ? undefined : t('outOfRange', { range });
  const differs = value === MIXED || !sameValue(value, spec.default);
  const notes = `${problem === undefined ? '' : `${id}-problem `}${id}-help`;
  return (
    <div className="inspector-param" data-param={name}>
      <span className="inspector-caption">
        <span aria-hidden className="inspector-caption-text">{title}{unit !== undefined && <span className="muted"> {unit}</span>}</span>
        <button type="button" className="inspector-help-button" aria-expanded={isHelpOpen} aria-controls={`${id}-help`} aria-label={t('help', { param: title })} onClick={() => setHelpOpen(!isHelpOpen)}><CircleHelp size={13} aria-hidden /></button>
      </span>
      <div className="inspector-control"><Control spec={spec} label={label} value={value} onChange={onChange} onInvalid={setTyped} describedBy={notes} isStrict={isStrict} /></div>
      <span className="inspector-reset">{differs && <IconButton icon={RotateCcw} label={t('reset', { param: title, value: valueText(spec, spec.default, text) })} onPress={() => { setTyped(undefined); onChange(undefined); }} />}</span>
      {problem !== undefined && <p id={`${id}-problem`} role="alert" className="inspector-invalid">{problem}</p>}
      <p id={`${id}-help`} hidden={!isHelpOpen} className="inspector-help">
        {text(spec.help)} {range !== undefined && <>{t('allowed', { range })} </>}{t('default', { value: valueText(spec, spec.default, text) })}
      </p>
    </div>
  );
});

function isFine(spec: ParamSpec, value: ParamValue): boolean {
  switch (spec.kind) {
    case 'int':
    case 'float': return typeof value === 'number' && isInRange(value, spec);
    case 'optional-int':
    case 'optional-float': return value === null || (typeof value === 'number' && isInRange(value, spec));
    case 'ints': return Array.isArray(value) && value.length >= spec.minLength && value.length <= spec.maxLength && value.every((n: number) => Number.isInteger(n) && n >= spec.min && n <= spec.max);
    case 'choice': return spec.options.some((option) => option.value === value);
    case 'bool': return typeof value === 'boolean';
    case 'text': return typeof value === 'string' && value.length <= spec.maxLength;
  }
}

interface ControlProps<S extends ParamSpec = ParamSpec> {
  readonly spec: S;
  readonly label: string;
  readonly value: ParamValue | typeof MIXED;
  readonly onChange: (value: ParamValue) => void;
  readonly onInvalid: (typed: string | undefined) => void;
  readonly describedBy: string;
  readonly isStrict: boolean;
}

function Control(props: ControlProps) {
  const { t } = useTranslation('inspector');
  const text = useText();
  const { spec, label, value, onChange } = props;
  switch (spec.kind) {
    case 'int':
    case 'float': return <NumberControl {...props} spec={spec} />;
    case 'optional-int':
    case 'optional-float': return <OptionalControl {...props} spec={spec} />;
    case 'bool': return <span className="inspector-row"><Switch label={label} hideLabel isSelected={value === true} onChange={onChange} />{value === MIXED && <span className="muted">{t('mixed')}</span>}</span>;
    case 'choice': {
      const options = spec.options.map((option) => ({ value: option.value, title: text(option.title) }));
      const known = typeof value === 'string' && options.some((option) => option.value === value);
      // Something must be shown for what is no choice: several values, or one of another version.
      const other = known ? [] : [{ value: '', title: value === MIXED ? t('mixed') : String(value) }];
      return <Select label={label} hideLabel value={known ? value : ''} options={[...other, ...options]} onChange={(next) => next !== '' && onChange(next)} />;
    }
    case 'ints': return <IntsControl {...props} spec={spec} />;
    case 'text':
      return (
        <AriaTextField aria-label={label} value={typeof value === 'string' ? value : ''} onChange={onChange} maxLength={spec.maxLength}>
          <Input className="ui-input" placeholder={value === MIXED ? t('mixed') : ''} />
        </AriaTextField>
      );
  }
}

function NumberControl({ spec, label, value, onChange, onInvalid, describedBy, isStrict }: ControlProps<NumberParam>) {
  const stops = sliderStops(spec);
  return (
    <span className="inspector-row">
      {stops !== undefined && <StopSlider label={label} stops={stops} value={typeof value === 'number' ? value : undefined} onChange={onChange} />}
      <NumberInput label={label} value={typeof value === 'number' ? value : MIXED} range={spec} onChange={onChange} onInvalid={onInvalid} describedBy={describedBy} isStrict={isStrict} />
    </span>
  );
}

function StopSlider({ label, stops, value, onChange }: { readonly label: string; readonly stops: readonly number[]; readonly value: number | undefined; readonly onChange: (value: number) => void }) {
  const { t } = useTranslation('inspector');
  return (
    <AriaSlider aria-label={t('slider', { param: label })} className="inspector-slider" minValue={0} maxValue={stops.length - 1} step={1} value={value === undefined ? 0 : nearestStop(stops, value)} onChange={(at) => {
      const next = stops[at];
      if (next !== undefined && next !== value) onChange(next);
    }}>
      <SliderTrack className="ui-slider-track">{({ state }) => (
        <>
          <span className="inspector-slider-fill" style={{ width: `${String(state.getThumbPercent(0) * 100)}%` }} />
          <SliderThumb className="ui-slider-thumb" aria-label={t('slider', { param: label })} />
        </>
      )}</SliderTrack>
    </AriaSlider>
  );
}

function OptionalControl({ spec, label, value, onChange, onInvalid, describedBy }: ControlProps<OptionalNumberParam>) {
  const { t } = useTranslation('inspector');
  const [last, setLast] = useState<number>();
  const isOn = value !== null && value !== MIXED;
  const toggle = (on: boolean): void => {
    if (!on && typeof value === 'number') setLast(value);
    onInvalid(undefined);
    onChange(on ? (last ?? spec.default ?? firstValue(spec)) : null);
  };
  return (
    <span className="inspector-row">
      <Switch label={t('set', { param: label })} hideLabel isSelected={isOn} onChange={toggle} />
      {typeof value === 'number' ? <NumberInput label={label} value={value} range={spec} onChange={onChange} onInvalid={onInvalid} describedBy={describedBy} /> : <span className="muted">{value === MIXED ? t('mixed') : t('off')}</span>}
    </span>
  );
}
/** What an optional number starts with when it is switched on: 1, or a round number in the middle of a range that is far wider. */
function firstValue({ min, max, kind }: OptionalNumberParam): number {
  if (kind === 'optional-float' || min < 1) return Math.min(Math.max(1, min), max);
  return Math.min(max, Math.max(min, 10 ** Math.round(Math.log10(Math.sqrt(min * max)))));
}

function IntsControl({ spec, label, value, onChange, onInvalid, describedBy }: ControlProps<IntsParam>) {
  const { t } = useTranslation('inspector');
  const values: readonly number[] = Array.isArray(value) ? value : [];
  const range = { kind: 'int', min: spec.min, max: spec.max } as const;
  if (value === MIXED) return <span className="inspector-row"><span className="muted">{t('mixed')}</span><IconButton icon={Plus} label={t('setAll', { param: label })} onPress={() => onChange([...spec.default])} /></span>;
  return (
    <span className="inspector-row inspector-ints">
      {values.length === 0 && <span className="muted">{t('empty')}</span>}
      {values.map((each, i) => (
        <span key={String(i)} className="inspector-ints-cell">
          {i > 0 && <span className="muted" aria-hidden>×</span>}
          <NumberInput label={t('nth', { param: label, n: i + 1, count: values.length })} value={each} range={range} onChange={(next) => onChange(values.map((n, at) => (at === i ? next : n)))} onInvalid={onInvalid} describedBy={describedBy} />
        </span>
      ))}
      {values.length > spec.minLength && <IconButton className="inspector-ints-button" icon={Minus} label={t('fewer', { param: label })} onPress={() => onChange(values.slice(0, -1))} />}
      {values.length < spec.maxLength && <IconButton className="inspector-ints-button" icon={Plus} label={t('more', { param: label })} onPress={() => onChange([...values, values.at(-1) ?? Math.max(1, spec.min)])} />}
    </span>
  );
}
