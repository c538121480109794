/** Fields for values: text, numbers, choices, switches, sliders. Labels are never left out; `hideLabel` hides them from the eye alone. */
import { Check, ChevronDown } from 'lucide-react';
import { Button as AriaButton, FieldError, Input, Label, ListBox, ListBoxItem, NumberField as AriaNumberField, Popover, SearchField as AriaSearchField, type SearchFieldProps as AriaSearchFieldProps, Select as AriaSelect, SelectValue, Slider as AriaSlider, SliderOutput, SliderThumb, SliderTrack, Switch as AriaSwitch, Text, TextField as AriaTextField } from 'react-aria-components';
import './ui.css';

interface FieldProps {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly help?: string;
  readonly error?: string;
  readonly isDisabled?: boolean;
  readonly className?: string;
}
const Caption = ({ label, hideLabel = false }: FieldProps) => <Label className={hideLabel ? 'visually-hidden' : 'ui-label'}>{label}</Label>;
const Notes = ({ help, error }: FieldProps) => (
  <>
    {help !== undefined && <Text slot="description" className="ui-help">{help}</Text>}
    {error !== undefined && <FieldError className="ui-error">{error}</FieldError>}
  </>
);
const base = ({ isDisabled, error, className = '' }: FieldProps) => ({ className: `ui-field ${className}`, isInvalid: error !== undefined, ...(isDisabled === undefined ? {} : { isDisabled }) });

export function TextField(props: FieldProps & { readonly value: string; readonly onChange: (value: string) => void; readonly placeholder?: string; readonly autoFocus?: boolean; readonly maxLength?: number }) {
  const { value, onChange, placeholder, autoFocus = false, maxLength } = props;
  return (
    <AriaTextField {...base(props)} value={value} onChange={onChange} autoFocus={autoFocus} {...(maxLength === undefined ? {} : { maxLength })}>
      <Caption {...props} />
      <Input className="ui-input" {...(placeholder === undefined ? {} : { placeholder })} />
      <Notes {...props} />
    </AriaTextField>
  );
}

export function SearchField(props: FieldProps & { readonly value: string; readonly onChange: (value: string) => void; readonly placeholder?: string; readonly autoFocus?: boolean; readonly onKeyDown?: AriaSearchFieldProps['onKeyDown'] }) {
  const { value, onChange, placeholder, autoFocus = false, onKeyDown } = props;
  return (
    <AriaSearchField {...base(props)} value={value} onChange={onChange} autoFocus={autoFocus} {...(onKeyDown === undefined ? {} : { onKeyDown })}>
      <Caption {...props} />
      <Input className="ui-input" {...(placeholder === undefined ? {} : { placeholder })} />
    </AriaSearchField>
  );
}

/** Commits on Enter, on blur and by the arrow keys, never half-typed numbers. */
export function NumberField(props: FieldProps & { readonly value: number; readonly onChange: (value: number) => void; readonly min?: number; readonly max?: number; readonly step?: number; readonly digits?: number }) {
  const { value, onChange, min, max, step, digits = 8 } = props;
  return (
    <AriaNumberField {...base(props)} value={value} onChange={onChange} formatOptions={{ useGrouping: false, maximumSignificantDigits: digits }} {...(min === undefined ? {} : { minValue: min })} {...(max === undefined ? {} : { maxValue: max })} {...(step === undefined ? {} : { step })}>
      <Caption {...props} />
      <Input className="ui-input numbers" />
      <Notes {...props} />
    </AriaNumberField>
  );
}

export interface Option<V extends string> {
  readonly value: V;
  readonly title: string;
}
export function Select<V extends string>(props: FieldProps & { readonly value: V; readonly options: readonly Option<V>[]; readonly onChange: (value: V) => void }) {
  const { value, options, onChange } = props;
  return (
    <AriaSelect {...base(props)} selectedKey={value} onSelectionChange={(key) => key !== null && onChange(String(key) as V)}>
      <Caption {...props} />
      <AriaButton className="ui-input ui-select"><SelectValue /><ChevronDown size={14} aria-hidden /></AriaButton>
      <Notes {...props} />
      <Popover className="ui-popover" offset={4}>
        <ListBox className="ui-list">
          {options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} textValue={option.title} className="ui-option">
              {({ isSelected }) => <>{option.title}{isSelected && <Check size={14} aria-hidden />}</>}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export function Switch(props: FieldProps & { readonly isSelected: boolean; readonly onChange: (selected: boolean) => void }) {
  const { label, hideLabel = false, isSelected, onChange, isDisabled = false, help } = props;
  return (
    <div className={`ui-field ${props.className ?? ''}`}>
      <AriaSwitch className="ui-switch" isSelected={isSelected} onChange={onChange} isDisabled={isDisabled}>
        <span className="ui-switch-track" aria-hidden />
        <span className={hideLabel ? 'visually-hidden' : ''}>{label}</span>
      </AriaSwitch>
      {help !== undefined && <span className="ui-help">{help}</span>}
    </div>
  );
}

/** A slider; over the logarithm when `logarithmic`, which needs `min` above 0. */
export function Slider(props: FieldProps & { readonly value: number; readonly onChange: (value: number) => void; readonly onEnd?: (value: number) => void; readonly min: number; readonly max: number; readonly step?: number; readonly logarithmic?: boolean; readonly show?: (value: number) => string }) {
  const { value, onChange, onEnd, min, max, step, logarithmic = false, show = String, isDisabled = false } = props;
  const to = (x: number): number => (logarithmic ? Math.log10(Math.max(x, min)) : x);
  const from = (x: number): number => (logarithmic ? Number((10 ** x).toPrecision(3)) : x);
  return (
    <AriaSlider className={`ui-field ui-slider ${props.className ?? ''}`} value={to(value)} minValue={to(min)} maxValue={to(max)} step={logarithmic ? 0.01 : (step ?? (max - min) / 100)} onChange={(x) => onChange(from(x))} onChangeEnd={(x) => onEnd?.(from(x))} isDisabled={isDisabled}>
      <div className="ui-slider-head"><Caption {...props} /><SliderOutput className="numbers muted">{() => show(value)}</SliderOutput></div>
      <SliderTrack className="ui-slider-track"><SliderThumb className="ui-slider-thumb" /></SliderTrack>
    </AriaSlider>
  );
}
