import { driver } from '../../../drivers/obis/dlms/driver.ts';
import { type DlmsModel, dlmsBytes } from '../../sim/dlms-meter.ts';
import { type DecodeSubject, usualDevice } from './subject.ts';

const TELEGRAMS = 60;
const START = Date.UTC(2026, 0, 1);
const KEY = new Uint8Array(16).fill(7);

function minute(model: DlmsModel): readonly Uint8Array[] {
  return Array.from({ length: TELEGRAMS }, (_, second) => dlmsBytes(START + second * 1000, { model, key: KEY }));
}

/** A minute of a list in HDLC, and one of an encrypted list in M-Bus frames. */
export const dlmsSubjects: readonly DecodeSubject[] = [
  { name: 'dlms-push', device: usualDevice(driver), telegrams: minute('aidon') },
  {
    name: 'dlms-push encrypted',
    device: usualDevice(
      driver,
      { keyFile: 'key' },
      new Map([['keyFile', Buffer.from(Buffer.from(KEY).toString('hex'))]]),
    ),
    telegrams: minute('austria'),
  },
];
