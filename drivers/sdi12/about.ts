import type { Dialogue, EndStep } from '../contract/dialogue.ts';
import type { ToldIdentity } from '../contract/identity.ts';
import { attempt, needsOf, patienceOf } from './attempt.ts';
import { costOf } from './cost.ts';
import type { Command, Sensor } from './exchange.ts';
import { type Identification, readIdentification } from './identification.ts';
import type { AboutPoint } from './point.ts';

/** Longer than the standard's 36 characters: some vendors write more. */
const LONGEST_IDENTIFICATION = 86;

/** `a!` (SDI-12 1.4, 4.4.1). */
function acknowledge({ address }: Sensor): Command<true> {
  const read = (text: string) => (text === '' ? true : undefined);
  return { text: `${address}!`, usual: 3, longest: 3, summed: false, read };
}

/** `aI!` (4.4.2). */
function identify({ address }: Sensor): Command<Identification> {
  const longest = LONGEST_IDENTIFICATION;
  return { text: `${address}I!`, usual: 36, longest, summed: false, read: readIdentification };
}

/** Asks whether the sensor is there. */
export function presence(sensor: Sensor, points: readonly AboutPoint[]): Dialogue {
  const command = acknowledge(sensor);
  const names = points.map(({ point }) => point.name);
  return dialogue(sensor, 'active', names, command, () => names.map((point) => ({ point, value: true })));
}

/** Asks for the identification. */
export function identity(sensor: Sensor, points: readonly AboutPoint[]): Dialogue {
  const names = points.map(({ point }) => point.name);
  return dialogue(
    sensor,
    'identification',
    names,
    identify(sensor),
    (told) =>
      points.map(({ point: { name }, part }) => ({ point: name, value: part === undefined ? null : told[part] })),
    identityOf,
  );
}

function identityOf({ vendor, model, version, serial }: Identification): ToldIdentity {
  const text = (part: string | null) => part ?? undefined;
  return { maker: text(vendor), model: text(model), serial: text(serial), firmware: text(version) };
}

function dialogue<T>(
  sensor: Sensor,
  key: string,
  points: readonly string[],
  command: Command<T>,
  samples: (result: T) => EndStep['samples'],
  told?: (result: T) => ToldIdentity,
): Dialogue {
  const { text, usual, longest } = command;
  return {
    ...{ key, points },
    cost: costOf(sensor, [{ request: text.length, usual, longest, usually: 1, atMost: 1 }]),
    ...needsOf(sensor),
    begin: () =>
      attempt(sensor, command, patienceOf(sensor), (result) => ({
        kind: 'end',
        samples: samples(result),
        ...(told && { identity: told(result) }),
      })),
  };
}
