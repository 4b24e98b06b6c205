import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { isPlain, publishPacket } from '../../../../agent/link/connection/packet-parts.ts';
import { packetSize } from '../../../../agent/link/connection/packet-size.ts';

const payloads = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom('x'.repeat(127), 'x'.repeat(20_000), 'é'.repeat(16_384), 'x'.repeat(2_100_000)),
);

describe('a plain message at QoS 1', () => {
  test('is the packet that MQTT.js would make of it, and as long as is said', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
        payloads,
        fc.boolean(),
        fc.integer({ min: 1, max: 65_535 }),
        fc.constantFrom(4 as const, 5 as const),
        (topic, payload, retain, identifier, version) => {
          const message = { topic, payload, retain, qos: 1 } as const;
          const theirs = generate(
            {
              ...{ cmd: 'publish', topic, qos: 1, retain, dup: false, messageId: identifier },
              payload: typeof payload === 'string' ? payload : Buffer.from(payload),
            },
            { protocolVersion: version },
          );
          const ours = publishPacket(message, identifier, version);
          expect(ours.equals(theirs)).toBe(true);
          expect(ours.length).toBe(packetSize(message, version));
        },
      ),
    );
  });

  test('is plain only without properties', () => {
    const message = { topic: 'a', payload: '{}', qos: 1, retain: false } as const;
    expect(isPlain(message)).toBe(true);
    for (const more of [{ responseTopic: 'b' }, { correlationData: new Uint8Array(1) }, { user: 'c' }]) {
      expect(isPlain({ ...message, ...more })).toBe(false);
    }
  });
});
