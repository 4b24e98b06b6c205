import { loadConfig } from '../../config/load.ts';
import { toFault, toSafeError } from '../../drivers/contract/fault.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { App } from '../app/app.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { Signatures } from '../command/signature.ts';
import { PinoLog } from '../log/pino-log.ts';
import { readArguments } from './arguments.ts';
import { describeRefusal } from './check.ts';
import { type CliProcess, DEFAULT_CONFIG, EXIT, type ExitCode } from './io.ts';

const HELP = `Usage: fieldward run [--config FILE]

Runs the agent until SIGTERM or SIGINT. The log is JSON lines on standard output. FILE is ${DEFAULT_CONFIG} unless given.

Exit code: 0 stopped as asked, 64 wrong usage, 70 internal fault, 75 restart asked for by command, 78 config refused.`;

/** `fieldward run`. */
export async function run(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { config: { type: 'string' } }, words: 0, help: HELP });
  if (read.done) return read.code;
  const file = typeof read.flags.config === 'string' ? read.flags.config : DEFAULT_CONFIG;
  const loaded = await loadConfig({ file, environment: io.environment, catalogue: openCatalogue() });
  if (!loaded.ok) {
    io.err(describeRefusal(loaded));
    return EXIT.config;
  }
  const clock = new SystemClock();
  const log = new PinoLog({ clock, level: loaded.config.log.level });
  // the warnings name the file: they are for `check`, not for the log
  if (loaded.warnings.length > 0) log.warn('config has warnings', { count: loaded.warnings.length });
  try {
    const signatures = await Signatures.load(loaded.config.commands.signing);
    const { version, timingWorker } = io;
    const end = await new App({ loaded, clock, log, version, timingWorker, signatures }).run(io.stopping);
    return end === 'restart' ? EXIT.restart : EXIT.ok;
  } catch (thrown) {
    const { code, message } = toSafeError(toFault(thrown));
    io.err(`fieldward: ${message} (${code})`);
    return code === 'config/credential' ? EXIT.config : EXIT.internal;
  }
}
