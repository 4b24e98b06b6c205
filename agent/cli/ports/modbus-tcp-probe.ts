import type { TcpPortConfig } from '../../../config/config.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { Port } from '../../../drivers/contract/port.ts';
import { createPort } from '../../../drivers/port/create.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';

const OPENING: Duration = milliseconds(3000);
const ANSWER: Duration = milliseconds(1000);
/** Beside the unit that was asked for: the addresses to which servers without units behind them answer. */
const UNITS = [255, 1, 0];
const HEADER = 7;
/** Of the transactions: no number that a server would come up with by itself. */
const FIRST = 0x4650;
const MOST_HEARD = 1024;

/**
 * Whether the server speaks Modbus TCP in place of what a serial line carries: it is asked for one holding register
 * (Modbus Messaging on TCP/IP V1.0b, 3.1.3), and any answer with the header of that request counts, also an exception.
 * Only for a server that answered nothing as a line: there these bytes are noise that every device drops.
 * @returns false also where it can not be reached
 */
export async function speaksModbusTcp(
  settings: TcpPortConfig,
  unit: number,
  clock: Clock,
  signal: AbortSignal,
  port: Port = createPort(settings, async (work) => work),
): Promise<boolean> {
  const received: number[] = [];
  let heard = () => {};
  const listener = {
    bytes: (chunk: Uint8Array) => {
      if (received.length < MOST_HEARD) received.push(...chunk.subarray(0, MOST_HEARD));
      heard();
    },
    lost: () => undefined,
  };
  const ask = (transaction: number, each: number) =>
    withDeadline(clock, ANSWER, signal, async (stop) => {
      received.length = 0;
      const answered = new Promise<true>((resolve) => {
        heard = () => {
          if (answers(received, transaction)) resolve(true);
        };
      });
      await port.write(Uint8Array.from([...pair(transaction), 0, 0, 0, 6, each, 3, 0, 0, 0, 1]), stop);
      return answered;
    }).catch(() => false);
  try {
    await withDeadline(clock, OPENING, signal, (stop) => port.open(listener, stop));
    for (const [index, each] of [unit, ...UNITS].entries()) if (await ask(FIRST + index, each)) return true;
  } catch {
    // it can not be reached: then it is not known what it speaks
  } finally {
    await port.close();
  }
  return false;
}

function pair(value: number): readonly [number, number] {
  return [value >> 8, value & 0xff];
}

/** Transaction as sent, protocol 0, and one register or an exception: so an echo of the request is none. */
function answers(bytes: readonly number[], transaction: number): boolean {
  const [high = -1, low = -1, protocolHigh, protocolLow, lengthHigh, length, , code, count] = bytes;
  if (bytes.length <= HEADER + 1 || high * 256 + low !== transaction) return false;
  if (protocolHigh !== 0 || protocolLow !== 0 || lengthHigh !== 0) return false;
  return (code === 0x03 && length === 5 && count === 2) || (code === 0x83 && length === 3);
}
