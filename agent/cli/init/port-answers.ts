import { type FoundPort, listPorts } from '../../../drivers/port/list.ts';
import type { CliProcess } from '../io.ts';
import { portArgument, wrongPort } from '../ports/port-argument.ts';
import { isScanDriver, SCAN_DRIVERS, type ScanDriver, serverArgument, usualDriver } from '../ports/scan-target.ts';
import { steadyName } from '../ports/shared-names.ts';
import type { Wish } from './find-devices.ts';
import type { PutQuestion } from './put-question.ts';

type Flags = Readonly<Record<string, unknown>>;

/** A gateway with more lines has a config that nobody makes by answers. */
const MOST_PORTS = 16;

/** M-Bus is set like this as a rule. */
const MBUS_LINE = { baud: '2400', parity: 'even' };

/** The ports of `--port`, or their fault. */
export function readPorts(flags: Flags): readonly Wish[] | string {
  const words = Array.isArray(flags.port) ? flags.port.map(String) : [];
  return wishesOf(words, flags);
}

/** Lets a person choose among the ports of this machine; names and servers may be typed too. */
export async function askPorts(
  flags: Flags,
  io: CliProcess,
  asked: PutQuestion,
  list: () => Promise<readonly FoundPort[]> = listPorts,
): Promise<readonly Wish[] | string | undefined> {
  const found = await list();
  for (const [at, port] of found.entries()) {
    io.err(`  ${at + 1}  ${steadyName(port)}${port.product === undefined ? '' : `  (${port.product})`}`);
  }
  const words = (answer: string) =>
    answer
      .split(/[\s,]+/)
      .filter((word) => word !== '')
      .map((word) => numbered(word, found));
  const problem = (answer: string) => {
    const wishes = wishesOf(words(answer), flags);
    return typeof wishes === 'string' ? wishes : undefined;
  };
  const choice = found.length === 0 ? 'No port was found here. ' : `Numbers of the list, `;
  const answer = await asked(`${choice}PATH or HOST:PORT, more than one with spaces between: `, problem);
  return answer === undefined ? undefined : wishesOf(words(answer), flags);
}

function numbered(word: string, found: readonly FoundPort[]): string {
  const port = /^[0-9]{1,3}$/.test(word) ? found[Number(word) - 1] : undefined;
  return port === undefined ? word : steadyName(port);
}

/** Ports as `PATH` or `HOST:PORT`, each with `=DRIVER` where it differs from the others. */
function wishesOf(words: readonly string[], flags: Flags): readonly Wish[] | string {
  if (words.length === 0 || words.length > MOST_PORTS) return `1 to ${MOST_PORTS} ports can be named`;
  if (new Set(words).size < words.length) return 'a port is named twice';
  const wishes: Wish[] = [];
  for (const word of words) {
    const [, where = word, own] = /^(.*)=([a-z0-9-]+)$/.exec(word) ?? [];
    const wish = wishOf(where, own ?? flags.driver, flags);
    if (typeof wish === 'string') return wish;
    wishes.push(wish);
  }
  return wishes;
}

function wishOf(where: string, driver: unknown, flags: Flags): Wish | string {
  if (driver !== undefined && driver !== 'mbus' && !isScanDriver(driver)) {
    return `a driver is one of ${[...SCAN_DRIVERS, 'mbus'].join(', ')}`;
  }
  const server = serverArgument(where);
  if (server !== undefined) return { port: server, driver: driver ?? usualDriver(server), isOpen: false };
  if (!where.includes('/')) return 'a port is a PATH, as /dev/serial/by-id/…, or HOST:PORT';
  if (driver === 'modbus-tcp') return 'modbus-tcp needs a server, and not a serial port';
  const line = driver === 'mbus' ? { ...MBUS_LINE, ...flags } : flags;
  const port = portArgument(where, line);
  if (port === undefined) return wrongPort(where, line);
  const isOpen = flags.baud === undefined && flags.parity === undefined;
  return { port, driver: (driver as ScanDriver | 'mbus' | undefined) ?? 'modbus-rtu', isOpen };
}
