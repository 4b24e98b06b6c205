import type { ShownGateway, ShownPoint } from '../../wire.ts';
import { isAway, isFaulty } from './concerns.ts';
import type { DeviceNow } from './plant.ts';

/** One line of the list of all values. */
export interface ValueRow {
  readonly key: string;
  readonly device: DeviceNow;
  readonly point: ShownPoint;
}

/** The typed text, as words that must all be found. */
function searchedWords(typed: string): readonly string[] {
  return typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

export function findGateways(gateways: readonly ShownGateway[], typed: string): readonly ShownGateway[] {
  const words = searchedWords(typed);
  return words.length === 0 ? gateways : gateways.filter(({ id }) => words.every((word) => id.includes(word)));
}

/** A device is found by what it is called and is, and by the names of its points. */
export function devicesWith(devices: readonly DeviceNow[], typed: string, faultyOnly: boolean): readonly DeviceNow[] {
  const words = searchedWords(typed);
  return devices.filter(
    (device) =>
      (!faultyOnly || isFaulty(device)) &&
      words.every((word) => device.words.includes(word) || device.told.points.some((point) => hasWord(point, word))),
  );
}

/**
 * Each word is found in the point, or in its device. Of a device with a fault that is read all the same, the good values
 * are well.
 */
export function valuesWith(devices: readonly DeviceNow[], typed: string, faultyOnly: boolean): readonly ValueRow[] {
  const words = searchedWords(typed);
  const rows: ValueRow[] = [];
  for (const device of devices) {
    const left = words.filter((word) => !device.words.includes(word));
    for (const point of device.told.points) {
      if (faultyOnly && !isAway(device) && (device.values.get(point.name)?.quality ?? 'good') === 'good') continue;
      if (left.every((word) => hasWord(point, word))) rows.push({ key: `${device.key}/${point.name}`, device, point });
    }
  }
  return rows;
}

function hasWord({ name, label, unit, quantity }: ShownPoint, word: string): boolean {
  return [name, label, unit, quantity].some((text) => text?.toLowerCase().includes(word) === true);
}
