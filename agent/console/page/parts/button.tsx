import type { ComponentChildren } from 'preact';

export function Button(props: {
  readonly children: ComponentChildren;
  readonly onPress?: () => void;
  readonly label?: string | undefined;
  readonly kind?: 'main' | 'small';
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly submits?: boolean;
}) {
  return (
    <button
      type={props.submits === true ? 'submit' : 'button'}
      class={props.kind}
      onClick={props.onPress}
      aria-label={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
    >
      {props.children}
    </button>
  );
}
