import type { BusConfig, ThrottleConfig } from '../../config/config.ts';
import type { Exchange } from '../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { portTiming } from '../../drivers/port/create.ts';
import { createDevice, openCatalogue } from '../../drivers/registry/loader.ts';
import { createBus } from '../app/buses.ts';
import type { PolledMember } from '../bus/member.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { silentLog } from '../log/log.ts';
import { readArguments } from './arguments.ts';
import { loadNamed } from './find.ts';
import { type CliProcess, EXIT, type ExitCode } from './io.ts';
import { LINE_FLAGS, numberRange, portArgument, wholeNumber } from './port-argument.ts';

const HELP = `Usage: fieldward scan BUS|PATH [--config FILE] [--baud N] [--parity none|even|odd] [--stop-bits 1|2]
                     [--units FIRST-LAST] [--timeout-ms N] [--json]

Asks every Modbus unit on a line for one holding register, and lists who answers, be it with an exception. BUS is a bus
of the config with its line settings; PATH is a serial port, with the settings given here (default 9600 8N1). The agent
must not hold the same port meanwhile. Units are 1 to 247, the timeout 20 to 5000 ms (default 100).`;

const FLAGS = {
  ...LINE_FLAGS,
  config: { type: 'string' },
  units: { type: 'string' },
  'timeout-ms': { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `fieldward scan`. */
export async function scan(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 1, help: HELP });
  if (read.done) return read.code;
  const [where = ''] = read.words;
  const units = numberRange(read.flags.units ?? '1-247', 1, 247);
  const timeoutMs = wholeNumber(read.flags['timeout-ms'] ?? '100', 20, 5000);
  const named = where.includes('/') ? portArgument(where, read.flags) : undefined;
  if (where === '' || (where.includes('/') && !named) || !units || timeoutMs === undefined) {
    io.err(`fieldward: wrong usage\n\n${HELP}`);
    return EXIT.usage;
  }
  let port: BusConfig['port'] | undefined = named;
  if (!port) {
    const loaded = await loadNamed(read.flags.config, io);
    if (!loaded) return EXIT.config;
    port = loaded.config.buses.find(({ id }) => id === where)?.port;
  }
  if (!port) {
    io.err('fieldward: the config has no such bus');
    return EXIT.usage;
  }
  let found = 0;
  try {
    await ask(port, units, timeoutMs, io.stopping, (unit, answer) => {
      found += 1;
      io.out(read.flags.json === true ? JSON.stringify({ unit, answer }) : `unit ${unit}: ${answer}`);
    });
  } catch (thrown) {
    const { message, advice } = FAULTS[toFault(thrown).code];
    io.err(`${message}. ${advice}`);
    return EXIT.internal;
  }
  if (found === 0) io.err('Nobody answered. Check wiring, A and B, baud rate, parity and addresses.');
  return EXIT.ok;
}

const THROTTLE: ThrottleConfig = { gapMs: 0, maxQueue: 4, maxWaitMs: 10_000, maxRunMs: 10_000, commandBurst: 1 };

/**
 * Asks each unit once, in order.
 * @throws Fault of the port
 */
async function ask(
  port: BusConfig['port'],
  units: readonly number[],
  timeoutMs: number,
  signal: AbortSignal,
  tell: (unit: number, answer: string) => void,
): Promise<void> {
  const exchanges = await questions(port, units, timeoutMs);
  const { bus } = createBus(
    { id: 'scan', port, throttle: THROTTLE, devices: [] },
    {
      clock: new SystemClock(),
      log: silentLog,
      random: Math.random,
      pacer: undefined,
      isClockSynchronized: () => false,
      events: { samples: () => undefined, failed: () => undefined, availability: () => undefined },
      drivers: new Map(),
      devices: new Map(),
    },
  );
  const ticket = bus.register('poll', (number) => {
    const exchange = exchanges[number];
    if (!exchange) throw new Fault('throttle/unknown-operation');
    return exchange;
  });
  const opened = new Promise<void>((resolve, reject) => bus.add(watcher(resolve, reject)));
  await bus.start();
  try {
    await opened;
    for (const [number, unit] of units.entries()) {
      if (signal.aborted) return;
      const outcome = await bus.ask(ticket, number, signal);
      if (outcome.ok) tell(unit, 'answers');
      else if (outcome.fault.code !== 'device/silent') tell(unit, `answers, but ${FAULTS[outcome.fault.code].message}`);
    }
  } finally {
    await bus.stop(AbortSignal.abort());
  }
}

async function questions(port: BusConfig['port'], units: readonly number[], timeoutMs: number): Promise<Exchange[]> {
  const driver = await openCatalogue().load('modbus-rtu');
  const points = [{ name: 'first', register: 'holding', address: 0, type: 'uint16' }];
  return units.flatMap((unit) => {
    const device = createDevice(driver, { options: { unit, timeoutMs }, points, line: portTiming(port) });
    return device.kind === 'poll' ? device.plan(['first']) : [];
  });
}

/** A member that wants nothing but to know whether the port opens. */
function watcher(opened: () => void, failed: (fault: Fault) => void): PolledMember {
  return {
    kind: 'poll',
    id: 'scan',
    dueAt: () => Number.POSITIVE_INFINITY,
    freeAt: () => Number.POSITIVE_INFINITY,
    trust: () => 'trusted',
    cost: () => 0,
    poll: async () => false,
    lineOpened: opened,
    lineClosed: failed,
    tick: () => undefined,
  };
}
