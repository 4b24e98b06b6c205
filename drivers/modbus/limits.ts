/** A number that an operator may set: everything about it in one place; the schema and its documentation come from here. */
export interface Limit {
  /** In words, empty for a plain count. */
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly default?: number;
  readonly reason: string;
}

export const LIMITS = {
  unit: {
    unit: '',
    min: 0,
    max: 255,
    reason:
      'The address of the device, 1 to 247. 0 and 248 to 255 need `anyUnit`: on a line 0 is the broadcast, which nobody answers, and the others are reserved.',
  },
  timeoutMs: {
    unit: 'ms',
    min: 10,
    max: 10_000,
    default: 300,
    reason:
      'From the end of the request to the first byte of the answer; the time that the answer takes on the line is added. Most meters begin within 100 ms.',
  },
  lateMs: {
    unit: 'ms',
    min: 0,
    max: 60_000,
    default: 2000,
    reason:
      'How long after an unanswered request its answer could still come. Until then nothing is asked whose answer would look the same.',
  },
  maxRegisters: {
    unit: 'registers',
    min: 1,
    max: 125,
    default: 125,
    reason: 'The most that one request reads or writes. The protocol allows 125 to read; some devices allow less.',
  },
  maxCoils: {
    unit: 'coils',
    min: 1,
    max: 2000,
    default: 2000,
    reason: 'The most coils or discrete inputs that one request reads or writes. The protocol allows 2000 to read.',
  },
  maxHole: {
    unit: 'registers or coils',
    min: 0,
    max: 124,
    default: 0,
    reason:
      'So many addresses between two points that are no point of their own may be read along, where that is cheaper than another request. 0 reads no address that no point names, but between a value and the point of its scaleFrom. A device may not have such an address, or reading it may change something.',
  },
  tcpTimeoutMs: {
    unit: 'ms',
    min: 10,
    max: 30_000,
    default: 1000,
    reason:
      'From the end of the request to the answer, and from one answer to the next where several are under way. A gateway that waits for a device on its own line must have the time to say that it does not answer. Many wait one second.',
  },
  tcpLateMs: {
    unit: 'ms',
    min: 0,
    max: 60_000,
    default: 2000,
    reason:
      'How long after an unanswered request its answer counts as a late one. Nothing waits for it: it has another transaction number and is never taken.',
  },
  maxInFlight: {
    unit: 'requests',
    min: 1,
    max: 16,
    default: 1,
    reason:
      'So many reads of one poll are under way at once. Most gateways and many devices take one request at a time, and some drop the others; the standard names 1 to 16.',
  },
  characterGapMs: {
    unit: 'ms',
    min: 10,
    max: 5000,
    default: 1000,
    reason:
      'The longest pause within an answer. The standard allows one second between two characters; networks of modems may need more. One answer may pause three times so long in all.',
  },
} as const satisfies Record<string, Limit>;

/** The most that one write may carry: Modbus Application Protocol V1.1b3, 6.11, 6.12 and 6.17. */
export const WRITE_LIMITS = { coils: 1968, registers: 123, readWriteRegisters: 121 } as const;
