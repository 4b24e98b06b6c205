import type { LineSettings } from './line.ts';

/** Where a port is: a serial device of this machine, or a serial server's raw TCP port. */
export type PortSettings = SerialSettings | TcpSettings;

export interface SerialSettings extends LineSettings {
  /** See `isPortPath`. */
  readonly path: string;
  /** Whether the adapter's latency timer may be lowered to 1 ms; absent: yes. */
  readonly lowLatency?: boolean | undefined;
  /** The levels of DTR and RTS while the port is open; absent: as the kernel's opening sets them, which is on. */
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
  /**
   * Nothing is sent: DTR and RTS are left alone, also at the closing, unless `dtr` or `rts` says otherwise. That the kernel's
   * opening raises them can't be kept from it. Absent: no.
   */
  readonly onlyListens?: boolean | undefined;
}

export interface TcpSettings {
  /** Name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly tcpPort: number;
}
