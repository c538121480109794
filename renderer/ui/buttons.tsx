/** Buttons in the window's look. An icon alone always has a name, which is its tooltip too. */
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, type Ref, useState } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps, ToggleButton as AriaToggleButton, Tooltip, TooltipTrigger } from 'react-aria-components';
import './ui.css';

/**
 * A button that is disabled while it has the keyboard would lose it to nowhere, and keys such as Escape would go to nobody.
 * It does nothing any more, but keeps the keyboard until that moves on.
 */
function useKeptFocus(isDisabled: boolean | undefined): Pick<AriaButtonProps, 'isDisabled' | 'isPending' | 'onFocusChange'> {
  const [isFocused, setFocused] = useState(false);
  if (isDisabled !== true) return { onFocusChange: setFocused };
  return { isDisabled: !isFocused, isPending: isFocused, onFocusChange: setFocused };
}

export interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className'> {
  readonly tone?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
  readonly className?: string;
  readonly ref?: Ref<HTMLButtonElement>;
}
export function Button({ tone = 'plain', icon: Icon, children, className = '', isDisabled, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} {...useKeptFocus(isDisabled)} className={`ui-button ui-button-${tone} ${className}`}>
      {Icon !== undefined && <Icon size={15} aria-hidden />}
      {children}
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'aria-label'> {
  readonly icon: LucideIcon;
  /** What it does; read aloud, and shown as a tooltip. */
  readonly label: string;
  /** Shown behind the label: "Ctrl+Z". */
  readonly keys?: string;
  readonly tone?: 'quiet' | 'primary' | 'danger';
  readonly className?: string;
}
export function IconButton({ icon: Icon, label, keys, tone = 'quiet', className = '', isDisabled, ...rest }: IconButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton {...rest} {...useKeptFocus(isDisabled)} aria-label={label} className={`ui-button ui-icon-button ui-button-${tone} ${className}`}><Icon size={16} aria-hidden /></AriaButton>
      <Tip label={label} {...(keys === undefined ? {} : { keys })} />
    </TooltipTrigger>
  );
}

export interface ToggleIconButtonProps extends Omit<IconButtonProps, 'tone' | 'onPress'> {
  readonly isSelected: boolean;
  readonly onChange: (selected: boolean) => void;
}
export function ToggleIconButton({ icon: Icon, label, keys, isSelected, onChange, isDisabled, className = '' }: ToggleIconButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <AriaToggleButton isSelected={isSelected} onChange={onChange} aria-label={label} className={`ui-button ui-icon-button ui-button-quiet ${className}`} {...(isDisabled === undefined ? {} : { isDisabled })}><Icon size={16} aria-hidden /></AriaToggleButton>
      <Tip label={label} {...(keys === undefined ? {} : { keys })} />
    </TooltipTrigger>
  );
}

function Tip({ label, keys }: { readonly label: string; readonly keys?: string }) {
  return <Tooltip className="ui-tooltip" offset={6}>{label}{keys !== undefined && <kbd>{keys}</kbd>}</Tooltip>;
}
