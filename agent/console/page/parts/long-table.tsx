import { Component, type ComponentType, type RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { beforeNextFrame } from '../clock.ts';
import { drawnRows, type Seen, seenRows } from './window.ts';

export interface Head {
  readonly name: string;
  /** Class of the column: the style sheet knows its width. */
  readonly column: string;
}

interface LongTableProps<T> {
  readonly label: string;
  /** Class of the table. */
  readonly of: string;
  readonly heads: readonly Head[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** The cells of one row. It wakes itself when its item changes. */
  readonly Cells: ComponentType<{ readonly item: T }>;
  /** Shown where there is no item. */
  readonly empty: string;
}

/** The height that a row is taken to have until one was measured, pixels. */
const FIRST_GUESS = 36;

/** A table of any length: only rows that can be seen are drawn. All rows are equally high. */
export function LongTable<T>({ label, of, heads, items, keyOf, Cells, empty }: LongTableProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [seen, setSeen] = useState<Seen>({ first: 0, end: 40 });
  const [rowHeight, setRowHeight] = useState(FIRST_GUESS);
  const [focused, setFocused] = useState<string>();
  useSeen(body, rowHeight, items.length, setSeen);
  useLayoutEffect(() => {
    const row = body.current?.querySelector('tr.item');
    const height = row?.getBoundingClientRect().height ?? 0;
    if (height > 0 && Math.abs(height - rowHeight) > 0.5) setRowHeight(height);
  });
  if (items.length === 0) return <p class="empty">{empty}</p>;
  const end = Math.min(seen.end, items.length);
  const first = Math.min(seen.first, end);
  const held = focused === undefined ? -1 : items.findIndex((item) => keyOf(item) === focused);
  const drawn = drawnRows({ first, end }, held < 0 ? undefined : held, items.length);
  const after = items.length - 1 - (drawn.at(-1)?.[0] ?? -1);
  return (
    <table class={`long ${of}`} aria-label={label} aria-rowcount={items.length + 1}>
      <thead>
        <tr aria-rowindex={1}>
          {heads.map(({ name, column }) => (
            <th key={name} scope="col" class={column}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body} onBlurCapture={() => setFocused(undefined)}>
        {drawn.flatMap(([row, before]) => {
          const item = items[row] as T;
          const key = keyOf(item);
          return [
            before > 0 && <Gap key={`before ${key}`} height={before * rowHeight} />,
            <tr key={key} class="item" aria-rowindex={row + 2} onFocusCapture={() => setFocused(key)}>
              <Still item={item} Cells={Cells} />
            </tr>,
          ];
        })}
        {after > 0 && <Gap height={after * rowHeight} />}
      </tbody>
    </table>
  );
}

/** Takes the room of rows that are not drawn. */
function Gap({ height }: { readonly height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row that only takes room takes no focus
    <tr class="gap" aria-hidden="true">
      <td style={{ height: `${height}px` }} />
    </tr>
  );
}

/** Scrolling draws no row anew that is drawn already. */
class Still<T> extends Component<{ readonly item: T; readonly Cells: ComponentType<{ readonly item: T }> }, object> {
  override shouldComponentUpdate(next: { readonly item: T }): boolean {
    return next.item !== this.props.item;
  }

  override render() {
    const { Cells, item } = this.props;
    return <Cells item={item} />;
  }
}

/** Looks at what is seen: after each scroll, once a frame. */
function useSeen(
  body: RefObject<HTMLTableSectionElement | null>,
  rowHeight: number,
  count: number,
  setSeen: (change: (before: Seen) => Seen) => void,
): void {
  useEffect(() => {
    let waiting = false;
    let ended = false;
    const look = () => {
      waiting = false;
      const top = body.current?.getBoundingClientRect().top;
      if (ended || top === undefined) return;
      const next = seenRows(top, innerHeight, rowHeight, count);
      setSeen((before) => (before.first === next.first && before.end === next.end ? before : next));
    };
    const later = () => {
      if (waiting) return;
      waiting = true;
      beforeNextFrame(look);
    };
    look();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      ended = true;
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, [body, rowHeight, count, setSeen]);
}
