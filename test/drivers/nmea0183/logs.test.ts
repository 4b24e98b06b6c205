import { describe, expect, test } from 'vitest';
import type { Value } from '../../../drivers/contract/reading.ts';
import { bytesOf, LOGS, receiver, samplesOf, sentencesOf, valuesOf } from './logs.ts';
import { ORACLE } from './oracle.ts';

/** How close two decimal numbers must be where gpsd or a point's own rounding gives fewer or more than 3 places. */
const PLACES: Readonly<Record<string, number>> = { latitude: 8, longitude: 8, course: 2 };

const USED = /^\$(?!P)..(?:GGA|GNS|RMC|GSA|GSV|VTG|GLL|ZDA),/;

describe('logs of real receivers', () => {
  test('are there', () => {
    expect(LOGS.length).toBeGreaterThanOrEqual(8);
    expect(LOGS.flatMap(sentencesOf).length).toBeGreaterThan(300);
  });

  test.each(LOGS)('%s: every sentence is read, and only the ones that are used give values', (log) => {
    const device = receiver();
    for (const sentence of sentencesOf(log)) {
      const decoded = device.decode(bytesOf(sentence));
      expect(decoded, sentence).toHaveProperty('samples');
      const named = Object.keys(valuesOf(decoded));
      // LC79D counts its second band in groups of their own, and those give nothing.
      if (!USED.test(sentence)) expect(named, sentence).toEqual([]);
      else if (!/GSV/.test(sentence)) expect(named.length, sentence).toBeGreaterThan(0);
    }
  });

  test.each(LOGS)('%s: the same comes out of the byte stream, cut anywhere', (log) => {
    const device = receiver();
    const direct = sentencesOf(log).map((sentence) => device.decode(bytesOf(sentence)));
    const stream = bytesOf(sentencesOf(log).join('\r\n').concat('\r\n'));
    for (const size of [1, 7, 64, stream.length]) {
      const framer = device.framer();
      const seen: unknown[] = [];
      for (let at = 0; at < stream.length; at += size) {
        framer.push(stream.subarray(at, at + size), (frame) => seen.push(device.decode(frame)));
      }
      expect(seen).toEqual(direct);
      expect(framer.discarded).toBe(0);
    }
  });

  test.each(ORACLE)('$log through $through agrees with gpsd', ({ log, through, values }) => {
    const device = receiver(
      {},
      Object.keys(values).map((name) => ({ name })),
    );
    const seen: Record<string, Value> = {};
    for (const sentence of sentencesOf(log)) {
      Object.assign(seen, valuesOf(device.decode(bytesOf(sentence))));
      if (sentence.startsWith(through)) break;
    }
    for (const [point, value] of Object.entries(values)) {
      if (typeof value !== 'number') expect(seen[point], point).toBe(value);
      else expect(seen[point], point).toBeCloseTo(value, PLACES[point] ?? 3);
    }
  });

  test('a modem without a fix says that it does not know, and after its first fix where it is', () => {
    const device = receiver();
    const sentences = sentencesOf('telit-he910.log');
    const first = sentences.findIndex((sentence) => sentence.startsWith('$GPGGA,105153.71'));
    const unfixed = Object.assign({}, ...sentences.slice(0, 6).map((text) => valuesOf(device.decode(bytesOf(text)))));
    expect(unfixed).toEqual({
      'fix-quality': 'invalid',
      'fix-type': 'none',
      'gps-in-view': 0,
      'satellites-used': null,
      valid: false,
      mode: 'none',
      utc: null,
      latitude: null,
      longitude: null,
      altitude: null,
      'geoid-separation': null,
      'differential-age': null,
      hdop: null,
      pdop: null,
      vdop: null,
      speed: null,
      course: null,
      'course-magnetic': null,
      'magnetic-variation': null,
    });
    const fixed = Object.assign(
      {},
      ...sentences.slice(first, first + 7).map((text) => valuesOf(device.decode(bytesOf(text)))),
    );
    expect(fixed).toMatchObject({
      valid: true,
      latitude: 50.840203333,
      longitude: 4.34711,
      speed: 0.072,
      course: 303.6,
    });
    expect(fixed).toMatchObject({ 'course-magnetic': null, 'geoid-separation': null, utc: '2019-03-12T10:51:53.710Z' });
  });

  test('no two sentences of one second give different values for one point', () => {
    for (const log of ['navisys-gr8013-w.log', 'quectel-lc79d.log', 'quectel-eg25-g.log', 'quectel-l70.log']) {
      const device = receiver();
      let seen = new Map<string, Value>();
      let second = '';
      const told = new Set<string>();
      for (const sentence of sentencesOf(log)) {
        const time = /(?<=,)\d{6}\.\d+(?=,)/.exec(sentence)?.[0] ?? second;
        if (time !== second) seen = new Map();
        second = time;
        for (const { point, value, yields } of samplesOf(device.decode(bytesOf(sentence)))) {
          // a sentence that yields counts only while no other one tells the point
          if (!yields) told.add(point);
          else if (told.has(point)) continue;
          if (second !== '' && !point.endsWith('-in-view')) expect(seen.get(point) ?? value, sentence).toEqual(value);
          seen.set(point, value);
        }
      }
    }
  });

  test('two bands of one system do not count against each other', () => {
    const device = receiver();
    const counts = new Map<string, Set<Value>>();
    for (const sentence of sentencesOf('quectel-lc79d.log')) {
      for (const [point, value] of Object.entries(valuesOf(device.decode(bytesOf(sentence))))) {
        if (point.endsWith('-in-view')) counts.set(point, (counts.get(point) ?? new Set()).add(value));
      }
    }
    expect(Object.fromEntries([...counts].map(([point, values]) => [point, [...values]]))).toEqual({
      'gps-in-view': [12],
      'glonass-in-view': [5],
      'galileo-in-view': [4],
    });
  });
});
