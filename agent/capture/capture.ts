import type { LineSettings } from '../../drivers/port/line.ts';

/** One thing that happened on a line. `at`: milliseconds since the capture began, with fractions, never going back. */
export type CaptureRecord =
  /**
   * From the master to the devices, or the other way; of a line that is only listened to, bytes that are no request
   * count as received.
   */
  | { readonly kind: 'sent' | 'received'; readonly at: number; readonly bytes: Uint8Array }
  /** So many bytes went over the line here and are not in the capture. */
  | { readonly kind: 'lost'; readonly at: number; readonly count: number }
  | { readonly kind: 'opened' | 'closed'; readonly at: number }
  /** Nothing follows. */
  | { readonly kind: 'end'; readonly at: number; readonly why: CaptureEnd };

/** Its time was over, its size was reached, or it was told to stop. */
export type CaptureEnd = 'time' | 'size' | 'stopped';

export interface CaptureHead {
  /** Wall clock of its beginning, milliseconds since 1970. */
  readonly began?: number | undefined;
  /** Absent where nobody knows them, as behind a server on the network. */
  readonly line?: LineSettings | undefined;
}

/** Bytes of a line, with times: the content of a file of captures. */
export interface Capture extends CaptureHead {
  readonly records: readonly CaptureRecord[];
}

/** The largest file that is read: more than an hour of a full line at 9600 baud. Bytes. */
export const CAPTURE_FILE_BYTES = 16 * 1024 * 1024;
/** The most that one file may hold. Records. */
export const CAPTURE_RECORDS = 400_000;
/** The most that one line of a file holds: the longest frame of Modbus RTU. Bytes of the wire. */
export const CAPTURE_LINE_BYTES = 256;
