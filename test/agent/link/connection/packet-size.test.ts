import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { packetSize } from '../../../../agent/link/connection/packet-size.ts';

test('the size of a packet is that of its bytes, with and without properties, in both versions', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), fc.constant('x'.repeat(20_000)));
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const data = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(
      fc.record({
        ...{ topic: fc.string({ minLength: 1, maxLength: 200 }).filter((topic) => !/[+#]/.test(topic)), payload: text },
        ...{ qos: fc.constantFrom(0 as const, 1 as const), retain: fc.boolean() },
        ...{ correlationData: optional(data), responseTopic: optional(fc.constant('a/b')), user: optional(text) },
      }),
      fc.constantFrom(4 as const, 5 as const),
      (message, protocolVersion) => {
        const { correlationData, responseTopic, user, ...rest } = message;
        const properties = {
          ...(correlationData && { correlationData: Buffer.from(correlationData) }),
          ...(responseTopic && { responseTopic }),
          ...(user && { userProperties: { user } }),
        };
        const packet = { ...rest, cmd: 'publish', dup: false, messageId: 1, properties } as const;
        expect(packetSize(message, protocolVersion)).toBe(generate(packet, { protocolVersion }).length);
      },
    ),
  );
});
