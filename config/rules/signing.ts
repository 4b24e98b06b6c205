import { AMOUNTS } from '../limits.ts';
import type { Plant } from '../plant.ts';
import type { Finding, Path } from '../problem.ts';
import { asText, get, list } from '../source/data.ts';

const AT: Path = ['commands', 'signing'];

/**
 * The rules between `commands.signing` and the rest of the config: a limit to something that does not exist is a typing
 * error that would only show when somebody needs the key. On why it is not in the schema see {@link file://./mqtt.ts}.
 */
export function signingRules(root: unknown, plant: Plant): readonly Finding[] {
  const keys = keysOf(root);
  const devices = devicesOf(root, plant);
  return [
    ...requiredRules(list(get(signingOf(root), 'required')), keys),
    ...idRules(keys),
    ...keys.flatMap((key, k) => limitRules(key, [...AT, 'keys', k], devices)),
  ];
}

/** Keys alone ask nobody to use them. */
export function signingWarnings(root: unknown): readonly Finding[] {
  if (keysOf(root).length === 0 || list(get(signingOf(root), 'required')).length > 0) return [];
  return [{ path: [...AT, 'required'], message: 'names no command: all of them are taken unsigned too' }];
}

function signingOf(root: unknown): unknown {
  return get(get(root, 'commands'), 'signing');
}

function keysOf(root: unknown): readonly unknown[] {
  // More are refused by the schema, and need not be judged.
  return list(get(signingOf(root), 'keys')).slice(0, AMOUNTS.signingKeys);
}

function requiredRules(required: readonly unknown[], keys: readonly unknown[]): readonly Finding[] {
  const unlimited = keys.some((key) => get(key, 'commands') === undefined);
  const listed = new Set(keys.flatMap((key) => list(get(key, 'commands'))));
  return required.flatMap((command, c) => {
    if (unlimited || listed.has(command)) return [];
    return [{ path: [...AT, 'required', c], message: 'no key may sign this command: nobody could ever send it' }];
  });
}

function idRules(keys: readonly unknown[]): readonly Finding[] {
  const ids = keys.map((key) => asText(get(key, 'id')));
  return ids.flatMap((id, k) => {
    if (id === undefined || ids.indexOf(id) === k) return [];
    return [{ path: [...AT, 'keys', k, 'id'], message: 'another key has this id' }];
  });
}

/** Id → names of its points; undefined where it could not be made, so that nobody knows. */
type Devices = ReadonlyMap<unknown, readonly string[] | undefined>;

function limitRules(key: unknown, path: Path, devices: Devices): readonly Finding[] {
  const limit = get(key, 'devices');
  const strange = list(limit).flatMap((id, d) =>
    devices.has(id) ? [] : [{ path: [...path, 'devices', d], message: 'no device has this id' }],
  );
  const meant = limit === undefined ? [...devices.keys()] : list(limit);
  const points = meant.map((id) => devices.get(id));
  if (points.includes(undefined)) return strange;
  const known = new Set(points.flatMap((names) => names ?? []));
  return list(get(key, 'points')).flatMap((name, p) => {
    if (typeof name !== 'string' || known.has(name)) return [];
    return [{ path: [...path, 'points', p], message: 'no device that the key is for has a point of this name' }];
  });
}

function devicesOf(root: unknown, plant: Plant): Devices {
  const devices = new Map<unknown, readonly string[] | undefined>();
  for (const [b, bus] of list(get(root, 'buses')).entries()) {
    for (const [d, raw] of list(get(bus, 'devices')).entries()) {
      devices.set(
        get(raw, 'id'),
        plant[b]?.devices[d]?.device?.points.map(({ name }) => name),
      );
    }
  }
  return devices;
}
