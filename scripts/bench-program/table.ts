import type { Case, Column, Row } from './cases/case.ts';
import type { Figures } from './figures.ts';

const SUBJECT_WIDTH = 18;
const BAUD_WIDTH = 7;

/** The heads of a case's columns, under a line that says what the case is. */
export function head({ name, summary, columns, bauds }: Case): string {
  const heads = columns.map(({ head }) => head.padStart(width(head)));
  return `\n${name}: ${summary}\n${[...left('', bauds.length === 0 ? '' : 'baud'), ...heads].join('  ')}\n`;
}

/** A row, and under a peer's row what Fieldward is against it. */
export function body({ columns }: Case, { subject, baud, figures, ratios }: Row): string {
  const measured = [
    ...left(subject, baud === 0 ? '' : String(baud)),
    ...cells(columns, figures, (value, digits) => value.toFixed(digits)),
  ];
  if (ratios === undefined) return `${measured.join('  ')}\n`;
  const compared = [...left('  fieldward is', ''), ...cells(columns, ratios, (value) => `×${value.toFixed(2)}`)];
  return `${measured.join('  ')}\n${compared.join('  ').trimEnd()}\n`;
}

/** As a program reads it: flat, so that a figure has one place in every case. */
export function json({ case: name, subject, baud, figures, ratios }: Row): string {
  return JSON.stringify({
    case: name,
    subject,
    ...(baud === 0 ? {} : { baud }),
    ...figures,
    ...(ratios && { fieldwardRatios: ratios }),
  });
}

function left(subject: string, baud: string): readonly string[] {
  return [subject.padEnd(SUBJECT_WIDTH), baud.padStart(BAUD_WIDTH)];
}

function cells(
  columns: readonly Column[],
  figures: Figures,
  text: (value: number, digits: number) => string,
): readonly string[] {
  return columns.map(({ head, figure, digits }) => {
    const value = figures[figure];
    return (value === undefined ? '' : text(value, digits)).padStart(width(head));
  });
}

function width(head: string): number {
  return Math.max(head.length, 7);
}
