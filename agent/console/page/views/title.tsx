import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** The heading of what is shown. It takes the focus when another view opens, so that a reader of the screen hears of it. */
export function ViewTitle({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Fieldward`;
    if (opened) heading.current?.focus({ preventScroll: true });
    if (opened) scrollTo(0, 0);
    opened = true;
  }, [title]);
  return (
    <div class="title">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </div>
  );
}

/** The first view of a page takes no focus: the browser begins at the top. */
let opened = false;
