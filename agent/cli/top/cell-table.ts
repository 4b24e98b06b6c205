import { type Cell, type CutAt, columns, line, pad, type Style } from './cells.ts';

/** A column of a table, and how it gives way where the terminal is narrow. */
export interface Column {
  readonly text: string;
  readonly right?: boolean | undefined;
  /** It is never narrower than so many columns of the terminal, if its texts are that wide. Absent: it keeps its width. */
  readonly least?: number | undefined;
  /** The highest number is left out first; absent: it always stays. */
  readonly leave?: number | undefined;
  readonly cutAt?: CutAt | undefined;
}

const GAP = 2;
/** No text makes its column wider than this. */
const WIDEST = 40;

/** The table as lines, the heads first, none wider than the terminal. */
export function cellTable(
  heads: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  colour: boolean,
): readonly string[] {
  const widths = fitted(
    heads,
    heads.map((head, at) =>
      Math.max(columns(head.text), ...rows.map((cells) => Math.min(WIDEST, columns(cells[at]?.text ?? '')))),
    ),
    width,
  );
  const laid = (cells: readonly Cell[], style?: Style) =>
    line(
      [...widths].map(([at, room]) => ({
        text: pad(cells[at]?.text ?? '', room, heads[at]?.right === true, heads[at]?.cutAt),
        style: style ?? cells[at]?.style,
      })),
      width,
      colour,
    );
  return [laid(heads, 'dim'), ...rows.map((cells) => laid(cells))];
}

/** The columns that have room, with their widths: first those that matter least go, then the widest give way. */
function fitted(heads: readonly Column[], wanted: readonly number[], width: number): ReadonlyMap<number, number> {
  const kept = new Map(wanted.entries());
  const leastOf = (at: number) => Math.min(wanted[at] ?? 0, heads[at]?.least ?? WIDEST);
  const lacks = (widthOf: (at: number) => number) =>
    [...kept.keys()].reduce((sum, at) => sum + widthOf(at), (kept.size - 1) * GAP) - width;
  while (lacks(leastOf) > 0) {
    const leave = Math.max(...[...kept.keys()].map((at) => heads[at]?.leave ?? 0));
    if (leave === 0) break;
    kept.delete(heads.findIndex((head) => head.leave === leave));
  }
  for (let over = lacks((at) => kept.get(at) ?? 0); over > 0; over -= 1) {
    const [widest] = [...kept].filter(([at, room]) => room > leastOf(at)).sort(([, one], [, other]) => other - one);
    if (widest === undefined) break;
    kept.set(widest[0], widest[1] - 1);
  }
  return kept;
}
