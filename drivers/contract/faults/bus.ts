import type { FaultRows } from './row.ts';

export const BUS_FAULTS = {
  'bus/flooded': {
    message: 'far more bytes came than the line can carry',
    remedy: 'reopen-port',
    advice: 'Check that the port is a serial line and its baud rate is right.',
  },
  'bus/stuck': {
    message: 'an operation did not give the line back',
    remedy: 'reopen-port',
    advice: 'The port is reopened by itself; report it if it repeats.',
  },
  'bus/answer-pending': {
    message: 'the answer to the same question, asked before, may still come',
    remedy: 'retry-later',
    advice: 'It is asked again by itself once the old answer can no longer come.',
  },
  'bus/echo': {
    message: 'the line returned our own request',
    remedy: 'retry-later',
    advice: 'Turn the adapter’s local echo off, or set `echo: true` on the port.',
  },
} as const satisfies FaultRows<'bus'>;
