import { pcapOf } from '../../capture/pcap.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { createOutput, openCapture, reasonOf } from './capture-file.ts';

const HELP = `Usage: fieldward trace --from FILE --pcap FILE [--json]

Makes a pcap file of a capture, for Wireshark: link type RTAC serial (250), one packet for each frame with its direction.
Modbus RTU is shown decoded with the preference "RTAC Serial: Protocol for data payload: MODBUS RTU".

  --from FILE  the capture
  --pcap FILE  the file that is written; one that is there is replaced
  --json       prints {"records":…,"bytes":…,"lost":…}

Example: fieldward trace --from line.capture --pcap line.pcap

Exit code: 0 written, 64 wrong usage or no capture, 74 the file can not be written.`;

const FLAGS = { from: { type: 'string' }, pcap: { type: 'string' }, json: { type: 'boolean' } } as const;

/** `fieldward trace`. */
export async function trace(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 0, help: HELP });
  if (read.done) return read.code;
  const { from, pcap, json } = read.flags;
  if (typeof from !== 'string' || typeof pcap !== 'string')
    return wrongArguments(io, '--from FILE and --pcap FILE are needed', HELP);
  return convert(from, pcap, json === true, io);
}

async function convert(from: string, pcap: string, json: boolean, io: CliProcess): Promise<ExitCode> {
  const opened = await openCapture(from);
  if (!opened.ok) {
    io.err(`fieldward: --from: ${opened.why}`);
    return EXIT.usage;
  }
  const { capture } = opened;
  try {
    const file = await createOutput(pcap);
    try {
      await file.writeFile(pcapOf(capture));
    } finally {
      await file.close();
    }
  } catch (thrown) {
    io.err(`fieldward: --pcap: the file can not be written: ${reasonOf(thrown)}`);
    return EXIT.output;
  }
  const count = capture.records.length;
  const bytes = capture.records.reduce((sum, record) => sum + ('bytes' in record ? record.bytes.length : 0), 0);
  const lost = capture.records.reduce((sum, record) => sum + (record.kind === 'lost' ? record.count : 0), 0);
  io.out(json ? JSON.stringify({ records: count, bytes, lost }) : `${bytes} bytes in ${count} records; ${lost} lost.`);
  return EXIT.ok;
}
