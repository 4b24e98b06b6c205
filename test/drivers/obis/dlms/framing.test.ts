import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  axdr,
  blocks,
  ciphered,
  dataNotification,
  hdlc,
  joined,
  mbus,
  wrapper,
} from '../../../../scripts/sim/dlms-encoder.ts';
import { AUTHENTICATION_KEY, hear, KEY, meter, TITLE } from './meter.ts';

/** A list of six powers: over 100 bytes, and `power` in the first. */
function list(power: number): Uint8Array {
  const number = (code: string, value: number) =>
    axdr.structure(axdr.code(code), axdr.u32(value), axdr.scalerUnit(0, 27));
  return axdr.array(
    number('1.0.1.7.0.255', power),
    ...Array.from({ length: 5 }, (_, index) => number(`1.0.2${index % 10}.7.0.255`, 0x7e68_0f16 + index)),
  );
}

const telegram = (power: number) => dataNotification(list(power));
const POINTS = ['1-0:1.7.0'];
const powersOf = (samples: readonly { readonly value: unknown }[]) => samples.map(({ value }) => value);
const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 0x04 : byte));

/** The same bytes at once, byte by byte, and in two at each place. */
function* cuts(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

const FRAMINGS: Readonly<Record<string, (apdu: Uint8Array) => readonly Uint8Array[]>> = {
  'one HDLC frame': (apdu) => hdlc(apdu),
  'HDLC segments': (apdu) => hdlc(apdu, 60),
  'HDLC frames of blocks': (apdu) => blocks(apdu, 70).flatMap((block) => hdlc(block)),
  'HDLC segments of blocks': (apdu) => blocks(apdu, 120).flatMap((block) => hdlc(block, 50)),
  'M-Bus frames': (apdu) => mbus(apdu, 100),
  'no framing': (apdu) => [apdu],
  'bare blocks': (apdu) => blocks(apdu, 90),
  'the wrapper': (apdu) => [wrapper(apdu)],
};

describe.each(Object.entries(FRAMINGS))('in %s', (_name, frame) => {
  const bytes = joined(...frame(telegram(1500)), ...frame(telegram(1600)));

  test('telegrams are read however the stream is cut', () => {
    const device = meter({ points: POINTS });
    for (const chunks of cuts(bytes)) {
      const heard = hear(device, ...chunks);
      expect(powersOf(heard.samples)).toEqual([1500, 1600]);
      expect(heard).toMatchObject({ faults: [], skipped: 0, discarded: 0 });
    }
  });

  test('encrypted telegrams are read', () => {
    const settings = { title: TITLE, control: 0x30, key: KEY, authenticationKey: AUTHENTICATION_KEY };
    const sent = [1, 2].flatMap((counter) => frame(ciphered(telegram(100 * counter), { ...settings, counter })));
    const device = meter({ points: POINTS, key: KEY, authenticationKey: AUTHENTICATION_KEY });
    expect(hear(device, ...sent)).toMatchObject({ faults: [], samples: [{ value: 100 }, { value: 200 }] });
  });
});

describe.each(Object.entries(FRAMINGS).filter(([name]) => /HDLC|M-Bus/.test(name)))('in %s', (_name, frame) => {
  const bytes = joined(...frame(telegram(1500)));

  test('a telegram with any one bit changed gives nothing, and the next one is read', () => {
    const device = meter({ points: POINTS });
    const next = joined(...frame(telegram(1600)));
    for (let at = 0; at < bytes.length; at += 1) {
      const { samples } = hear(device, flip(bytes, at), next, next);
      // A damaged telegram may take the beginning of the next one with it, never more.
      expect(powersOf(samples)).toContain(1600);
      expect(powersOf(samples)).not.toContain(1500);
      expect(samples.every(({ value }) => value === 1600)).toBe(true);
    }
  });

  test('a telegram that lacks any one byte gives nothing, and the next but one is read', () => {
    const device = meter({ points: POINTS });
    const next = joined(...frame(telegram(1600)));
    for (let at = 1; at < bytes.length - 1; at += 1) {
      // One flag between two frames is enough.
      if (bytes[at] === 0x7e && (bytes[at - 1] === 0x7e || bytes[at + 1] === 0x7e)) continue;
      const { samples } = hear(device, bytes.subarray(0, at), bytes.subarray(at + 1), next, next);
      expect(new Set(powersOf(samples))).toEqual(new Set([1600]));
    }
  });

  test('a stream that begins in the middle of a telegram is read from the next one on', () => {
    const device = meter({ points: POINTS });
    for (let at = 1; at < bytes.length; at += 1) {
      // There nothing shows that a link layer was before it.
      if (bytes[at] === 0x0f) continue;
      const { samples } = hear(device, bytes.subarray(at), joined(...frame(telegram(1600))));
      expect(powersOf(samples)).toEqual([1600]);
    }
  });
});

describe('a series', () => {
  const device = meter({ points: POINTS });
  const segments = hdlc(telegram(1500), 60);
  const frames = mbus(telegram(1500), 60);
  const pieces = blocks(telegram(1500), 60).flatMap((block) => hdlc(block));
  const next = joined(...hdlc(telegram(1600)));

  test.each(Object.entries({ segments, pieces }))('of HDLC %s without one of its parts is a fault', (_name, parts) => {
    for (const [lost] of parts.entries()) {
      const heard = hear(device, ...parts.filter((_, index) => index !== lost), next);
      expect(powersOf(heard.samples)).toEqual([1600]);
      expect(heard.faults.length).toBeGreaterThan(0);
    }
  });

  test('of M-Bus frames without one of its parts, or with two exchanged, is a fault', () => {
    const after = joined(...mbus(telegram(1600)));
    for (const [lost] of frames.entries()) {
      const heard = hear(device, ...frames.filter((_, index) => index !== lost), after);
      expect(powersOf(heard.samples)).toEqual([1600]);
      expect(heard.faults).toContain('dlms/incomplete');
    }
    const [first = next, second = next, ...rest] = frames;
    expect(powersOf(hear(device, second, first, ...rest, after).samples)).toEqual([1600]);
  });

  test('with noise between its parts is a fault: that may be the rest of a lost part', () => {
    const [first = next, ...rest] = segments;
    const heard = hear(device, first, Uint8Array.of(0x55), ...rest, next);
    expect(powersOf(heard.samples)).toEqual([1600]);
    expect(heard).toMatchObject({ skipped: 1 });
  });

  test('whose parts come from two addresses is a fault', () => {
    const others = hdlc(telegram(1500), 60, [0x43, 0x08, 0x83]);
    const heard = hear(device, ...segments.slice(0, 2), ...others.slice(2), next);
    expect(powersOf(heard.samples)).toEqual([1600]);
  });

  test('that never ends is thrown away within its bounds', () => {
    const endless = hdlc(joined(telegram(1500), new Uint8Array(20_000)), 1000).slice(0, -1);
    const heard = hear(device, ...endless, next);
    expect(powersOf(heard.samples)).toEqual([1600]);
    expect(heard.faults).toContain('dlms/incomplete');
  });
});

describe('HDLC', () => {
  const device = meter({ points: POINTS });

  test('frames may share the flag between them, and flags may fill the line', () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = hdlc(telegram(1500), 200);
    const heard = hear(
      device,
      joined(Uint8Array.of(0x7e, 0x7e, 0x7e), first, second.subarray(1), Uint8Array.of(0x7e, 0x7e)),
    );
    expect(heard).toMatchObject({ samples: [{ value: 1500 }], faults: [], skipped: 0 });
  });

  test('addresses have 1, 2 or 4 bytes', () => {
    for (const address of [
      [0x03, 0x05],
      [0x02, 0x23, 0x03],
      [0x02, 0x04, 0x06, 0x09, 0x03],
      [0xce, 0xff, 0x03],
    ]) {
      expect(hear(device, ...hdlc(telegram(7), 60, address)).samples).toMatchObject([{ value: 7 }]);
    }
    expect(hear(device, ...hdlc(telegram(7), 60, [2, 4, 6, 8, 9, 3])).samples).toEqual([]);
  });

  test('a wrong check is a fault that says so', () => {
    const frame = joined(...hdlc(telegram(1500)));
    expect(hear(device, flip(frame, 40)).faults).toEqual(['dlms/checksum']);
    const [mbusFrame = frame] = mbus(telegram(1500), 240);
    expect(hear(device, flip(mbusFrame, 40)).faults).toEqual(['dlms/checksum']);
  });
});

describe('where the framing is not named', () => {
  const bytes = telegram(1500);

  test('what is left of a damaged HDLC or M-Bus frame is never taken for a bare APDU', () => {
    const device = meter({ points: POINTS });
    for (const frame of [joined(...hdlc(bytes)), joined(...mbus(bytes, 240))]) {
      // the first bytes lost, and the head damaged
      for (let at = 0; at < 8; at += 1) expect(hear(device, flip(frame, at)).samples).toEqual([]);
    }
    const [frame = bytes] = hdlc(bytes);
    for (const lost of [1, 5, 9, 10, 11]) expect(hear(device, frame.subarray(lost)).samples).toEqual([]);
  });

  test('nor when no frame has come for long, as far as its LLC shows where it was', () => {
    const [frame = bytes] = hdlc(bytes);
    expect(hear(meter({ points: POINTS }), new Uint8Array(2000).fill(0x55), flip(frame, 1)).samples).toEqual([]);
  });

  test('a bare meter is read from the opening, or once no frame has come for long', () => {
    const device = meter({ points: POINTS });
    expect(hear(device, bytes, bytes).samples).toHaveLength(2);
    const late = hear(device, Uint8Array.of(0x55), ...Array.from({ length: 20 }, () => bytes));
    expect(late.samples.length).toBeGreaterThan(3);
    expect(late.samples.length).toBeLessThan(20);
  });

  test('a bare meter is read from anywhere where the framing is named', () => {
    const device = meter({ points: POINTS, framing: 'bare' });
    for (let at = 1; at < bytes.length; at += 1) {
      expect(hear(device, bytes.subarray(at), bytes, bytes).samples.length).toBeGreaterThanOrEqual(1);
    }
  });

  test('a named framing reads no other', () => {
    const all: readonly [string, Uint8Array][] = [
      ['hdlc', joined(...hdlc(bytes))],
      ['mbus', joined(...mbus(bytes, 200))],
      ['bare', bytes],
    ];
    for (const [framing] of all) {
      for (const [other, sent] of all) {
        if (other === 'bare' || framing === 'bare') continue;
        expect(hear(meter({ points: POINTS, framing }), sent).samples).toHaveLength(other === framing ? 1 : 0);
      }
    }
  });

  test('frames that carry no push telegram are passed over', () => {
    // SNRM of HDLC, and an answer of a heat meter on M-Bus
    const snrm = hdlcUnnumbered(0x93);
    const heat = Uint8Array.of(0x68, 4, 4, 0x68, 0x08, 0x05, 0x72, 0x01, 0x80, 0x16);
    const heard = hear(meter({ points: POINTS }), snrm, heat, joined(...hdlc(bytes)));
    expect(heard).toMatchObject({ faults: [], readings: 3, samples: [{ value: 1500 }] });
  });
});

/** A frame without information. */
function hdlcUnnumbered(control: number): Uint8Array {
  const [frame = new Uint8Array()] = hdlc(new Uint8Array());
  const head = Uint8Array.of(0xa0, 0x08, 0x41, 0x08, 0x83, control);
  let register = 0xffff;
  for (const byte of head) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = register & 1 ? (register >>> 1) ^ 0x8408 : register >>> 1;
  }
  const flag = frame.subarray(0, 1);
  return joined(flag, head, Uint8Array.of(~register & 0xff, (~register >>> 8) & 0xff), flag);
}

describe('any bytes', () => {
  const device = meter({ points: POINTS });
  const sound = [
    ...Object.values(FRAMINGS).map((frame) => joined(...frame(telegram(1500)))),
    telegram(1500).subarray(0, 90),
  ];
  /** Noise in which the bytes that begin something are frequent, and pieces of telegrams. */
  const noise = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(fc.constantFrom(0x7e, 0xa0, 0x68, 0x16, 0x0f, 0xdb, 0xe0, 0xc2, 0x01, 0x02, 0x09, 0x00, 0x08, 0x82), {
          maxLength: 60,
        })
        .map((list) => Uint8Array.from(list)),
      fc
        .tuple(fc.constantFrom(...sound), fc.nat(400), fc.nat(400))
        .map(([bytes, from, length]) => bytes.subarray(from, from + length)),
    ),
    { maxLength: 12 },
  );

  test('never throw, and give the same however they are cut', () => {
    fc.assert(
      fc.property(noise, fc.array(fc.nat(200), { maxLength: 20 }), (pieces, places) => {
        const bytes = joined(...pieces);
        const whole = hear(device, bytes);
        const bounds = [0, ...places.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = bounds.slice(1).map((to, index) => bytes.subarray(bounds[index], to));
        const other = hear(device, ...chunks);
        expect(other).toEqual(whole);
        for (const { value } of whole.samples) expect(value === 1500).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('are never a frame that decoding throws at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const start of [[], [0x0f, 0, 0, 0, 0, 0], [0xdb, 8], [0xe0, 0xc0, 0, 1, 0, 0], [0xc2, 0]]) {
          device.decode(joined(Uint8Array.from(start), bytes));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that nest and repeat without end are bounded', () => {
    const deep = dataNotification(new Uint8Array(4000).fill(1));
    const wide = dataNotification(joined(Uint8Array.of(1, 0x82, 0x0f, 0xff), new Uint8Array(4095)));
    expect(hear(device, ...hdlc(deep, 1000)).faults).toEqual(['dlms/malformed']);
    expect(hear(device, ...hdlc(wide, 1000)).faults).toEqual(['dlms/malformed']);
    expect(hear(device, deep, deep, wide).samples).toEqual([]);
    // sound lists, at the bounds and one beyond
    const nested = (levels: number): Uint8Array => (levels === 1 ? list(1) : axdr.array(nested(levels - 1)));
    expect(hear(device, ...hdlc(dataNotification(nested(6)))).samples).toMatchObject([{ value: 1 }]);
    expect(hear(device, ...hdlc(dataNotification(nested(7)))).faults).toEqual(['dlms/malformed']);
    const many = (count: number) => axdr.array(...Array.from({ length: count }, () => axdr.u8(1)));
    const lists = (count: number) => dataNotification(axdr.structure(list(1), many(1000), many(count)));
    expect(hear(device, ...hdlc(lists(900), 1000)).samples).toMatchObject([{ value: 1 }]);
    expect(hear(device, ...hdlc(lists(1100), 1000)).faults).toEqual(['dlms/malformed']);
  });
});
