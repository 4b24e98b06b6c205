import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { primarySearch } from '../../../drivers/mbus/search/primary.ts';
import { MOST_FOUND, MOST_QUESTIONS, restMs, type Search } from '../../../drivers/mbus/search/search.ts';
import { secondarySearch } from '../../../drivers/mbus/search/secondary.ts';
import { timingOf } from '../../../drivers/mbus/timing.ts';
import { MeterBus, type SimulatedMeter } from '../../../scripts/sim/mbus-bus.ts';
import { heatMeter, waterMeter } from '../../../scripts/sim/mbus-meters.ts';
import { hex } from '../../support/transcript.ts';
import { LINE } from './meter.ts';

const TIMING = timingOf(LINE, undefined);

type Line = (request: Uint8Array) => Uint8Array | undefined;

function lineOf(meters: readonly SimulatedMeter[], noise = ''): Line {
  const bus = new MeterBus(meters);
  return (request) => {
    const answer = bus.answer(request);
    return noise === '' ? answer : Uint8Array.from([...hex(noise), ...(answer ?? []), ...hex(noise)]);
  };
}

function run(start: Search, line: Line): Search {
  let search = start;
  for (;;) {
    const { question } = search;
    if (question === undefined) return search;
    const verdict = question.judge(line(question.request) ?? new Uint8Array(0), true);
    if (verdict.state === 'more') throw new Error('the end of the bytes is no verdict');
    const before = search.asked;
    search = search.next(verdict.state === 'done' ? { state: 'answered', result: verdict.result } : verdict);
    expect(search.asked).toBe(before + 1);
    expect(search.foreseen).toBeGreaterThanOrEqual(search.asked);
  }
}

const heat = (primary: number, id: string) => heatMeter(primary, id, () => 0);
const water = (primary: number, id: string) => waterMeter(primary, id, () => 0);

describe('the search for primary addresses', () => {
  const addresses = Array.from({ length: 251 }, (_, address) => address);

  it('finds every address, and what answers there', () => {
    const search = run(
      primarySearch(addresses, TIMING),
      lineOf([heat(0, '24083001'), water(7, '70011234'), heat(250, '24083002')]),
    );
    expect(search.found.map(({ address, header }) => [address, header.id, header.manufacturer, header.medium])).toEqual(
      [
        [0, '24083001', 'FWD', 4],
        [7, '70011234', 'FWD', 7],
        [250, '24083002', 'FWD', 4],
      ],
    );
    expect(search.asked).toBe(254);
  });

  it('tells of two devices at one address', () => {
    const search = run(primarySearch([4, 5, 6], TIMING), lineOf([heat(5, '24083001'), water(5, '70011234')]));
    expect(search.found).toEqual([{ address: 5, header: {}, isShared: true }]);
  });

  it('takes noise and echo for no device', () => {
    expect(run(primarySearch(addresses, TIMING), () => hex('00 FF')).found).toEqual([]);
    expect(run(primarySearch(addresses, TIMING), (request) => request).found).toEqual([]);
    const search = run(primarySearch(addresses, TIMING), lineOf([heat(5, '24083001')], '00 FF'));
    expect(search.found.map(({ address }) => address)).toEqual([5]);
  });

  it('says how long it takes', () => {
    const start = primarySearch(addresses, TIMING);
    expect(start).toMatchObject({ asked: 0, foreseen: 251 });
    const minutes = restMs(start, TIMING, LINE.characterMs) / 60_000;
    expect(minutes).toBeGreaterThan(1);
    expect(minutes).toBeLessThan(2);
    expect(
      restMs(
        run(start, () => undefined),
        TIMING,
        LINE.characterMs,
      ),
    ).toBe(0);
  });
});

describe('the search for secondary addresses', () => {
  const idsOf = ({ found }: Search) => found.map(({ key }) => key?.id);

  it('finds nobody with two questions', () => {
    expect(run(secondarySearch(TIMING), () => undefined)).toMatchObject({ found: [], asked: 2, isCut: false });
  });

  it('finds the only device at once, and its whole address', () => {
    const search = run(secondarySearch(TIMING), lineOf([heat(5, '24083001')]));
    expect(search.found).toMatchObject([
      { key: { id: '24083001', manufacturer: 0x1ae4, version: 1, medium: 4 }, isShared: false },
    ]);
    expect(search.asked).toBe(4);
  });

  it('parts devices whose numbers differ only in the last digit', () => {
    const search = run(
      secondarySearch(TIMING),
      lineOf([heat(5, '24083001'), heat(5, '24083002'), water(6, '70011234')]),
    );
    expect(idsOf(search)).toEqual(['24083001', '24083002', '70011234']);
    expect(search.asked).toBeLessThan(120);
  });

  it('looks through a part of the numbers', () => {
    const search = run(secondarySearch(TIMING, '7FFFFFFF'), lineOf([heat(5, '24083001'), water(6, '70011234')]));
    expect(idsOf(search)).toEqual(['70011234']);
  });

  it('tells of two devices of one number', () => {
    const search = run(secondarySearch(TIMING), lineOf([heat(5, '24083001'), water(6, '24083001')]));
    expect(search.found).toMatchObject([{ key: { id: '24083001' }, isShared: true }]);
  });

  it('takes noise at every question for nobody, and finds the devices behind it', () => {
    expect(run(secondarySearch(TIMING), () => hex('00 FF'))).toMatchObject({ found: [], asked: 2 });
    const search = run(secondarySearch(TIMING), lineOf([heat(5, '24083001')], '00 FF'));
    expect(idsOf(search)).toEqual(['24083001']);
  });

  it('parts devices on a line that makes noise at every question', () => {
    const meters = [heat(5, '24083001'), heat(5, '24083002'), water(6, '70011234')];
    expect(idsOf(run(secondarySearch(TIMING), lineOf(meters, '00 FF')))).toEqual(['24083001', '24083002', '70011234']);
  });

  it('takes bytes on a quiet line for several devices, whatever they are', () => {
    const bus = new MeterBus([heat(5, '24083001'), heat(5, '34083002')]);
    // a receiver makes 00 of a character with a wrong parity
    const line: Line = (request) => {
      const answer = bus.answer(request);
      return answer === undefined || answer[0] === 0xe5 || answer[0] === 0x68 ? answer : new Uint8Array(answer.length);
    };
    expect(idsOf(run(secondarySearch(TIMING), line))).toEqual(['24083001', '34083002']);
  });

  it('ends at its bounds where everything looks like an answer', () => {
    const nobody: Line = (request) => (request[1] === 0x0b && request[7] === 0xaa ? undefined : hex('31'));
    expect(run(secondarySearch(TIMING), nobody)).toMatchObject({ isCut: true, found: { length: MOST_FOUND } });
    const noise: Line = (request) => (request[1] === 0x0b && request[7] === 0xaa ? undefined : hex('00'));
    expect(run(secondarySearch(TIMING), noise)).toMatchObject({ isCut: true, found: [], asked: MOST_QUESTIONS });
  });

  it('finds any set of devices, each once', () => {
    const id = fc.integer({ min: 0, max: 99_999_999 }).map((number) => String(number).padStart(8, '0'));
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.oneof(
            id,
            id.map((digits) => `2408${digits.slice(4)}`),
          ),
          { maxLength: 12 },
        ),
        (ids) => {
          const search = run(secondarySearch(TIMING), lineOf(ids.map((each) => heat(1, each))));
          expect([...idsOf(search)].sort()).toEqual([...ids].sort());
          expect(search.found.every(({ isShared }) => !isShared)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});
