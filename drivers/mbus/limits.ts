/** A number that an operator may set: everything about it in one place; the schema and its documentation come from here. */
interface Limit {
  /** In words, empty for a plain count. */
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly default?: number;
  readonly reason: string;
}

export const LIMITS = {
  address: {
    unit: '',
    min: 0,
    max: 254,
    reason:
      'The primary address: 0 to 250, or 254, to which every device answers, where there is one alone on the line. 251 to 253 are not addresses of devices.',
  },
  timeoutMs: {
    unit: 'ms',
    min: 10,
    max: 10_000,
    reason:
      'From the end of the request to the first byte of the answer; the time that the answer takes on the line is added. Default: 330 bit times and 50 ms, as EN 13757-2 has it, and 50 ms for the adapter; 238 ms at 2400 baud.',
  },
  retries: {
    unit: '',
    min: 0,
    max: 5,
    default: 2,
    reason:
      'How often in one readout a request is repeated that was not answered or whose answer was damaged; 2 by EN 13757-2. A device that did not answer the last time is asked once.',
  },
  maxTelegrams: {
    unit: 'telegrams',
    min: 1,
    max: 32,
    default: 4,
    reason:
      'The most telegrams of one readout; a device that has more is not read to its end. Each may hold the line for its whole timeout, so that a larger number may need a larger throttle.maxRunMs.',
  },
  minPollMs: {
    unit: 'ms',
    min: 0,
    max: 86_400_000,
    default: 900_000,
    reason:
      'The device is never polled more often, because each readout costs battery and many meters allow few a day. 0 for a device with mains power.',
  },
} as const satisfies Record<string, Limit>;

/** Of a selection: versions and media are one byte, of which 255 means any. */
export const SELECTION_BYTE = { min: 0, max: 254 } as const;
