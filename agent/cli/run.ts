import { toFault, toSafeError } from '../../drivers/contract/fault.ts';
import { App } from '../app/app.ts';
import { monotonicMicroseconds } from '../clock/monotonic.ts';
import { Supervisor } from '../clock/supervisor.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { Signatures } from '../command/signature/signatures.ts';
import { Reload } from '../lifecycle/reload.ts';
import { PinoLog } from '../log/pino-log.ts';
import { descriptorSender, Notify, notifyDescriptor, watchdogTime } from '../service/notify.ts';
import { readArguments } from './arguments.ts';
import { describeRefusal } from './check.ts';
import { type CliProcess, DEFAULT_CONFIG, EXIT, type ExitCode } from './io.ts';
import { StartConfig } from './start-config.ts';

const HELP = `Usage: fieldward run [--config FILE]

Runs the agent until SIGTERM or SIGINT. The log is JSON lines on standard output. FILE is ${DEFAULT_CONFIG} unless given.
With SIGHUP it checks FILE again: a good one ends it with 75, to be started anew, a bad one is logged and changes nothing.

A new config that \`fieldward apply\` put on trial is taken by one start, until it is confirmed.

Exit code: 0 stopped as asked, 64 wrong usage, 70 internal fault, 75 restart asked for, 78 config refused.`;

/** `fieldward run`. */
export async function run(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { config: { type: 'string' } }, words: 0, help: HELP });
  if (read.done) return read.code;
  const file = typeof read.flags.config === 'string' ? read.flags.config : DEFAULT_CONFIG;
  const { environment, pid } = io;
  const start = new StartConfig({ file, environment });
  const loaded = await start.first();
  if (!loaded.ok) {
    io.err(describeRefusal(loaded));
    return EXIT.config;
  }
  const clock = new SystemClock();
  const log = new PinoLog({ clock, level: loaded.config.log.level });
  // the warnings name the file: they are for `check`, not for the log
  if (loaded.warnings.length > 0) log.warn('config has warnings', { count: loaded.warnings.length });
  start.tell(log);
  const over = new AbortController();
  try {
    const signatures = await Signatures.load(loaded.config.commands.signing);
    const { version, timingWorker } = io;
    const notify = new Notify(descriptorSender(notifyDescriptor(environment, pid)), monotonicMicroseconds);
    const watchdog = watchdogTime(environment, pid);
    const app = new App({ loaded, clock, log, version, timingWorker, signatures, notify, watchdog });
    const reload = new Reload({ load: () => start.next(), log, notify, restart: () => app.restart() });
    const supervisor = new Supervisor({ clock, log });
    io.onReload(() => void supervisor.errand('reload', () => reload.ask()));
    void supervisor.errand('trial', () => start.untilConfirmed(clock, log, over.signal, () => reload.ask()));
    const end = await app.run(io.stopping);
    return end === 'restart' ? EXIT.restart : EXIT.ok;
  } catch (thrown) {
    const { code, message } = toSafeError(toFault(thrown));
    io.err(`fieldward: ${message} (${code})`);
    // with 78 nobody would start it again, and the next start takes the config in place
    if (start.isOnTrial) return EXIT.restart;
    return code === 'config/credential' ? EXIT.config : EXIT.internal;
  } finally {
    over.abort();
  }
}
