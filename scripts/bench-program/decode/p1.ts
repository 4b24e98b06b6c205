import { driver } from '../../../drivers/obis/p1/driver.ts';
import { P1Meter } from '../../sim/p1-meter.ts';
import { type DecodeSubject, usualDevice } from './subject.ts';

const TELEGRAMS = 60;
const START = Date.UTC(2026, 0, 1);
const KEY = new Uint8Array(16).fill(7);
const AUTHENTICATION_KEY = Uint8Array.from({ length: 16 }, (_, index) => index * 0x11);

function minute(say: (meter: P1Meter, at: number) => Uint8Array): readonly Uint8Array[] {
  const meter = new P1Meter(START);
  return Array.from({ length: TELEGRAMS }, (_, second) => say(meter, START + second * 1000));
}

/** A minute of DSMR 5, plain and encrypted. The frame counter ends with the minute: each round is an opening of its own. */
export const p1Subjects: readonly DecodeSubject[] = [
  { name: 'dsmr-p1', device: usualDevice(driver), telegrams: minute((meter, at) => meter.telegram(at)) },
  {
    name: 'dsmr-p1 encrypted',
    device: usualDevice(
      driver,
      { keyFile: 'key' },
      new Map([['keyFile', Buffer.from(Buffer.from(KEY).toString('hex'))]]),
    ),
    telegrams: minute((meter, at) =>
      meter.sealed(at, { key: KEY, authenticationKey: AUTHENTICATION_KEY, title: 'FWD00001' }),
    ),
  },
];
