import { AMOUNTS, LIMITS } from '../../../config/limits.ts';
import { askedPart } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { createBus } from '../../app/buses.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { silentLog } from '../../log/log.ts';
import { ClockWatch } from '../../telemetry/clock-state.ts';
import { readArguments } from '../arguments.ts';
import { findDevice, loadNamed } from '../find.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { describeHolders } from '../ports/port-holder.ts';
import { addressText } from './address.ts';
import { jsonPrinter, linePrinter } from './printer.ts';
import { rawPrinter, viewOf } from './raw.ts';
import { PollWatch, type WatchVerdict } from './watch.ts';

const HELP = `Usage: fieldward poll DEVICE [--once] [--json] [--config FILE]
       fieldward poll DEVICE [POINT…] --raw [--json] [--config FILE]

Opens the device's port, reads the device as the agent would and prints what it says, until it is interrupted.
The agent must not hold the same port meanwhile.

  --once   end once each point was read, 0, or is known not to be, 70; a device that does not answer is asked a few
           times, also shorter questions, before it is given up
  --json   one object a line: {"at":…,"values":{…}}, with "uncertain":[…] for values that are out of their range or
           came without a checksum and "remarks":{…}, {"at":…,"point":…,"fault":{…}} for a point that can't be read, or {"at":…,"fault":{…}}; with --raw
           {"at":…,"raw":[…]}
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
  const points = (view?.device ?? made)?.points ?? [];
  const plain = json ? jsonPrinter(io, points) : linePrinter(io, points, `${device.id}: ${addressText(bus, device)}`);
  const printer = view === undefined ? plain : rawPrinter(io, view, json);
  const once = read.flags.once === true || raw;
  let judged = (_verdict: WatchVerdict) => {};
  const first = new Promise<WatchVerdict>((resolve) => {
    judged = resolve;
  });
  const asked = made && askedPart(made);
  const events = new PollWatch({
    // of a device that talks as well, its own messages may never come whole
    points: view === undefined && asked !== undefined ? asked.points : points,
    isAsked: asked !== undefined,
    show: (polled) => {
      printer.print(clock.wall(), polled);
      if (polled.fault?.code === 'port/busy' && 'path' in bus.port) describeHolders(bus.port.path).forEach(io.err);
    },
    judged: (verdict) => judged(verdict),
  });
  // somebody waits for the verdict, so it does not take more polls than it needs to be one
  const watched = { ...device, offlineAfter: Math.min(device.offlineAfter, LIMITS.device.offlineAfter.default) };
  const { bus: line } = createBus(
    { ...bus, devices: [watched] },
    {
      ...{ clock, log: silentLog, random: Math.random, pacer: undefined, events },
      ...{ drivers: loaded.drivers, budgets: loaded.budgets },
      devices: view === undefined ? loaded.devices : new Map([[id, view.device]]),
      isClockSynchronized: () => clockWatch.state === 'synchronized',
    },
  );
  const outcome = loaded.drivers.get(device.driver);
  if (outcome?.loaded === false) {
    printer.print(clock.wall(), { samples: [], lost: [], fault: new Fault(outcome.fault) });
    return EXIT.internal;
  }
  await line.start();
  const stopped = new Promise<WatchVerdict>((resolve) => io.stopping.addEventListener('abort', () => resolve('good')));
  const verdict = await (once ? Promise.race([first, stopped]) : stopped);
  await line.stop(AbortSignal.abort());
  return verdict === 'good' ? EXIT.ok : EXIT.internal;
}
