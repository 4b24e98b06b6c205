import { createPort } from '../../../drivers/port/create.ts';
import { openPty } from '../../../scripts/sim/pty.ts';
import { type FarEnd, portContract } from './port-contract.ts';

async function pseudoTerminal(): Promise<FarEnd> {
  const pty = await openPty();
  const received: Uint8Array[] = [];
  pty.onBytes((chunk) => received.push(chunk));
  return {
    port: () =>
      createPort({ path: pty.path, baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1 }, (work) => work),
    write: (bytes) => pty.write(bytes),
    received: () => Buffer.concat(received),
    freeze: () => pty.freeze(),
    thaw: () => pty.thaw(),
    unplug: () => pty.unplug(),
    close: () => pty.close(),
  };
}

portContract('a serial port', pseudoTerminal);
