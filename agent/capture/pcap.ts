import type { Capture, CaptureRecord } from './capture.ts';

/** `LINKTYPE_RTAC_SERIAL` (tcpdump.org, link-layer header types): a header of 12 bytes, then the bytes of the wire. */
const LINK_TYPE = 250;
const MAGIC = 0xa1b2c3d4;
const MAJOR = 2;
const MINOR = 4;
/** The longest packet, with its header. */
const LONGEST_PACKET = 65_535;
const SERIAL_HEADER = 12;

/** Events of the serial header, as Wireshark's dissector `rtacser` names them. */
const EVENTS = { sent: 0x01, received: 0x02, lost: 0x05 } as const;

/** Portions of one frame come this close after each other, also behind an adapter that holds them back for 16 ms. */
const SAME_FRAME_MS = 20;

/** The header of a pcap file (draft-ietf-opsawg-pcap). */
export function pcapHead(): Uint8Array {
  const head = Buffer.alloc(24);
  head.writeUInt32BE(MAGIC, 0);
  head.writeUInt16BE(MAJOR, 4);
  head.writeUInt16BE(MINOR, 6);
  head.writeUInt32BE(LONGEST_PACKET, 16);
  head.writeUInt32BE(LINK_TYPE, 20);
  return head;
}

/**
 * A packet of one record; nothing for what has no place in such a file.
 * @param began wall clock of the capture's beginning, milliseconds since 1970
 */
export function pcapPacket(record: CaptureRecord, began: number): Uint8Array {
  if (record.kind !== 'sent' && record.kind !== 'received' && record.kind !== 'lost') return new Uint8Array(0);
  const bytes = 'bytes' in record ? record.bytes.subarray(0, LONGEST_PACKET - SERIAL_HEADER) : new Uint8Array(0);
  const micros = Math.max(0, Math.round((began + record.at) * 1000));
  const [seconds, fraction] = [Math.floor(micros / 1e6) % 2 ** 32, micros % 1e6];
  const packet = Buffer.alloc(16 + SERIAL_HEADER + bytes.length);
  packet.writeUInt32BE(seconds, 0);
  packet.writeUInt32BE(fraction, 4);
  packet.writeUInt32BE(SERIAL_HEADER + bytes.length, 8);
  packet.writeUInt32BE(SERIAL_HEADER + bytes.length, 12);
  packet.writeUInt32BE(seconds, 16);
  packet.writeUInt32BE(fraction, 20);
  packet.writeUInt8(EVENTS[record.kind], 24);
  packet.set(bytes, 16 + SERIAL_HEADER);
  return packet;
}

/** A whole file. Portions that follow each other closely in one direction become one packet, so that frames are whole. */
export function pcapOf({ began = 0, records }: Capture): Uint8Array {
  return Buffer.concat([pcapHead(), ...joined(records).map((record) => pcapPacket(record, began))]);
}

/** The same with portions joined to what they were on the wire. */
export function joined(records: readonly CaptureRecord[], within = SAME_FRAME_MS): readonly CaptureRecord[] {
  const whole: CaptureRecord[] = [];
  let parts: Uint8Array[] = [];
  let lastAt = 0;
  const close = (): void => {
    const last = whole.at(-1);
    if (parts.length > 1 && last !== undefined && 'bytes' in last) {
      whole[whole.length - 1] = { ...last, bytes: Buffer.concat(parts) };
    }
    parts = [];
  };
  let length = 0;
  for (const record of records) {
    const last = whole.at(-1);
    const size = 'bytes' in record ? record.bytes.length : 0;
    const follows = size > 0 && last?.kind === record.kind && record.at - lastAt <= within;
    if (follows && length + size <= LONGEST_PACKET - SERIAL_HEADER && 'bytes' in record) {
      parts.push(record.bytes);
      length += size;
    } else {
      close();
      whole.push(record);
      if ('bytes' in record) parts = [record.bytes];
      length = size;
    }
    lastAt = record.at;
  }
  close();
  return whole;
}
