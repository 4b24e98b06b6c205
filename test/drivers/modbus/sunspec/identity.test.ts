import { describe, expect, it } from 'vitest';
import type { Dialogue } from '../../../../drivers/contract/dialogue.ts';
import { type ModelContent, SunspecDevice } from '../../../../scripts/sim/sunspec-device.ts';
import { Bench, registersFrom } from './support.ts';

const COMMON: ModelContent = { id: 1, values: { Mn: 'Maker', Md: 'Model 5', Vr: '1.2', SN: 'S42' } };
const IDENTITY = { maker: 'Maker', model: 'Model 5', firmware: '1.2', serial: 'S42' };

/** Its account of itself, with the dialogues that follow. */
function told(bench: Bench) {
  const asked: string[] = [];
  for (let dialogue: Dialogue | undefined = bench.device.identify?.(); dialogue; ) {
    const { end, asked: more } = bench.run(dialogue);
    asked.push(...more);
    if (end.kind === 'fail' || end.identity !== undefined) return { end, asked };
    dialogue = end.further;
  }
  return { end: undefined, asked };
}

describe('a device tells what it is', () => {
  it('by its common model, in one request once its list is known', () => {
    const bench = new Bench([new SunspecDevice(1, 40_000, [COMMON, { id: 103 }])], []);
    expect(told(bench)).toMatchObject({ end: { samples: [], identity: IDENTITY } });
    expect(told(bench).asked).toHaveLength(1);
  });

  it('also where its list begins at the last place that is looked at', () => {
    const bench = new Bench([new SunspecDevice(1, 0, [COMMON])], [], {}, 'tcp');
    const dialogue = bench.device.identify?.();
    expect(dialogue?.cost.most).toHaveLength(5);
    expect(bench.run(dialogue)).toMatchObject({ end: { identity: IDENTITY } });
  });

  it('with nothing for a text that is empty', () => {
    const bench = new Bench([new SunspecDevice(1, 40_000, [{ id: 1, values: { Mn: 'Maker' } }])], []);
    expect(told(bench).end).toMatchObject({ identity: { maker: 'Maker' } });
  });

  it('or refuses, where it has no list', () => {
    expect(told(new Bench([registersFrom(1, 0, '0000')], [])).end).toMatchObject({
      ...{ kind: 'fail', consequence: 'refused', fault: { code: 'sunspec/no-marker' } },
    });
  });
});
