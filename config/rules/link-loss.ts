import type { Device } from '../../drivers/contract/driver.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import type { Point, Value } from '../../drivers/contract/reading.ts';
import { isAllowed, TEXT_LENGTH } from '../../drivers/schema/allowed.ts';
import { ID_PATTERN } from '../../drivers/schema/text.ts';
import { AMOUNTS } from '../limits.ts';
import type { Finding, Path } from '../problem.ts';
import { get, isMapping } from '../source/data.ts';

/**
 * Whether a device can take the values of `onLinkLoss`: found out before it is needed, by the rule that a command's
 * values are judged by, and then by the driver. A value that the schema refuses is not refused again here.
 * @param raw the device as it was read
 */
export function linkLossRules(device: Device, raw: unknown, path: Path): readonly Finding[] {
  const at: Path = [...path, 'onLinkLoss', 'write'];
  const write = get(get(raw, 'onLinkLoss'), 'write');
  if (!isMapping(write)) return [];
  const entries = Object.entries(write).filter((entry): entry is [string, Value] => isWellFormed(...entry));
  if (entries.length > AMOUNTS.linkLossPoints) return [];
  const points = new Map(device.points.map((point) => [point.name, point]));
  const findings = entries.flatMap(([name, value]): readonly Finding[] => {
    const point = points.get(name);
    if (point === undefined) return [{ path: [...at, name], message: 'the device has no such point', at: 'key' }];
    if (!point.writable) return [{ path: [...at, name], message: 'must be a point with writable: true', at: 'key' }];
    const message = isAllowed(point, value) ? refusal(device, [[name, value]]) : wordsFor(point);
    return message === undefined ? [] : [{ path: [...at, name], message }];
  });
  if (findings.length > 0 || entries.length < 2) return findings;
  // each can be written, but perhaps not together
  const message = refusal(device, entries);
  return message === undefined ? [] : [{ path: at, message }];
}

function isWellFormed(name: string, value: unknown): boolean {
  if (!ID_PATTERN.test(name)) return false;
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'boolean' || typeof value === 'string';
}

/** Why the driver would not write this; undefined: it would. */
function refusal(device: Device, entries: readonly (readonly [string, Value])[]): string | undefined {
  if (device.kind === 'stream') return undefined;
  try {
    device.write(new Map(entries));
    return undefined;
  } catch (thrown) {
    // a driver that fails at it says nothing of the value
    if (!(thrown instanceof Fault)) return undefined;
    const { code } = thrown;
    return `${FAULTS[code].message} (${code})`;
  }
}

/** Bounds and choices are words of the file, which no message shows. */
function wordsFor({ choices, type, action }: Point): string {
  if (action) return 'must be true';
  if (choices !== undefined) return 'must be one of the texts of the point’s enum';
  if (type === 'boolean') return 'must be true or false';
  if (type === 'text') return `must be text of at most ${TEXT_LENGTH} characters, without control characters`;
  return 'must be a number within min, max and step of the point';
}
