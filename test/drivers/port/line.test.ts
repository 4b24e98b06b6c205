import { describe, expect, it } from 'vitest';
import { createPort, portTiming } from '../../../drivers/port/create.ts';
import { atSpeed, lineTiming, UNKNOWN_LINE } from '../../../drivers/port/line.ts';
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

  it('change with the speed, where that is known', () => {
    const slow = lineTiming({ baudRate: 300, ...EIGHT_E_ONE });
    expect(atSpeed(slow, 9600)).toEqual(lineTiming({ baudRate: 9600, ...EIGHT_E_ONE }));
    expect(atSpeed(UNKNOWN_LINE, 9600)).toEqual(UNKNOWN_LINE);
  });

  it('are not known behind a serial server', () => {
    expect(portTiming({ host: 'server', tcpPort: 4001 })).toEqual({ baudRate: 0, characterMs: 0 });
    expect(portTiming({ path: '/dev/ttyUSB0', baudRate: 115_200, ...EIGHT_E_ONE }).baudRate).toBe(115_200);
  });
});

describe('a port', () => {
  it('is made for what the settings name', () => {
    const bound = (work: Promise<void>) => work;
    expect(createPort({ path: '/dev/ttyUSB0', baudRate: 9600, ...EIGHT_E_ONE }, bound)).toBeInstanceOf(SerialPort);
    expect(createPort({ host: 'server', tcpPort: 4001 }, bound)).toBeInstanceOf(TcpPort);
  });
});
