import type { Device, RawTable, RawView } from '../../../drivers/contract/driver.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import type { CliIo } from '../io.ts';
import { table } from '../table.ts';
import { showValue } from '../top/shown-text.ts';
import type { Printer } from './printer.ts';

/**
 * The view that `--raw` reads in place of the device's values, or the reason why it can't, in a sentence. @param names
 * none: all points
 */
export function viewOf(device: Device, names: readonly string[]): RawView | string {
  if (device.kind !== 'poll' || device.raw === undefined) {
    return 'the driver of this device reads its values in one way only: --raw has nothing to show';
  }
  const known = device.points.map(({ name }) => name);
  if (!names.every((name) => known.includes(name))) return 'the device has no such point';
  return device.raw(names.length === 0 ? known : names);
}

/** Prints the tables of what was read. That a neighbour can't be read is no fault where a point itself could be. */
export function rawPrinter(io: CliIo, view: RawView, json: boolean): Printer {
  let shown = false;
  const show = (time: string, samples: readonly Sample[]): void => {
    const tables = view.tables(samples);
    shown = tables.length > 0;
    if (json) {
      io.out(JSON.stringify({ at: time, raw: tables }));
      return;
    }
    io.out([time, ...tables.map(textOf)].join('\n\n'));
    for (const { point, remarks } of tables) for (const remark of remarks) io.err(`${point}: ${remark}`);
    for (const { name } of view.device.points) {
      if (!tables.some(({ point }) => point === name)) io.err(`${name}: could not be read`);
    }
  };
  return {
    print(at, { samples, fault, lost }) {
      const time = new Date(at).toISOString();
      if (samples.length > 0) show(time, samples);
      if (shown) return;
      for (const why of [...lost.map(([, each]) => each), ...(fault === undefined ? [] : [fault])].slice(0, 1)) {
        const { message, advice } = FAULTS[why.code];
        if (json) io.out(JSON.stringify({ at: time, fault: { code: why.code, message } }));
        else io.err(`${time}  ${message} (${why.code}). ${advice}`);
      }
    },
  };
}

function textOf({ point, title, heads, rows }: RawTable): string {
  const lines = rows.map(({ label, configured, cells }) => [
    `${configured ? '*' : ' '} ${label}`,
    ...cells.map((cell) => showValue(cell, undefined)),
  ]);
  return `${point}: ${title}\n${table([['', ...heads], ...lines])}`;
}
