import { describe, expect, it } from 'vitest';
import { VERIFY_RATE, VERIFYING } from '../../../../agent/command/limits.ts';
import { RequestReader, type Taken } from '../../../../agent/command/request/reader.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ascii, HEADER, newPair, REQUEST, signatures, token } from '../signature/test-keys.ts';

async function intake() {
  const pair = newPair();
  const clock = new FakeClock();
  const taken: Taken[] = [];
  const made = new RequestReader({ gateway: 'gw', signatures: await signatures({ ops: { pair } }), clock });
  const payload = ascii(token(HEADER, JSON.stringify(REQUEST), pair.privateKey));
  const topic = { device: 'meter-1', name: 'write' };
  const message = { topic: 'fieldward/gw/meter-1/command/write', payload, tooLarge: false, retained: false };
  const take = (more: object = {}) => made.take({ ...message, ...more }, topic, (each) => taken.push(each));
  return { intake: made, clock, taken, take };
}

describe('signed requests', () => {
  it('are verified so many at a time, and there is room again once that is over', async () => {
    const { intake: made, taken, take } = await intake();
    const at = () => Array.from({ length: VERIFYING + 10 }, () => take()).filter(Boolean).length;
    expect(at()).toBe(VERIFYING);
    await made.settled();
    expect(taken).toHaveLength(VERIFYING);
    expect(taken.every(({ key }) => key === 'ops')).toBe(true);
    expect(at()).toBe(VERIFYING);
    await made.settled();
  });

  it('are verified so many in a second, also where they come one after the other', async () => {
    const { intake: made, clock, take } = await intake();
    const oneByOne = async (count: number) => {
      let verified = 0;
      for (let n = 0; n < count; n++) {
        if (take()) verified += 1;
        await made.settled();
      }
      return verified;
    };
    expect(await oneByOne(VERIFY_RATE.burst + 20)).toBe(VERIFY_RATE.burst);
    await clock.advance(1000);
    expect(await oneByOne(VERIFY_RATE.perSecond + 20)).toBe(VERIFY_RATE.perSecond);
  });

  it('take nothing of the room of unsigned ones', async () => {
    const { intake: made, taken, take } = await intake();
    while (take());
    expect(take({ payload: ascii(JSON.stringify({ id: 'b', expiresAt: REQUEST.expiresAt })) })).toBe(true);
    expect(taken.at(-1)).toMatchObject({ envelope: { id: 'b' }, key: undefined });
    await made.settled();
  });
});
