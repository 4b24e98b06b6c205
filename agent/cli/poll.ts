import { AMOUNTS } from '../../config/limits.ts';
import { Fault, toSafeError } from '../../drivers/contract/fault.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import type { Point, Sample } from '../../drivers/contract/reading.ts';
import { createBus } from '../app/buses.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { silentLog } from '../log/log.ts';
import { ClockWatch } from '../telemetry/clock-state.ts';
import { readArguments } from './arguments.ts';
import { findDevice, loadNamed } from './find.ts';
import { type CliIo, type CliProcess, EXIT, type ExitCode } from './io.ts';
import { printRaw, viewOf } from './poll-raw.ts';
import { describeHolders } from './port-holder.ts';
import { showValue } from './view.ts';

const HELP = `Usage: fieldward poll DEVICE [--once] [--json] [--config FILE]
       fieldward poll DEVICE [POINT…] --raw [--json] [--config FILE]

Opens the device's port, reads the device as the agent would and prints what it says, until it is interrupted.
The agent must not hold the same port meanwhile.

  --once   end after the first reading: 0 if it was good, 70 if not
  --json   one object a line: {"at":…,"values":{…}} or {"at":…,"fault":{…}}; with --raw {"at":…,"raw":[…]}
  --raw    once: the registers in hexadecimal, and what they are in every type and order, also from one address lower
           and one higher; * is how the config reads them. It asks for addresses that no point names: some devices
           clear or move on what is read. A value that is hardly meant is also remarked upon without it`;

/** `fieldward poll`. */
export async function poll(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const flag = { type: 'boolean' } as const;
  const options = { config: { type: 'string' }, json: flag, once: flag, raw: flag } as const;
  const read = readArguments(args, io, { options, words: 1 + AMOUNTS.pointsPerDevice, help: HELP });
  if (read.done) return read.code;
  const [id, ...names] = read.words;
  const raw = read.flags.raw === true;
  if (id === undefined || (names.length > 0 && !raw)) {
    io.err(`fieldward: ${id === undefined ? 'which device?' : 'points are named with --raw only'}\n\n${HELP}`);
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
  const clockWatch = new ClockWatch(clock);
  const json = read.flags.json === true;
  const made = loaded.devices.get(id);
  const view = raw && made !== undefined ? viewOf(made, names) : undefined;
  if (typeof view === 'string') {
    io.err(`fieldward: ${view}`);
    return EXIT.usage;
  }
  const show =
    view === undefined ? (json ? printJson(io) : printLines(io, made?.points ?? [])) : printRaw(io, view, json);
  const once = read.flags.once === true || raw;
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
        devices: view === undefined ? loaded.devices : new Map([[id, view.device]]),
        isClockSynchronized: () => clockWatch.state === 'synchronized',
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

export interface Printer {
  samples(at: number, samples: readonly Sample[]): void;
  failed(at: number, fault: Fault): void;
}

function printJson(io: CliIo): Printer {
  const print = (at: number, rest: object) => io.out(JSON.stringify({ at: new Date(at).toISOString(), ...rest }));
  const remarksOf = (samples: readonly Sample[]) => {
    const remarks = samples.flatMap(({ point, remark }) => (remark === undefined ? [] : [[point, remark] as const]));
    return remarks.length === 0 ? undefined : Object.fromEntries(remarks);
  };
  return {
    samples: (at, samples) => {
      const values = Object.fromEntries(samples.map((one) => [one.point, one.value]));
      print(at, { values, remarks: remarksOf(samples) });
    },
    failed: (at, fault) => print(at, { fault: toSafeError(fault) }),
  };
}

function printLines(io: CliIo, points: readonly Point[]): Printer {
  const units = new Map(points.map(({ name, unit }) => [name, unit]));
  const width = Math.max(0, ...points.map(({ name }) => name.length));
  const remarks = new Map<string, string | undefined>();
  return {
    samples: (at, samples) => {
      io.out(new Date(at).toISOString());
      for (const { point, value } of samples) io.out(`  ${point.padEnd(width)}  ${showValue(value, units.get(point))}`);
      for (const { point, remark } of samples) {
        if (remark !== undefined && remarks.get(point) !== remark) io.err(`${point}: ${remark}`);
        remarks.set(point, remark);
      }
    },
    failed: (at, fault) => {
      const { message, advice } = FAULTS[fault.code];
      io.err(`${new Date(at).toISOString()}  ${message} (${fault.code}). ${advice}`);
    },
  };
}
