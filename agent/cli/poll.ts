import { Fault, toSafeError } from '../../drivers/contract/fault.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import type { Point, Sample } from '../../drivers/contract/reading.ts';
import { createBus } from '../app/buses.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { silentLog } from '../log/log.ts';
import { readArguments } from './arguments.ts';
import { findDevice, loadNamed } from './find.ts';
import { type CliIo, type CliProcess, EXIT, type ExitCode } from './io.ts';
import { describeHolders } from './port-holder.ts';
import { showValue } from './view.ts';

const HELP = `Usage: fieldward poll DEVICE [--once] [--json] [--config FILE]

Opens the device's port, reads the device as the agent would and prints what it says, until it is interrupted.
The agent must not hold the same port meanwhile.

  --once   end after the first reading: 0 if it was good, 70 if not
  --json   one object a line: {"at":…,"values":{…}} or {"at":…,"fault":{…}}`;

/** `fieldward poll`. */
export async function poll(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const options = { config: { type: 'string' }, json: { type: 'boolean' }, once: { type: 'boolean' } } as const;
  const read = readArguments(args, io, { options, words: 1, help: HELP });
  if (read.done) return read.code;
  const [id] = read.words;
  if (id === undefined) {
    io.err(`fieldward: which device?\n\n${HELP}`);
    return EXIT.usage;
  }
  const loaded = await loadNamed(read.flags.config, io);
  if (!loaded) return EXIT.config;
  const found = findDevice(loaded, id);
  if (!found) {
    io.err('fieldward: the config has no such device');
    return EXIT.usage;
  }
  const [bus, device] = found;
  const clock = new SystemClock();
  const show = read.flags.json === true ? printJson(io) : printLines(io, loaded.devices.get(id)?.points ?? []);
  const once = read.flags.once === true;
  let settle = (_good: boolean) => {};
  const first = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const { bus: line } = createBus(
    { ...bus, devices: [device] },
    {
      ...{
        clock,
        log: silentLog,
        random: Math.random,
        pacer: undefined,
        drivers: loaded.drivers,
        devices: loaded.devices,
      },
      events: {
        samples: (_, samples) => {
          show.samples(clock.wall(), samples);
          settle(true);
        },
        failed: (_, fault) => {
          show.failed(clock.wall(), fault);
          if (fault.code === 'port/busy' && 'path' in bus.port) describeHolders(bus.port.path).forEach(io.err);
          settle(false);
        },
        availability: () => undefined,
      },
    },
  );
  const outcome = loaded.drivers.get(device.driver);
  if (outcome?.loaded === false) {
    show.failed(clock.wall(), new Fault(outcome.fault));
    return EXIT.internal;
  }
  await line.start();
  const stopped = new Promise<boolean>((resolve) => io.stopping.addEventListener('abort', () => resolve(true)));
  const good = await (once ? Promise.race([first, stopped]) : stopped);
  await line.stop(AbortSignal.abort());
  return good ? EXIT.ok : EXIT.internal;
}

interface Printer {
  samples(at: number, samples: readonly Sample[]): void;
  failed(at: number, fault: Fault): void;
}

function printJson(io: CliIo): Printer {
  const print = (at: number, rest: object) => io.out(JSON.stringify({ at: new Date(at).toISOString(), ...rest }));
  return {
    samples: (at, samples) => print(at, { values: Object.fromEntries(samples.map((one) => [one.point, one.value])) }),
    failed: (at, fault) => print(at, { fault: toSafeError(fault) }),
  };
}

function printLines(io: CliIo, points: readonly Point[]): Printer {
  const units = new Map(points.map(({ name, unit }) => [name, unit]));
  const width = Math.max(0, ...points.map(({ name }) => name.length));
  return {
    samples: (at, samples) => {
      io.out(new Date(at).toISOString());
      for (const { point, value } of samples) io.out(`  ${point.padEnd(width)}  ${showValue(value, units.get(point))}`);
    },
    failed: (at, fault) => {
      const { message, advice } = FAULTS[fault.code];
      io.err(`${new Date(at).toISOString()}  ${message} (${fault.code}). ${advice}`);
    },
  };
}
