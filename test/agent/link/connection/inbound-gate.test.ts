import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { InboundGate } from '../../../../agent/link/connection/inbound-gate.ts';

const LONGEST = 1000;

function publish(size: number, version: 4 | 5, qos: 0 | 1 = 1, topic = 'a/b'): Buffer {
  const properties = version === 5 ? { properties: { responseTopic: 'r'.repeat(200) } } : {};
  const packet: Packet = {
    cmd: 'publish',
    topic,
    payload: Buffer.alloc(size, 7),
    qos,
    retain: true,
    dup: false,
    messageId: 9,
    ...properties,
  };
  return generate(packet, { protocolVersion: version });
}

const puback = (version: 4 | 5) => generate({ cmd: 'puback', messageId: 3 }, { protocolVersion: version });

/** Through the gate in pieces of the given sizes. */
function through(gate: InboundGate, bytes: Buffer, cuts: readonly number[]): Buffer {
  const out: Buffer[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = cuts.length === 0 ? bytes.length : (cuts[index % cuts.length] ?? 1);
    out.push(...gate.push(bytes.subarray(at, at + size)).map((part) => Buffer.from(part)));
    at += size;
  }
  return Buffer.concat(out);
}

describe('the gate before the broker’s bytes', () => {
  test('passes what is short enough untouched, however it is cut', () => {
    const stream = Buffer.concat([
      puback(5),
      publish(100, 5),
      generate({ cmd: 'pingresp' }),
      publish(0, 5, 0),
      puback(5),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }), (cuts) => {
        const gate = new InboundGate(LONGEST, 5);
        expect(through(gate, stream, cuts)).toEqual(stream);
        expect([gate.wasCut(), gate.wasCut(), gate.broken]).toEqual([false, false, false]);
      }),
    );
  });

  test('passes a whole chunk as it is, without a copy', () => {
    const gate = new InboundGate(LONGEST, 5);
    const chunk = publish(50, 5);
    const parts = gate.push(chunk);
    expect(parts.every((part) => part.length <= 2 || part.buffer === chunk.buffer)).toBe(true);
  });

  test('passes the packets of a chunk in one piece, and the rest of one that is cut with those behind it', () => {
    const gate = new InboundGate(LONGEST, 5);
    const packets = Buffer.concat([puback(4), publish(50, 5), generate({ cmd: 'pingresp' }), puback(4)]);
    expect(gate.push(packets)).toEqual([packets]);
    expect(gate.push(packets.subarray(0, 10))).toEqual([packets.subarray(0, 10)]);
    expect(gate.push(packets.subarray(10))).toEqual([packets.subarray(10)]);
  });

  test('passes what was whole before a packet that breaks it', () => {
    const gate = new InboundGate(LONGEST, 5);
    expect(gate.push(Buffer.concat([puback(4), Buffer.alloc(6, 0xff)]))).toEqual([puback(4)]);
    expect(gate.broken).toBe(true);
  });

  test.each([4, 5] as const)(
    'takes the payload off a message that is too long and says which it was (version %i)',
    (version) => {
      const stream = Buffer.concat([
        publish(10, version),
        publish(5000, version),
        puback(version),
        publish(20, version),
      ]);
      const wanted = Buffer.concat([publish(10, version), publish(0, version), puback(version), publish(20, version)]);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 20 }), (cuts) => {
          const gate = new InboundGate(LONGEST, version);
          expect(through(gate, stream, cuts)).toEqual(wanted);
          expect([gate.wasCut(), gate.wasCut(), gate.wasCut()]).toEqual([false, true, false]);
        }),
      );
    },
  );

  test('takes the payload off a QoS 0 message too', () => {
    const gate = new InboundGate(LONGEST, 4);
    expect(through(gate, publish(90_000, 4, 0), [])).toEqual(publish(0, 4, 0));
    expect(gate.wasCut()).toBe(true);
  });

  test('makes mosquitto’s reason for a message beyond its limit one that the protocol lists', () => {
    const gate = new InboundGate(LONGEST, 5);
    const denied = generate({ cmd: 'puback', messageId: 1, reasonCode: 135 }, { protocolVersion: 5 });
    const stream = Buffer.concat([puback(5), Buffer.from([0x40, 3, 0, 9, 149]), denied, Buffer.from([0x40, 2, 0, 7])]);
    const wanted = Buffer.concat([puback(5), Buffer.from([0x40, 3, 0, 9, 153]), denied, Buffer.from([0x40, 2, 0, 7])]);
    expect(through(gate, stream, [])).toEqual(wanted);
    expect(through(new InboundGate(LONGEST, 5), stream, [1])).toEqual(wanted);
    expect(through(new InboundGate(LONGEST, 4), Buffer.from([0x40, 2, 149, 149]), [])).toEqual(
      Buffer.from([0x40, 2, 149, 149]),
    );
  });

  test('breaks where something else than a message is too long', () => {
    const gate = new InboundGate(LONGEST, 4);
    expect(gate.push(Buffer.from([0x90, 0x80, 0x10, 0, 1]))).toEqual([]);
    expect(gate.broken).toBe(true);
    expect(gate.push(puback(4))).toEqual([]);
  });

  test('breaks where a length is longer than the protocol allows', () => {
    const gate = new InboundGate(LONGEST, 4);
    gate.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]));
    expect(gate.broken).toBe(true);
  });

  test('breaks where the topic alone is too long, and keeps no more than the bound', () => {
    const gate = new InboundGate(LONGEST, 4);
    const topic = publish(10, 4, 0, 'x'.repeat(20_000));
    expect(through(gate, topic, [100])).toEqual(Buffer.alloc(0));
    expect(gate.broken).toBe(true);
  });

  test('any bytes leave it standing and never come out longer than they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 30 }), (chunks) => {
        const gate = new InboundGate(100, 5);
        let into = 0;
        let out = 0;
        for (const chunk of chunks) {
          into += chunk.length;
          out += gate.push(Buffer.from(chunk)).reduce((sum, part) => sum + part.length, 0);
        }
        expect(out).toBeLessThanOrEqual(into);
      }),
    );
  });
});
