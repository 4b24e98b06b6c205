import { askedPart, type Device } from '../../drivers/contract/driver.ts';
import type { Point } from '../../drivers/contract/reading.ts';
import type { BusConfig, Config, DeviceConfig } from '../config.ts';
import type { BusBudget } from './budget.ts';
import { sum } from './dialogue-cost.ts';

/** The least unit in which flash memory is written, as file systems see it. */
const PAGE_BYTES = 4096;
/** The numbers of so many readings are reserved at once, and the next block when half of one is used (agent/sequence/sequence.ts). */
export const SEQUENCE_BLOCK = 10_000;
/** The file anew, its own record, and its folder. */
export const SEQUENCE_SAVE_BYTES = 3 * PAGE_BYTES;

/** Of a record on disk, before the device's id and the reading (agent/outbox/segments/record-format.ts). */
export const RECORD_OVERHEAD_BYTES = 18;
/** Of a record in memory (agent/outbox/memory-outbox.ts). */
const MEMORY_OVERHEAD_BYTES = 112;
/** A reading as JSON without its values, its number of eight digits (agent/telemetry/reading.ts). */
export const READING_BYTES = 165;
/** Of a reading in a block on disk, and of the block itself: the bytes beside its values, measured on meters, rounded up. */
const PACKED_BYTES = { reading: 16, block: 200 } as const;
/** Of a value in a block: a number that wanders in all its digits, a flag that seldom changes, a text that comes again. */
const PACKED_VALUE_BYTES = { number: 3, boolean: 1, text: 8 } as const;
/** Values as JSON: `-123456.7891`, `false`, and a text of the longer ones that devices tell. */
const VALUE_BYTES = { number: 12, boolean: 5, text: 32 } as const;
/** Beside the bytes of its readings a sync writes the page that it began in once more, and the file's own record. */
const SYNC_PAGES = 2;
/** While readings come they are synced each time that this part of the interval has passed (agent/outbox/disk/flush-schedule.ts). */
const SYNC_PART = 0.75;
/** Thinning writes a byte again for each that it makes room for: half of the older half stays, in a new segment. */
const THIN_FACTOR = 2;

/** Behind a serial server nothing is known of the line: so long a question and its answer are taken to need. */
const UNKNOWN_EXCHANGE_MS = 10;
/** And so many characters a second come of a device that talks by itself: 9600 baud. */
const UNKNOWN_CHARACTERS = 960;
/** The shorter ones of devices that talk by themselves, and how many values such a frame has. */
const FRAME = { characters: 64, values: 8 } as const;

const DAY_S = 86_400;
const YEAR_DAYS = 365;

/** Readings that come at one pace, of one size. */
export interface ReadingSource {
  readonly perS: number;
  /** As JSON. */
  readonly payloadBytes: number;
  /** In a block on disk, about. */
  readonly packedBytes: number;
  readonly deviceBytes: number;
}

/** The wear by the readings of a config, at the most: as if no deadband ever held one back. */
export interface Wear {
  readonly readingsPerS: number;
  /** Mean of a reading on disk, deflated, by estimate; or in memory where there is no folder. */
  readonly bytesPerReading: number;
  /** How long the outbox takes in all readings while the broker is away, seconds; null: nothing comes. */
  readonly holdsS: number | null;
  /** Bytes of flash pages while the broker takes readings as they come: the numbers alone. */
  readonly connectedBytesPerDay: number;
  /** The same while the broker is away, the readings with them. */
  readonly outageBytesPerDay: number;
  /** If it never comes back. */
  readonly outageTerabytesPerYear: number;
}

/** Pure. Ledger and audit journal are not in it: they are written by commands. Without a folder it says what one would cost. */
export function estimateWear(
  { directory, maxBytes, whenFull, syncIntervalMs }: Config['outbox'],
  sources: readonly ReadingSource[],
): Wear {
  const readingsPerS = sum(sources.map(({ perS }) => perS));
  const diskPerS = sum(sources.map((one) => one.perS * (RECORD_OVERHEAD_BYTES + one.deviceBytes + one.payloadBytes)));
  const memoryPerS = sum(sources.map((one) => one.perS * (MEMORY_OVERHEAD_BYTES + one.payloadBytes)));
  const savesPerS = readingsPerS / (SEQUENCE_BLOCK / 2);
  const connected = savesPerS * SEQUENCE_SAVE_BYTES * DAY_S;
  // where they come more rarely than that each reading is a sync of its own
  const syncsPerS = Math.min(1000 / (SYNC_PART * syncIntervalMs), readingsPerS);
  // a block for each sync, unless its readings are shorter without one
  const packedPerS = sum(sources.map((one) => one.perS * one.packedBytes)) + syncsPerS * PACKED_BYTES.block;
  const writtenPerS = Math.min(diskPerS, packedPerS);
  const heldPerS = directory === undefined ? memoryPerS : writtenPerS;
  const pages = syncsPerS === 0 ? 0 : Math.ceil(writtenPerS / syncsPerS / PAGE_BYTES) + SYNC_PAGES;
  const records = syncsPerS * pages * PAGE_BYTES * DAY_S * (whenFull === 'thin' ? THIN_FACTOR : 1);
  const outageBytesPerDay = Math.ceil(connected + records);
  return {
    readingsPerS,
    bytesPerReading: readingsPerS === 0 ? 0 : Math.ceil(heldPerS / readingsPerS),
    holdsS: heldPerS === 0 ? null : Math.floor(maxBytes / heldPerS),
    connectedBytesPerDay: Math.ceil(connected),
    outageBytesPerDay,
    outageTerabytesPerYear: (outageBytesPerDay * YEAR_DAYS) / 1e12,
  };
}

/** Where a config's readings come from. Devices that can not run give none. */
export function readingSources(
  config: Config,
  devices: ReadonlyMap<string, Device>,
  budgets: ReadonlyMap<string, BusBudget>,
): readonly ReadingSource[] {
  return config.buses.flatMap((bus) => {
    const present = bus.devices.flatMap((entry) => {
      const device = devices.get(entry.id);
      return device === undefined ? [] : [{ entry, device }];
    });
    const talking = present.filter(({ device }) => device.kind === 'stream').length;
    const turnMs = turnOf(budgets.get(bus.id));
    return present.flatMap(({ entry, device }) => {
      const part = askedPart(device);
      const answers = part === undefined ? [] : asked(entry, part.points, turnMs);
      if (device.kind === 'poll') return answers;
      const told = device.points.filter(({ name }) => !part?.points.some((point) => point.name === name));
      return [
        ...(told.length > 0 || part === undefined ? [spoken(entry, told, charactersPerS(bus) / talking)] : []),
        ...answers,
      ];
    });
  });
}

/** A reading for each period of the device's points; those without one come as often as the line's turn. */
function asked({ id, pollMs }: DeviceConfig, points: readonly Point[], turnMs: number): readonly ReadingSource[] {
  const byPeriod = new Map<number, Point[]>();
  for (const point of points) {
    const period = point.pollMs ?? pollMs;
    byPeriod.set(period, [...(byPeriod.get(period) ?? []), point]);
  }
  return [...byPeriod].map(([period, members]) => ({
    perS: 1000 / (period > 0 ? period : turnMs),
    payloadBytes: READING_BYTES + sum(members.map(memberBytes)),
    packedBytes: PACKED_BYTES.reading + sum(members.map(packedBytes)),
    deviceBytes: id.length,
  }));
}

/** A line that is never silent. */
function spoken({ id }: DeviceConfig, points: readonly Point[], characters: number): ReadingSource {
  const mean = (bytesOf: (point: Point) => number) =>
    points.length === 0 ? 0 : sum(points.map(bytesOf)) / points.length;
  const values = Math.min(points.length, FRAME.values);
  return {
    perS: characters / FRAME.characters,
    payloadBytes: READING_BYTES + Math.ceil(mean(memberBytes) * values),
    packedBytes: PACKED_BYTES.reading + Math.ceil(mean(packedBytes) * values),
    deviceBytes: id.length,
  };
}

/** `"name":value,` */
function memberBytes({ name, type, choices }: Point): number {
  const value = choices === undefined ? VALUE_BYTES[type] : Math.max(0, ...choices.map(({ length }) => length)) + 2;
  return name.length + 4 + value;
}

/** Of a value in a block: the point's name is there once for all. */
function packedBytes({ type, choices }: Point): number {
  return choices === undefined ? PACKED_VALUE_BYTES[type] : PACKED_VALUE_BYTES.boolean;
}

/** How long those that are read as often as the bus allows take for one round, milliseconds. */
function turnOf(budget: BusBudget | undefined): number {
  const inTurn = budget?.devices.filter((device) => device.inTurn) ?? [];
  const known = budget?.speedKnown === true;
  const round = sum(inTurn.map(({ pollMs, requests }) => (known ? pollMs : pollMs + requests * UNKNOWN_EXCHANGE_MS)));
  return Math.max(1, round);
}

function charactersPerS({ port }: BusConfig): number {
  if (!('path' in port)) return UNKNOWN_CHARACTERS;
  return port.baudRate / (1 + port.dataBits + (port.parity === 'none' ? 0 : 1) + port.stopBits);
}
