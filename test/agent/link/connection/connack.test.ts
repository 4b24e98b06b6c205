import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPossible } from '../../../../agent/link/connection/connack.ts';

const possible = (properties: Readonly<Record<string, unknown>>, sessionPresent = false) =>
  isPossible({ sessionPresent, properties }, 'gw');

describe('what a broker may say of itself', () => {
  it('is nothing at all, or anything within the bounds of the standard', () => {
    expect(isPossible({ sessionPresent: false }, 'gw')).toBe(true);
    fc.assert(
      fc.property(
        fc.record(
          {
            receiveMaximum: fc.integer({ min: 1, max: 65_535 }),
            maximumQoS: fc.constantFrom(0, 1),
            retainAvailable: fc.boolean(),
            maximumPacketSize: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
            topicAliasMaximum: fc.integer({ min: 0, max: 65_535 }),
            serverKeepAlive: fc.integer({ min: 0, max: 65_535 }),
            sessionExpiryInterval: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
            assignedClientIdentifier: fc.constant('gw'),
            userProperties: fc.constant({ a: ['b', 'c'] }),
          },
          { requiredKeys: [] },
        ),
        (properties) => possible(properties),
      ),
    );
  });

  it.each([
    ['a receive maximum of 0', { receiveMaximum: 0 }],
    ['a maximum packet size of 0', { maximumPacketSize: 0 }],
    ['a maximum QoS of 2', { maximumQoS: 2 }],
    ['a maximum QoS of 255', { maximumQoS: 255 }],
    ['another name than ours', { assignedClientIdentifier: 'auto-1' }],
    ['no name', { assignedClientIdentifier: '' }],
    ['a property twice', { topicAliasMaximum: [1, 2] }],
  ])('is not %s', (_, properties) => {
    expect(possible(properties)).toBe(false);
  });

  it('is not a session, where a clean start was asked for', () => {
    expect(possible({}, true)).toBe(false);
  });
});
