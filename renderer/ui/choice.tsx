/** One of a few that exclude each other, all of them in sight. */
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import './ui.css';

export interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly title: string }[];
  readonly onChange: (value: T) => void;
}
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <ToggleButtonGroup
      className="ui-choice" aria-label={label} selectionMode="single" disallowEmptySelection selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const chosen = options.find((option) => keys.has(option.value));
        if (chosen !== undefined) onChange(chosen.value);
      }}
    >
      {options.map((option) => <ToggleButton key={option.value} id={option.value}>{option.title}</ToggleButton>)}
    </ToggleButtonGroup>
  );
}
