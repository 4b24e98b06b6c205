import { FAULTS } from '../../../drivers/contract/faults.ts';
import { columns, line, type Style } from './cells.ts';
import { showSpan } from './shown-text.ts';
import type { DeviceView } from './state.ts';
import type { ViewOptions } from './view-options.ts';

/** The words on a device that somebody looks into, before its values: its kind, its fault and the advice for it. */
export function aboutLines(device: DeviceView, { width, colour, now }: ViewOptions): readonly string[] {
  const { meta, identity, fault } = device;
  const told: (readonly [text: string, style: Style])[] = [];
  const kind = [meta?.label, meta?.driver].filter((text) => text !== undefined);
  if (kind.length > 0) told.push([kind.join(' · '), 'plain']);
  if (identity !== undefined && identity.size > 0) {
    told.push([[...identity].map(([part, text]) => `${part} ${text}`).join(' · '), 'plain']);
  }
  if (fault !== undefined && Object.hasOwn(FAULTS, fault)) {
    const { message, advice } = FAULTS[fault as keyof typeof FAULTS];
    told.push([`${message}. ${advice}`, 'bad']);
  }
  if (device.health !== 'online' && device.lastGoodAt !== undefined) {
    told.push([`last good reading ${showSpan(now - device.lastGoodAt)} ago`, 'warn']);
  }
  return told.flatMap(([text, style]) =>
    wrapped(text, width - 2).map((part) => line([{ text: `  ${part}`, style }], width, colour)),
  );
}

/** The text in lines that are cut between words. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let now = '';
  for (const word of text.split(' ')) {
    if (now !== '' && columns(now) + 1 + columns(word) > width) {
      lines.push(now);
      now = word;
    } else now = now === '' ? word : `${now} ${word}`;
  }
  return now === '' ? lines : [...lines, now];
}
