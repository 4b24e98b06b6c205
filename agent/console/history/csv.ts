import type { KeptValues } from './point-history.ts';

/** One point of the file. */
export interface Series {
  readonly gateway: string;
  readonly device: string;
  readonly point: string;
  readonly unit: string;
  readonly kept: KeptValues;
}

const HEAD = 'time,gateway,device,point,value,unit';

/** RFC 4180: a head, then a record for each value, one point after the other; an unknown value is empty. Pure. */
export function csvText(series: readonly Series[]): string {
  const lines = [HEAD];
  for (const { gateway, device, point, unit, kept } of series) {
    const [names, behind] = [[gateway, device, point].map(field).join(','), field(unit)];
    for (const [index, at] of kept.at.entries()) {
      const value = kept.values[index] ?? Number.NaN;
      lines.push(`${new Date(at).toISOString()},${names},${Number.isNaN(value) ? '' : String(value)},${behind}`);
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** The beginnings of texts that a spreadsheet would take for a formula, or with their full width in East Asia. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

/** A text in quotes where it needs them, and never a formula. */
function field(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) || harmless !== text ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
