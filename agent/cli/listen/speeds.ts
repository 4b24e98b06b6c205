import type { SerialPortConfig } from '../../../config/config.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { LineSettings } from '../../../drivers/port/line.ts';
import { lineText } from '../../capture/write.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Talk } from '../ports/overheard.ts';
import { Guess } from './guess.ts';
import { openEar } from './line-ear.ts';

type Framing = Pick<LineSettings, 'dataBits' | 'parity' | 'stopBits'>;

const N81: Framing = { dataBits: 8, parity: 'none', stopBits: 1 };
const E81: Framing = { dataBits: 8, parity: 'even', stopBits: 1 };
const E71: Framing = { dataBits: 7, parity: 'even', stopBits: 1 };

/** By likelihood: as devices are delivered. */
const CANDIDATES: readonly (readonly [baudRate: number, framing: Framing])[] = [
  ...([
    [9600, N81],
    [9600, E81],
    [19_200, E81],
    [19_200, N81],
    [115_200, N81],
  ] as const),
  ...([
    [38_400, N81],
    [38_400, E81],
    [2400, E81],
    [4800, N81],
    [57_600, N81],
  ] as const),
  ...([
    [115_200, E81],
    [57_600, E81],
    [300, E71],
    [9600, E71],
    [1200, N81],
    [2400, N81],
    [4800, E81],
    [1200, E81],
  ] as const),
];

/** So long each one is listened to, milliseconds: a meter that talks once in ten seconds is found in a later round. */
const DWELL = 2500;
const STEP = milliseconds(100);

export interface FoundSpeed {
  readonly port: SerialPortConfig;
  readonly talk: Talk;
}

export interface SpeedSearch {
  readonly port: SerialPortConfig;
  /** Parity and bits as the command line says: only the speed is looked for. */
  readonly isFramed: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** No later than then. */
  readonly until: number;
  readonly say: (text: string) => void;
}

/**
 * Listens at one speed after the other until the bytes are a protocol; in rounds, until the time is over.
 * @throws Fault of the port
 */
export async function findSpeed(search: SpeedSearch): Promise<FoundSpeed | undefined> {
  const { port, isFramed, clock, signal, until, say } = search;
  const speeds = isFramed
    ? [...new Set(CANDIDATES.map(([rate]) => rate))].map((rate) => [rate, port] as const)
    : CANDIDATES;
  say(`Listening at ${speeds.length} settings, ${DWELL / 1000} s each, until something is understood.`);
  for (let turn = 0; clock.now() < until && !signal.aborted; turn += 1) {
    const [baudRate, { dataBits, parity, stopBits }] = speeds[turn % speeds.length] ?? [9600, N81];
    const tried = { ...port, baudRate, dataBits, parity, stopBits };
    const guess = new Guess();
    const talk = await heardAt(tried, guess, search);
    if (talk !== undefined) return { port: tried, talk };
    say(`${lineText(tried)}: ${guess.count === 0 ? 'silence' : `${guess.count} bytes that are nothing known`}`);
  }
  return undefined;
}

async function heardAt(
  port: SerialPortConfig,
  guess: Guess,
  { clock, signal, until }: SpeedSearch,
): Promise<Talk | undefined> {
  const ear = await openEar(port, clock, signal, (chunk, at) => guess.add(chunk, at));
  try {
    const end = Math.min(until, clock.now() + DWELL);
    while (clock.now() < end && ear.lost === undefined) {
      await clock.sleep(STEP, signal).catch(() => undefined);
      if (signal.aborted) return undefined;
      const talk = guess.talk();
      if (talk?.driver !== undefined) return talk;
    }
    if (ear.lost !== undefined) throw ear.lost;
    return undefined;
  } finally {
    await ear.close();
  }
}
