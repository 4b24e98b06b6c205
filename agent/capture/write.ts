import type { LineSettings } from '../../drivers/port/line.ts';
import { CAPTURE_LINE_BYTES, type CaptureHead, type CaptureRecord } from './capture.ts';

/** The version of the form. A reader refuses one that it does not know. */
export const CAPTURE_VERSION = 1;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** The first lines of a file, each with its line end. */
export function captureHead({ began, line }: CaptureHead): string {
  const lines = [
    '# Bytes of a serial line: >> to the devices, << from them, @ seconds since the beginning. See agent/capture/README.md.',
    `-- capture ${CAPTURE_VERSION}`,
    ...(began === undefined ? [] : [`-- began ${new Date(began).toISOString()}`]),
    ...(line === undefined ? [] : [`-- line ${lineText(line)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** One record as lines of a file, each with its line end. Bytes that do not fit into one line take several. */
export function captureText(record: CaptureRecord): string {
  const at = `@${seconds(record.at)}`;
  switch (record.kind) {
    case 'sent':
    case 'received':
      return bytesText(record.kind === 'sent' ? '>>' : '<<', record.bytes, at);
    case 'lost':
      return `-- lost ${record.count} bytes ${at}\n`;
    case 'end':
      return `-- end ${record.why} ${at}\n`;
    default:
      return `-- ${record.kind} ${at}\n`;
  }
}

/** `19200 8E1`. */
export function lineText({ baudRate, dataBits, parity, stopBits }: LineSettings): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

/** Two hex digits a byte, one blank between. */
export function spacedHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => HEX[byte]).join(' ');
}

function bytesText(direction: '>>' | '<<', bytes: Uint8Array, at: string): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += CAPTURE_LINE_BYTES) {
    text += `${direction} ${spacedHex(bytes.subarray(from, from + CAPTURE_LINE_BYTES))} ${at}\n`;
  }
  return text;
}

/** To a microsecond, and never in the form of an exponent. */
function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(6);
}
