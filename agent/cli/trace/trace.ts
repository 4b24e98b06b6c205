import { TRACE_LIMITS, USUAL_DIRECTORY } from '../../capture/trace-request.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { durationFlag } from '../duration-flag.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { wholeNumberFlag } from '../ports/port-argument.ts';
import { convert } from './convert.ts';
import { fetchTrace } from './fetch-trace.ts';

const HELP = `Usage: fieldward trace BUS --output FILE [--for TIME] [--pcap FILE] [--bytes N] [--runtime-directory DIR] [--json]
       fieldward trace --from FILE --pcap FILE [--json]

Writes down what goes over a bus of the running agent, with times, both directions and losses, and disturbs nothing. The
agent is asked by a file in its runtime directory: only root and the agent's own user can do that. Ctrl-C ends it early.

  --output FILE  the capture, text of lines as ">> 01 03 00 00 00 02 C4 0B @0.012000"; see agent/capture/README.md
  --for TIME     how long: 60s (default), 5m, at most 1h
  --bytes N      how much at most, ${TRACE_LIMITS.leastBytes} to ${TRACE_LIMITS.bytes} (default 4194304)
  --pcap FILE    also a pcap file for Wireshark: link type RTAC serial, one packet a frame. Modbus RTU is decoded with
                 Wireshark's preference "RTAC Serial: Protocol for data payload: MODBUS RTU"
  --from FILE    no trace: makes the pcap file of a capture that is there
  --runtime-directory DIR  of the agent; $RUNTIME_DIRECTORY, or ${USUAL_DIRECTORY}
  --json         at the end {"records":…,"bytes":…,"lost":…}

Example: fieldward trace rs485-a --for 60s --output line.capture

Exit code: 0 written, 64 wrong usage or no capture, 69 no agent took the request, 74 a file can not be written.`;

const FLAGS = {
  for: { type: 'string' },
  output: { type: 'string' },
  bytes: { type: 'string' },
  from: { type: 'string' },
  pcap: { type: 'string' },
  'runtime-directory': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** `fieldward trace`. */
export async function trace(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 1, help: HELP });
  if (read.done) return read.code;
  const { from, pcap, output, json } = read.flags;
  const [bus] = read.words;
  if (typeof from === 'string') {
    if (bus !== undefined || typeof pcap !== 'string')
      return wrongArguments(io, '--from FILE goes with --pcap FILE', HELP);
    return convert(from, pcap, json === true, io);
  }
  if (bus === undefined || !ID.test(bus)) return wrongArguments(io, 'which bus? Its id, as in the config', HELP);
  if (typeof output !== 'string') return wrongArguments(io, '--output FILE is needed', HELP);
  const ms = durationFlag(read.flags.for ?? '60s', 100, TRACE_LIMITS.ms);
  if (ms === undefined) return wrongArguments(io, '--for is as 60s or 5m, at most 1h', HELP);
  const bytes = wholeNumberFlag(read.flags.bytes ?? '4194304', TRACE_LIMITS.leastBytes, TRACE_LIMITS.bytes);
  if (bytes === undefined) {
    return wrongArguments(io, `--bytes is ${TRACE_LIMITS.leastBytes} to ${TRACE_LIMITS.bytes}`, HELP);
  }
  const named = read.flags['runtime-directory'] ?? io.environment.RUNTIME_DIRECTORY?.split(':')[0];
  const directory = typeof named === 'string' ? named : USUAL_DIRECTORY;
  const fetched = await fetchTrace({ bus, ms, bytes, directory, output, clock: new SystemClock() }, io);
  if (!fetched.ok) {
    io.err(`fieldward: ${fetched.why}`);
    return fetched.code;
  }
  if (typeof pcap === 'string') return convert(output, pcap, json === true, io);
  const { records, lost } = fetched;
  io.out(
    json === true
      ? JSON.stringify({ records, bytes: fetched.bytes, lost })
      : `${fetched.bytes} bytes in ${records} records; ${lost} lost.`,
  );
  return EXIT.ok;
}
