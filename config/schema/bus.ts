import { z } from 'zod';
import { isPortPath } from '../../drivers/port/path.ts';
import { id } from '../../drivers/schema/text.ts';
import { BAUD_RATES } from '../baud-rates.ts';
import type { BusConfig, SerialPortConfig, TcpPortConfig, ThrottleConfig } from '../config.ts';
import { SILENT_REOPEN } from '../derived-defaults.ts';
import { AMOUNTS, LIMITS } from '../limits.ts';
import { deviceSchema } from './device.ts';
import { describeLimit, limited, limitedReal, limitedWithoutDefault } from './number.ts';
import { flag, host } from './text.ts';

const baud = LIMITS.port.baudRate;

const reopening = {
  echo: flag()
    .default(false)
    .describe('Whether the adapter returns what is sent; then that is taken off. Default false.'),
  reopenMinMs: limited(LIMITS.port.reopenMinMs),
  reopenMaxMs: limited(LIMITS.port.reopenMaxMs),
  settleMs: limited(LIMITS.port.settleMs),
};

export const serialPortSchema = z.strictObject({
  path: z
    .string({ error: 'must be text' })
    .refine(isPortPath, { error: 'must be the path of a serial port, best one of /dev/serial/by-id/…' })
    .describe('The serial port; /dev/serial/by-id/… stays the same when adapters are plugged in another order.'),
  baudRate: z
    .number({ error: 'must be a whole number' })
    .refine((rate) => BAUD_RATES.includes(rate), {
      error: `must be a standard baud rate: 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 or another from ${baud.min} to ${baud.max}`,
    })
    .default(baud.default)
    .meta({ description: describeLimit(baud), enum: BAUD_RATES }),
  dataBits: z.literal([8, 7]).default(8).describe('Data bits, 7 or 8; default 8.'),
  parity: z.enum(['none', 'even', 'odd']).default('none').describe('Parity; default none (the Modbus standard: even).'),
  stopBits: z.literal([1, 2]).default(1).describe('Stop bits, 1 or 2; default 1.'),
  lowLatency: flag()
    .default(true)
    .describe(
      'Whether the latency timer of an FTDI adapter is lowered to 1 ms when the port is opened. At 16 ms, the default of the kernel, it costs a third to two thirds of the rate. Default true.',
    ),
  dtr: flag()
    .optional()
    .describe(
      'The level of DTR while the port is open. DTR is the request line of a P1 port, or the supply of an optical head or of an isolated RS-232 interface. Absent: as the kernel opens the port, which is true.',
    ),
  rts: flag().optional().describe('The level of RTS while the port is open, as `dtr`. Absent: true.'),
  ...reopening,
  silentReopenMs: limited({ ...LIMITS.port.silentReopenMs, default: SILENT_REOPEN.serial }),
}) satisfies z.ZodType<SerialPortConfig>;

export const tcpPortSchema = z.strictObject({
  host: host().describe(
    'Host name or address of a serial device server (raw TCP), or of a device or gateway that speaks Modbus TCP.',
  ),
  tcpPort: limitedWithoutDefault(LIMITS.port.tcpPort),
  ...reopening,
  idleCloseMs: limited(LIMITS.port.idleCloseMs),
  silentReopenMs: limited({ ...LIMITS.port.silentReopenMs, default: SILENT_REOPEN.server }),
}) satisfies z.ZodType<TcpPortConfig>;

export const throttleSchema = z.strictObject({
  gapMs: limitedReal(LIMITS.throttle.gapMs),
  maxQueue: limitedWithoutDefault(LIMITS.throttle.maxQueue).optional(),
  maxWaitMs: limited(LIMITS.throttle.maxWaitMs),
  maxRunMs: limited(LIMITS.throttle.maxRunMs),
  commandBurst: limited(LIMITS.throttle.commandBurst),
});

const recorderSchema = z.strictObject({ bytes: limited(LIMITS.recorder.bytes) });

/** The keys of a bus; the JSON Schema puts the drivers' own schemas into `devices`. */
export const busShape = {
  id: id().describe('Name of the bus, unique in the gateway.'),
  port: z
    .union([serialPortSchema, tcpPortSchema], { error: 'must be a mapping' })
    .describe('A serial port of this machine, or a server on the network.'),
  throttle: throttleSchema.prefault({}).describe('How densely the line is used.'),
  recorder: recorderSchema
    .optional()
    .describe(
      'Keeps the last bytes of the line in memory and writes them to $STATE_DIRECTORY/recordings. It does so when a device goes offline, or when damaged frames begin to come in numbers. There are at most 8 files of each bus, for the agent’s user alone. They never go to the broker. Absent: nothing is kept.',
    ),
  devices: z
    .array(deviceSchema, { error: 'must be a list' })
    .max(AMOUNTS.devicesPerBus, { error: `must have at most ${AMOUNTS.devicesPerBus} entries` })
    .default([])
    .describe('What is connected to the line.'),
};

export const busSchema = z.strictObject(busShape).transform((bus) => ({
  ...bus,
  throttle: withQueue(bus.throttle, bus.devices.length),
})) satisfies z.ZodType<BusConfig>;

function withQueue(throttle: z.output<typeof throttleSchema>, devices: number): ThrottleConfig {
  const fallback = Math.max(LIMITS.throttle.maxQueue.default, devices + AMOUNTS.defaultQueueReserve);
  return { ...throttle, maxQueue: throttle.maxQueue ?? fallback };
}
