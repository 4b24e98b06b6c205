import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';

/** A dialog of the browser: it holds the focus, ends by Escape, and gives the focus back. */
export function Modal(props: {
  readonly title: string;
  readonly onClosed: () => void;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    const element = dialog.current;
    const closed = () => props.onClosed();
    element?.addEventListener('close', closed);
    return () => element?.removeEventListener('close', closed);
  });
  return (
    <dialog ref={dialog} aria-labelledby={title}>
      <h2 id={title}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}
