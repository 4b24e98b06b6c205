import { silenceMs } from '../../../drivers/modbus/rtu/silence.ts';
import { LEAST_LATENCY_MS } from '../../../drivers/port/latency.ts';
import { keptShare } from '../../../drivers/port/latency-cost.ts';
import { lineTiming } from '../../../drivers/port/line.ts';
import { type FoundPort, listPorts } from '../../../drivers/port/list.ts';
import { readArguments } from '../arguments.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { table } from '../table.ts';
import { describeSharedName, steadyName } from './shared-names.ts';

const HELP = `Usage: fieldward ports [--json]

Lists the serial ports of this machine. Use the name under PORT in the config: a by-id path stays the same wherever the
adapter is plugged in. Adapters without a serial number share their by-id path with all others of their model. For these
it names the by-path one, which stays with the socket. LATENCY is the latency timer of FTDI's adapters; anything above 1
ms slows every exchange. Other adapters have no such timer. The agent lowers it when it opens the port, unless the
config says \`lowLatency: false\`.`;

/** Ten Modbus registers are asked for in 8 characters and answered in 25: the bench measures the same read. */
const EXAMPLE = { request: 8, answer: 25 };

/**
 * `fieldward ports`.
 * @param list the ports to show: those of this machine
 */
export async function ports(args: readonly string[], io: CliIo, list = listPorts): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { json: { type: 'boolean' } }, words: 0, help: HELP });
  if (read.done) return read.code;
  const found = await list();
  if (read.flags.json === true) {
    io.out(JSON.stringify(found, undefined, 2));
    return EXIT.ok;
  }
  if (found.length === 0) {
    io.err('No serial port was found. Is the adapter plugged in, and its kernel driver loaded?');
    return EXIT.ok;
  }
  const rows = found.map(({ driver, product, latencyTimerMs, ...port }) => [
    steadyName(port),
    port.path,
    driver ?? '',
    product ?? '',
    latencyTimerMs === undefined
      ? ''
      : `${latencyTimerMs} ms${latencyTimerMs > LEAST_LATENCY_MS ? ' (slow: set to 1)' : ''}`,
  ]);
  io.out(table([['PORT', 'DEVICE', 'DRIVER', 'ADAPTER', 'LATENCY'], ...rows]));
  for (const port of found) {
    const words = describeSharedName(port);
    if (words !== undefined) io.err(words);
  }
  const note = costNote(found);
  if (note !== undefined) io.err(note);
  return EXIT.ok;
}

/** The cost of the slowest of them; nothing where none is slow. */
function costNote(found: readonly FoundPort[]): string | undefined {
  const timer = Math.max(0, ...found.map(({ latencyTimerMs }) => latencyTimerMs ?? 0));
  if (timer <= LEAST_LATENCY_MS) return undefined;
  const left = (baudRate: number): string => {
    const line = lineTiming({ baudRate, dataBits: 8, parity: 'none', stopBits: 1 });
    const quietMs = silenceMs(line);
    return `${Math.round(keptShare({ ...EXAMPLE, quietMs }, line, quietMs, timer) * 100)} % at ${baudRate} baud`;
  };
  return `With ${timer} ms a line keeps of its rate ${left(19_200)}, ${left(115_200)}.
The agent lowers it when it opens the port; for all programs, install systemd/60-fieldward.rules.`;
}
