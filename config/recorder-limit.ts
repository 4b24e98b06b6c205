/** Of `buses[].recorder.bytes`. */
export const RECORDER_BYTES = {
  unit: 'bytes',
  min: 4_096,
  max: 1_048_576,
  default: 65_536,
  reason:
    'Memory for the last bytes of the line, of which each request and answer takes 11 more. At 9600 baud in full use 65536 are about half a minute, at 115200 a few seconds.',
} as const;
