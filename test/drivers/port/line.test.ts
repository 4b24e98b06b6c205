import { describe, expect, it } from 'vitest';
import { createPort, portTiming } from '../../../drivers/port/create.ts';
import { lineTiming } from '../../../drivers/port/line.ts';
import { SerialPort } from '../../../drivers/port/serial-port.ts';
import { TcpPort } from '../../../drivers/port/tcp-port.ts';

const EIGHT_E_ONE = { dataBits: 8, parity: 'even', stopBits: 1 } as const;

describe('the times of a line', () => {
  it('count start, data, parity and stop bits', () => {
    expect(lineTiming({ baudRate: 9600, ...EIGHT_E_ONE }).characterMs).toBeCloseTo(11 / 9.6, 9);
    expect(lineTiming({ baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 }).characterMs).toBeCloseTo(
      10 / 9.6,
      9,
    );
    expect(lineTiming({ baudRate: 1200, dataBits: 7, parity: 'odd', stopBits: 2 }).characterMs).toBeCloseTo(
      11 / 1.2,
      9,
    );
  });

  it('keep 3.5 characters of silence up to 19200 baud, and 1.75 ms above', () => {
    expect(lineTiming({ baudRate: 9600, ...EIGHT_E_ONE }).silenceMs).toBeCloseTo(4.0104, 4);
    expect(lineTiming({ baudRate: 19_200, ...EIGHT_E_ONE }).silenceMs).toBeCloseTo(2.0052, 4);
    expect(lineTiming({ baudRate: 38_400, ...EIGHT_E_ONE }).silenceMs).toBe(1.75);
    expect(lineTiming({ baudRate: 115_200, ...EIGHT_E_ONE }).silenceMs).toBe(1.75);
  });

  it('are not known behind a serial server', () => {
    expect(portTiming({ host: 'server', tcpPort: 4001 })).toEqual({ baudRate: 0, characterMs: 0 });
    expect(portTiming({ path: '/dev/ttyUSB0', baudRate: 115_200, ...EIGHT_E_ONE }).silenceMs).toBe(1.75);
  });
});

describe('a port', () => {
  it('is made for what the settings name', () => {
    const bound = (work: Promise<void>) => work;
    expect(createPort({ path: '/dev/ttyUSB0', baudRate: 9600, ...EIGHT_E_ONE }, bound)).toBeInstanceOf(SerialPort);
    expect(createPort({ host: 'server', tcpPort: 4001 }, bound)).toBeInstanceOf(TcpPort);
  });
});
