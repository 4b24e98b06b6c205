import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { packBits } from '../../drivers/modbus/request.ts';
import { confirmation, decodeRequest, encodeData, encodeException } from '../drivers/modbus/frames.ts';

const UNIT = 1;

/** The fate of a write to an address: it is kept, dropped, kept only after so many milliseconds, or refused. */
export type Habit = 'keeps' | 'drops' | { readonly afterMs: number } | { readonly exception: number };

/** A Modbus RTU device behind a TCP serial server that confirms what is written, and does as it likes. */
export class WillfulDevice {
  /** By address, of registers and coils alike; a missing address is 0. */
  readonly held = new Map<number, number>();
  /** `address=value` of each write, in order. */
  readonly written: string[] = [];
  /** By address; a missing address keeps a written value. */
  readonly habits = new Map<number, Habit>();
  tcpPort = 0;

  static async start(habits: Readonly<Record<number, Habit>>): Promise<WillfulDevice> {
    const device = new WillfulDevice();
    for (const [address, habit] of Object.entries(habits)) device.habits.set(Number(address), habit);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      // the agent sends each request whole and waits for the answer
      socket.on('data', (frame) => socket.write(device.#answer(frame)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    device.tcpPort = (server.address() as AddressInfo).port;
    onTestFinished(() => void server.close());
    return device;
  }

  #answer(frame: Uint8Array): Uint8Array {
    const request = decodeRequest(frame);
    switch (request?.function) {
      case 1: {
        const bits = Array.from({ length: request.count }, (_, at) => this.#value(request.address + at) !== 0);
        return encodeData(UNIT, request, packBits(bits));
      }
      case 3: {
        const values = Array.from({ length: request.count }, (_, at) => this.#value(request.address + at));
        return encodeData(UNIT, request, Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff])));
      }
      case 5:
      case 6: {
        const value = request.function === 5 ? Number(request.on) : Buffer.from(request.registers).readUInt16BE(0);
        const exception = this.#write(request.address, value);
        return exception === undefined
          ? confirmation(UNIT, request)
          : encodeException(UNIT, request.function, exception);
      }
      default:
        return encodeException(UNIT, frame[1] ?? 0, 1);
    }
  }

  #value(address: number): number {
    return this.held.get(address) ?? 0;
  }

  /** @returns the exception, where it is refused */
  #write(address: number, value: number): number | undefined {
    this.written.push(`${address}=${value}`);
    const habit = this.habits.get(address) ?? 'keeps';
    if (habit === 'keeps') this.held.set(address, value);
    else if (habit === 'drops') return undefined;
    else if ('exception' in habit) return habit.exception;
    else setTimeout(() => this.held.set(address, value), habit.afterMs);
    return undefined;
  }
}
