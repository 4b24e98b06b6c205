import { pcapOf } from '../../capture/pcap.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { createOutput, fileReason, openCapture } from './capture-file.ts';

/** Makes a pcap file of a capture, and says what is in it. */
export async function convert(from: string, pcap: string, json: boolean, io: CliIo): Promise<ExitCode> {
  const opened = await openCapture(from);
  if (!opened.ok) {
    io.err(`fieldward: ${opened.why}`);
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
    io.err(`fieldward: --pcap: the file can not be written: ${fileReason(thrown)}`);
    return EXIT.output;
  }
  const count = capture.records.length;
  const bytes = capture.records.reduce((sum, record) => sum + ('bytes' in record ? record.bytes.length : 0), 0);
  const lost = capture.records.reduce((sum, record) => sum + (record.kind === 'lost' ? record.count : 0), 0);
  io.out(json ? JSON.stringify({ records: count, bytes, lost }) : `${bytes} bytes in ${count} records; ${lost} lost.`);
  return EXIT.ok;
}
