import { type Cell, columns, line, pad, type Style } from './cells.ts';
import { showValue } from './shown-text.ts';
import type { DeviceView } from './state.ts';
import type { ViewOptions } from './view-options.ts';

const WIDEST_NAME = 28;
const WIDEST_VALUE = 24;
/** Names that are cut to this still can be told apart: so much is given for a further pair in a line. */
const SHORT_NAME = 20;
/** The two blanks before a name, and the one before its value. */
const BLANKS = 3;

/** The points of a device that can not be read, then its values in columns. */
export function valueLines(device: DeviceView, options: ViewOptions): readonly string[] {
  const { width, colour } = options;
  const pairs = [...device.values].map(([point, value]) => ({
    point,
    shown: showValue(value, options.unitOf?.(device.id, point) ?? device.meta?.points.get(point)?.unit),
  }));
  const named = Math.min(WIDEST_NAME, Math.max(0, ...pairs.map(({ point }) => columns(point))));
  const shownWidth = Math.min(WIDEST_VALUE, Math.max(0, ...pairs.map(({ shown }) => columns(shown))));
  const perRow = Math.max(1, Math.floor(width / (Math.min(named, SHORT_NAME) + shownWidth + BLANKS)));
  const pointWidth = Math.max(1, Math.min(named, Math.floor(width / perRow) - shownWidth - BLANKS));
  const style: Style = device.health === 'online' ? 'plain' : 'dim';
  const result: string[] = [];
  for (const [point, code] of device.unreadable) {
    result.push(line([{ text: `  ${point} can't be read: ${code}`, style: 'bad' }], width, colour));
  }
  if (device.unreadableMore > 0) {
    result.push(line([{ text: `  ${device.unreadableMore} more can't be read`, style: 'bad' }], width, colour));
  }
  for (let from = 0; from < pairs.length; from += perRow) {
    const cells = pairs.slice(from, from + perRow).flatMap(({ point, shown }): Cell[] => [
      { text: ` ${pad(point, pointWidth, false, 'middle')}`, style: 'dim' },
      { text: pad(shown, shownWidth, true), style },
    ]);
    result.push(line([{ text: '' }, ...cells], width, colour, ' '));
  }
  return result;
}
