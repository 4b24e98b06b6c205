import { expect, it, vi } from 'vitest';
import { createPort } from '../../../drivers/port/create.ts';
import { openPty } from '../../../scripts/sim/pty.ts';
import { NEVER, Recorder } from './port-contract.ts';

vi.mock('serialport', () => {
  throw new Error('no native build was found');
});

it('a library that does not load is a fault of the port, and not the end of the program', async () => {
  const pty = await openPty();
  const settings = { path: pty.path, baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
  const opening = createPort(settings, (work) => work).open(new Recorder(), NEVER);
  await expect(opening).rejects.toMatchObject({ code: 'port/library' });
  await pty.close();
});
