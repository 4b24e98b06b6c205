import { expect, it, onTestFinished } from 'vitest';
import { crc16 } from '../../drivers/framing/crc16.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { brokerFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const GAP = 20;
const THINKING = 5;

it('lets two protocols share one line: one question at a time, with the gap between', async () => {
  const pty = await openPty();
  onTestFinished(() => pty.close());
  const line = new SharedLine((bytes) => void pty.write(bytes).catch(() => {}));
  pty.onBytes((chunk) => line.receive(Buffer.from(chunk)));
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const polled = { pollMs: 0, commands: { allow: [] } };
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [
      {
        id: 'line',
        port: { path: pty.path, baudRate: 115_200 },
        throttle: { gapMs: GAP },
        devices: [
          {
            ...{ id: 'meter', driver: 'modbus-rtu', options: { unit: 1 }, ...polled },
            points: [{ name: 'volts', register: 'input', address: 0, type: 'uint16' }],
          },
          {
            ...{ id: 'scale', driver: 'lines', ...polled },
            options: { request: '#01\\r', delimiter: '\\r', template: '>{weight:number}' },
          },
        ],
      },
    ],
  });
  await witness.until('readings of both', () =>
    ['meter', 'scale'].every((id) => witness.readings(id).filter((each) => each.values).length > 30),
  );
  for (const { values } of witness.readings('meter')) expect(values).toEqual({ volts: 230 });
  for (const { values } of witness.readings('scale')) expect(values).toEqual({ weight: 12.5 });
  expect(line.broken).toEqual([]);
  // A timer may fire up to a millisecond early.
  expect(Math.min(...line.gaps)).toBeGreaterThan(GAP - 1.5);
});

/** Both devices, and their record: nobody may speak while one of them answers. */
class SharedLine {
  readonly broken: string[] = [];
  readonly gaps: number[] = [];
  readonly #send: (bytes: Uint8Array) => void;
  #held = Buffer.alloc(0);
  #answering = false;
  #answeredAt: number | undefined;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  receive(chunk: Buffer): void {
    if (this.#answering) this.broken.push(`spoken into an answer: ${chunk.toString('hex')}`);
    if (this.#held.length === 0 && this.#answeredAt !== undefined) this.gaps.push(performance.now() - this.#answeredAt);
    this.#held = Buffer.concat([this.#held, chunk]);
    const answer = answerTo(this.#held);
    if (answer === undefined) return;
    this.#held = Buffer.alloc(0);
    this.#answering = true;
    setTimeout(() => {
      this.#answering = false;
      this.#answeredAt = performance.now();
      this.#send(answer);
    }, THINKING);
  }
}

function answerTo(request: Buffer): Buffer | undefined {
  if (request.toString('latin1') === '#01\r') return Buffer.from('>+12.5\r');
  if (request.length !== 8 || request.readUInt16LE(6) !== crc16(request.subarray(0, 6))) return undefined;
  const frame = Buffer.from([1, 4, 2, 0, 230, 0, 0]);
  frame.writeUInt16LE(crc16(frame.subarray(0, 5)), 5);
  return frame;
}
