import { listPorts } from '../../drivers/port/list.ts';
import { readArguments } from './arguments.ts';
import { type CliIo, EXIT, type ExitCode } from './io.ts';
import { table } from './table.ts';

const HELP = `Usage: fieldward ports [--json]

Lists the serial ports of this machine. Use the by-id path in the config: it stays the same wherever the adapter is
plugged in. LATENCY is the adapter's latency timer in milliseconds; anything above 1 slows every exchange.`;

/** `fieldward ports`. */
export async function ports(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { json: { type: 'boolean' } }, words: 0, help: HELP });
  if (read.done) return read.code;
  const found = await listPorts();
  if (read.flags.json === true) {
    io.out(JSON.stringify(found, undefined, 2));
    return EXIT.ok;
  }
  if (found.length === 0) {
    io.err('No serial port was found. Is the adapter plugged in, and its kernel driver loaded?');
    return EXIT.ok;
  }
  const rows = found.map(({ byId, path, driver, product, latencyTimerMs }) => [
    byId ?? path,
    path,
    driver ?? '',
    product ?? '',
    latencyTimerMs === undefined ? '' : `${latencyTimerMs}`,
  ]);
  io.out(table([['PORT', 'DEVICE', 'DRIVER', 'ADAPTER', 'LATENCY'], ...rows]));
  return EXIT.ok;
}
