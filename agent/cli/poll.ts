import { LIMITS } from '../../config/limits.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { createBus } from '../app/buses.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { silentLog } from '../log/log.ts';
import { readArguments } from './arguments.ts';
import { findDevice, loadNamed } from './find.ts';
import { type CliProcess, EXIT, type ExitCode } from './io.ts';
import { jsonPrinter, linePrinter } from './poll-printer.ts';
import { PollWatch, type Verdict } from './poll-watch.ts';

const HELP = `Usage: fieldward poll DEVICE [--once] [--json] [--config FILE]

Opens the device's port, reads the device as the agent would and prints what it says, until it is interrupted.
The agent must not hold the same port meanwhile.

  --once   end once each point was read, 0, or is known not to be, 70; a device that does not answer is asked a few
           times, also shorter questions, before it is given up
  --json   one object a line: {"at":…,"values":{…}}, with "uncertain":[…] for values that are out of their range,
           {"at":…,"point":…,"fault":{…}} for a point that can't be read, or {"at":…,"fault":{…}}`;

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
  const points = loaded.devices.get(id)?.points ?? [];
  const printer = read.flags.json === true ? jsonPrinter(io, points) : linePrinter(io, points);
  const once = read.flags.once === true;
  let judged = (_verdict: Verdict) => {};
  const first = new Promise<Verdict>((resolve) => {
    judged = resolve;
  });
  const events = new PollWatch({
    points,
    isAsked: loaded.devices.get(id)?.kind === 'poll',
    show: (polled) => printer.print(clock.wall(), polled),
    judged: (verdict) => judged(verdict),
  });
  // somebody waits for the verdict, so it does not take more polls than it needs to be one
  const watched = { ...device, offlineAfter: Math.min(device.offlineAfter, LIMITS.device.offlineAfter.default) };
  const { bus: line } = createBus(
    { ...bus, devices: [watched] },
    {
      ...{ clock, log: silentLog, random: Math.random, pacer: undefined, events },
      ...{ drivers: loaded.drivers, devices: loaded.devices },
    },
  );
  const outcome = loaded.drivers.get(device.driver);
  if (outcome?.loaded === false) {
    printer.print(clock.wall(), { samples: [], lost: [], fault: new Fault(outcome.fault) });
    return EXIT.internal;
  }
  await line.start();
  const stopped = new Promise<Verdict>((resolve) => io.stopping.addEventListener('abort', () => resolve('good')));
  const verdict = await (once ? Promise.race([first, stopped]) : stopped);
  await line.stop(AbortSignal.abort());
  return verdict === 'good' ? EXIT.ok : EXIT.internal;
}
