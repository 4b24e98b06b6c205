import {
  type Decoded,
  DRIVER_CONTRACT,
  type Driver,
  type Setup,
  type Stray,
  type StreamDevice,
} from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { FaultCode } from '../../contract/faults.ts';
import type { Memory } from '../../contract/memory.ts';
import type { Sample } from '../../contract/reading.ts';
import { judgeKey, readKey } from '../key.ts';
import { type Keys, openTelegram, USUAL_AUTHENTICATION_KEY } from './cipher.ts';
import { CIPHERED, TelegramFramer } from './framer.ts';
import { telegramIdentity } from './identity.ts';
import { type Options, options } from './options.ts';
import { type PointOptions, point, telegramPoints } from './points.ts';
import { readTelegram } from './telegram.ts';

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'dsmr-p1',
  summary: 'Electricity meters with a P1 customer port (DSMR, eSMR, Fluvius, Luxembourg, Austria, Sweden, Hungary)',
  options,
  point,
  secrets: { keyFile: judgeKey, authenticationKeyFile: judgeKey },
  create,
};

/**
 * A meter, and the meters behind it.
 * @throws Fault `driver/create` where a point is listed twice
 */
function create({ options, points, secrets }: Setup<Options, PointOptions>): StreamDevice {
  const read = telegramPoints(points, options.winterOffsetHours);
  const names = new Set<string>();
  for (const [index, { point }] of read.entries()) {
    if (names.has(point.name)) throw new Fault('driver/create', { point: index });
    names.add(point.name);
  }
  const keys = keysOf(options, secrets);

  function decode(frame: Uint8Array, memory: Memory = {}): Decoded {
    if (frame[0] === CIPHERED) return decodeCiphered(frame, memory);
    return options.keyFile === undefined ? decodePlain(frame, memory) : refused('p1/not-encrypted', 'foreign');
  }

  function decodeCiphered(frame: Uint8Array, memory: Memory): Decoded {
    if (keys === undefined) return refused('p1/no-key', 'foreign');
    const opened = openTelegram(frame, keys);
    if ('code' in opened) return refused(opened.code);
    const { title, counter, telegram } = opened;
    if (title === memory.title && counter <= Number(memory.counter)) return refused('p1/replay', 'foreign');
    const inner = readTelegram(trimmed(telegram), true);
    const kept: Memory = { ...memory, title, counter };
    if ('code' in inner) return { ...refused(inner.code), memory: kept };
    return { samples: samplesOf(inner.objects, false), memory: kept, identity: telegramIdentity(inner) };
  }

  function decodePlain(frame: Uint8Array, memory: Memory): Decoded {
    const telegram = readTelegram(frame);
    if ('code' in telegram) return refused(telegram.code);
    const { objects, hasCrc } = telegram;
    if (!hasCrc && memory.crc === 1) return refused('p1/no-crc');
    const samples = samplesOf(objects, !hasCrc && !options.allowNoCrc);
    const decoded = { samples, identity: telegramIdentity(telegram) };
    return hasCrc && memory.crc !== 1 ? { ...decoded, memory: { ...memory, crc: 1 } } : decoded;
  }

  function samplesOf(objects: ReadonlyMap<string, readonly string[]>, doubtful: boolean): readonly Sample[] {
    const samples: Sample[] = [];
    for (const each of read) {
      const sample = each.sample(objects);
      if (sample !== undefined) samples.push(doubtful ? { ...sample, doubtful } : sample);
    }
    return samples;
  }

  return { kind: 'stream', points: read.map(({ point }) => point), framer: () => new TelegramFramer(), decode };
}

function keysOf({ keyFile }: Options, secrets: Setup<Options, PointOptions>['secrets']): Keys | undefined {
  const encryption = keyFile === undefined ? undefined : readKey(secrets?.get('keyFile') ?? new Uint8Array());
  if (encryption === undefined) return undefined;
  const given = secrets?.get('authenticationKeyFile');
  const authentication = given === undefined ? USUAL_AUTHENTICATION_KEY : readKey(given);
  return authentication && { encryption, authentication };
}

const STRAYS: Readonly<Partial<Record<FaultCode, Stray>>> = {
  'p1/truncated': 'truncated',
  'p1/no-crc': 'truncated',
  'p1/malformed': 'noise',
};

function refused(code: FaultCode, stray: Stray = STRAYS[code] ?? 'checksum'): { fault: Fault; stray: Stray } {
  return { fault: new Fault(code), stray };
}

/** A telegram ends with a line end, which the framer of plain ones takes off. */
function trimmed(telegram: Uint8Array): Uint8Array {
  let end = telegram.length;
  while (end > 0 && (telegram[end - 1] === 0x0d || telegram[end - 1] === 0x0a)) end--;
  return telegram.subarray(0, end);
}
