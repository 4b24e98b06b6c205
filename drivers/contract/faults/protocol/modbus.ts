import type { FaultRows } from '../row.ts';

export const MODBUS_FAULTS = {
  'modbus/checksum': {
    message: 'the answer had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check wiring, termination, shielding and baud rate.',
  },
  'modbus/truncated': {
    message: 'the answer ended too early',
    remedy: 'retry-later',
    advice: 'Check wiring; raise timeoutMs if the device is slow.',
  },
  'modbus/echo': {
    message: 'only our own request came back',
    remedy: 'retry-later',
    advice: 'Turn the adapter’s local echo off.',
  },
  'modbus/tcp-port': {
    message: 'nothing answers Modbus RTU on port 502, which is that of Modbus TCP',
    remedy: 'retry-later',
    advice:
      'A server on port 502 usually speaks Modbus TCP, which is another protocol. Set the serial server to raw TCP (transparent mode), and tcpPort to the port of that mode.',
  },
  'modbus/foreign-unit': {
    message: 'another unit answered',
    remedy: 'retry-later',
    advice: 'Two devices may have the same or a wrong address.',
  },
  'modbus/wrong-function': {
    message: 'the answer was for another function',
    remedy: 'retry-later',
    advice: 'Another master may be on the line.',
  },
  'modbus/wrong-count': {
    message: 'the answer held another amount of data than was asked for',
    remedy: 'retry-later',
    advice: 'Another master may be on the line, or the device breaks the protocol.',
  },
  'modbus/wrong-confirmation': {
    message: 'the device confirmed another write than was asked for',
    remedy: 'retry-later',
    advice: 'Read the point before writing again.',
  },
  'modbus/illegal-function': {
    message: 'the device does not know the function (exception 1)',
    remedy: 'retry-later',
    advice: 'Check the point’s register kind against the manual.',
  },
  'modbus/illegal-address': {
    message: 'the device does not have the address (exception 2)',
    remedy: 'retry-later',
    advice: 'Check address and length; addresses are zero-based.',
  },
  'modbus/illegal-value': {
    message: 'the device refused the value or the count (exception 3)',
    remedy: 'retry-later',
    advice: 'Lower maxRegisters, or check the written value.',
  },
  'modbus/device-failure': {
    message: 'the device failed to do it (exception 4)',
    remedy: 'retry-later',
    advice: 'See the device’s own display or log.',
  },
  'modbus/acknowledge': {
    message: 'the device needs more time (exception 5)',
    remedy: 'retry-later',
    advice: 'Read back later.',
  },
  'modbus/device-busy': {
    message: 'the device is busy (exception 6)',
    remedy: 'retry-later',
    advice: 'Poll it less often.',
  },
  'modbus/negative-acknowledge': {
    message: 'the device can not do it (exception 7)',
    remedy: 'retry-later',
    advice: 'See the device’s manual.',
  },
  'modbus/memory-parity': {
    message: 'the device found its memory damaged (exception 8)',
    remedy: 'retry-later',
    advice: 'The device may need service.',
  },
  'modbus/gateway-path': {
    message: 'the gateway has no path to the device (exception 10)',
    remedy: 'retry-later',
    advice: 'Check the serial gateway’s setup.',
  },
  'modbus/gateway-target': {
    message: 'the device behind the gateway did not answer (exception 11)',
    remedy: 'retry-later',
    advice: 'Check the device behind the gateway.',
  },
  'modbus/exception': {
    message: 'the device answered with an exception that the standard does not name',
    remedy: 'retry-later',
    advice: 'See the device’s manual.',
  },
} as const satisfies FaultRows<'modbus'>;
