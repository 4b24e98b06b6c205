import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../agent/bus/dialogue/inquiry.ts';
import { PolledDevice } from '../../../agent/device/polled-device.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { driver } from '../../../drivers/lines/driver.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fakeLine, LATE_WITHIN, ok } from '../../support/fake-line.ts';
import { asked, bytesOf, deviceOf, messagesOf, onlyExchange } from './lines.ts';

const never = new AbortController().signal;
const ZERO = { name: 'zero', writable: true };
const TARE = { name: 'tare', writable: true };
const scale = (options: object = {}) => asked({ preset: 'mt-sics', ...options }, [ZERO, TARE]);

/** Writes to a scale that answers each request with the bytes of the next `<<`: `>> Z\r\n << Z A\r\n`. */
async function told(values: Record<string, boolean>, transcript: string, options: object = {}) {
  const sent: string[] = [];
  const parts = [...transcript.matchAll(/(>>|<<) (\S.*?|)(?= >> | << |$)/gs)].map(([, way, text = '']) => ({
    way,
    text: text.replaceAll('\\r', '\r').replaceAll('\\n', '\n'),
  }));
  const answers = parts.filter(({ way }) => way === '<<');
  const clock = new FakeClock();
  const line = fakeLine(
    ({ request, answer }): Outcome => {
      sent.push(String.fromCharCode(...request));
      const verdict = answer(bytesOf(answers.shift()?.text ?? ''), true);
      if (verdict.state === 'done') return ok(verdict.samples);
      if (verdict.state === 'more') throw new Error('no verdict at the end');
      const { fault, consequence, answered } = verdict;
      const repeat = consequence === 'damaged';
      return { ok: false, fault, consequence, answered, repeat, acted: false, lateWithin: LATE_WITHIN };
    },
    { now: () => clock.now() },
  );
  const device = new PolledDevice({
    ...{ id: 'scale', bus: 'com1', line, clock, pollMs: 1000, staleAfterMs: 5000, allow: [] },
    ...{ health: { offlineAfter: 3, probeMin: 1000, probeMax: 8000 }, timeouts: { minTimeoutMs: 20 } },
    device: scale(options),
    events: { samples: () => undefined, failed: () => undefined, availability: () => undefined },
  });
  device.lineOpened(clock.now());
  const { outcome, fault } = await device.write(new Map(Object.entries(values)), () => undefined, never);
  expect(sent).toEqual(parts.filter(({ way }) => way === '>>').map(({ text }) => text));
  return fault === undefined ? outcome : `${outcome} ${fault.code}`;
}

const AT_ONCE = { stableWithinMs: 0 };

describe('a scale that is zeroed and tared', () => {
  test.each<readonly [string, string]>([
    ['>> Z\\r\\n << Z A\\r\\n', 'applied'],
    ['>> Z\\r\\n << Z I\\r\\n', 'failed lines/not-now'],
    ['>> Z\\r\\n << Z +\\r\\n', 'failed lines/out-of-range'],
    ['>> Z\\r\\n << Z -\\r\\n', 'failed lines/out-of-range'],
    ['>> Z\\r\\n << ES\\r\\n', 'failed lines/not-understood'],
    ['>> Z\\r\\n << ET\\r\\n', 'failed lines/not-understood'],
    ['>> Z\\r\\n << EL\\r\\n', 'failed lines/not-understood'],
    // behind a weight that was under way, and behind an echo
    ['>> Z\\r\\n << S S     100.00 g\\r\\nZ A\\r\\n', 'applied'],
    ['>> Z\\r\\n << Z\\r\\nZ I\\r\\n', 'failed lines/not-now'],
    // it may have done it: nobody can say
    ['>> Z\\r\\n << ', 'unknown device/silent'],
    ['>> Z\\r\\n << Z A', 'unknown lines/truncated'],
    ['>> Z\\r\\n << Z\\r\\n', 'unknown bus/echo'],
    ['>> Z\\r\\n << S S     100.00 g\\r\\n', 'unknown lines/mismatch'],
    ['>> Z\\r\\n << Z X\\r\\n', 'unknown lines/mismatch'],
    ['>> Z\\r\\n << T S 1.00 g\\r\\n', 'unknown lines/mismatch'],
    ['>> Z\\r\\n << ZI S\\r\\n', 'unknown lines/mismatch'],
  ])('zero, %s: %s', async (transcript, outcome) => {
    expect(await told({ zero: true }, transcript)).toBe(outcome);
  });

  test.each<readonly [string, string]>([
    ['>> T\\r\\n << T S     100.00 g\\r\\n', 'applied'],
    ['>> T\\r\\n << T S       0.12 kg\\r\\n', 'applied'],
    ['>> T\\r\\n << T I\\r\\n', 'failed lines/not-now'],
    ['>> T\\r\\n << T +\\r\\n', 'failed lines/out-of-range'],
    ['>> T\\r\\n << T -\\r\\n', 'failed lines/out-of-range'],
    ['>> T\\r\\n << T S\\r\\n', 'unknown lines/mismatch'],
    ['>> T\\r\\n << T D     100.00 g\\r\\n', 'unknown lines/mismatch'],
    ['>> T\\r\\n << Z A\\r\\n', 'unknown lines/mismatch'],
  ])('tare, %s: %s', async (transcript, outcome) => {
    expect(await told({ tare: true }, transcript)).toBe(outcome);
  });

  test.each<readonly [string, string, string]>([
    ['zero', '>> ZI\\r\\n << ZI S\\r\\n', 'applied'],
    ['zero', '>> ZI\\r\\n << ZI D\\r\\n', 'applied'],
    ['zero', '>> ZI\\r\\n << ZI I\\r\\n', 'failed lines/not-now'],
    ['zero', '>> ZI\\r\\n << ZI +\\r\\n', 'failed lines/out-of-range'],
    ['tare', '>> TI\\r\\n << TI S     100.00 g\\r\\n', 'applied'],
    ['tare', '>> TI\\r\\n << TI D     100.00 g\\r\\n', 'applied'],
    ['tare', '>> TI\\r\\n << TI L\\r\\n', 'failed lines/not-understood'],
    ['tare', '>> TI\\r\\n << TI -\\r\\n', 'failed lines/out-of-range'],
    ['tare', '>> TI\\r\\n << T S     100.00 g\\r\\n', 'unknown lines/mismatch'],
  ])('%s at once, %s: %s', async (name, transcript, outcome) => {
    expect(await told({ [name]: true }, transcript, AT_ONCE)).toBe(outcome);
  });

  test('in one write, in its order; a no to the second leaves it between', async () => {
    const both = { zero: true, tare: true };
    expect(await told(both, '>> Z\\r\\n << Z A\\r\\n >> T\\r\\n << T S 0.00 g\\r\\n')).toBe('applied');
    expect(await told(both, '>> Z\\r\\n << Z I\\r\\n')).toBe('failed lines/not-now');
    expect(await told(both, '>> Z\\r\\n << Z A\\r\\n >> T\\r\\n << T I\\r\\n')).toBe('unknown lines/not-now');
  });

  test('with Kern’s preset too, where it is asked', async () => {
    expect(
      await told({ tare: true }, '>> T\\r\\n << T S 1.00 g\\r\\n', { preset: 'kern-kcp', request: 'S\\r\\n' }),
    ).toBe('applied');
  });
});

describe('zero and tare', () => {
  test('are points that take true alone, and are never read', () => {
    const device = scale();
    expect(device.points.slice(2)).toEqual(
      ['zero', 'tare'].map((name) =>
        expect.objectContaining({ name, type: 'boolean', writable: true, action: true, readBack: false }),
      ),
    );
    expect(device.plan(['zero', 'tare'])).toEqual([]);
    expect(onlyExchange(device).points).toEqual(['weight', 'stable']);
    expect(() => device.write(new Map([['zero', false]]))).toThrow(new Fault('command/value'));
    expect(() => device.write(new Map([['weight', 1]]))).toThrow(new Fault('command/not-writable'));
    expect(() => device.write(new Map([['other', true]]))).toThrow(new Fault('command/unknown-point'));
  });

  test('are there only where the config lists them', () => {
    const device = asked({ preset: 'mt-sics' }, [ZERO]);
    expect(device.points.map(({ name }) => name)).toEqual(['weight', 'stable', 'zero']);
    expect(() => device.write(new Map([['tare', true]]))).toThrow(new Fault('command/unknown-point'));
  });

  test('may wait for the load to come to rest, and what is late then is not taken for an answer', () => {
    const timeOf = (options: object) => {
      const { timeout, lateWithin, signature } = exchangeOf(scale(options).write(new Map([['zero', true]]))[0]);
      return { timeout, lateWithin, signature };
    };
    const { signature } = onlyExchange(scale());
    expect(timeOf({})).toEqual({ timeout: 6000, lateWithin: 7000, signature });
    expect(timeOf({ timeoutMs: 500, stableWithinMs: 3000, lateMs: 100 })).toEqual({
      ...{ timeout: 3500, lateWithin: 3100, signature },
    });
    expect(timeOf({ timeoutMs: 500, stableWithinMs: 0 })).toEqual({ timeout: 500, lateWithin: 1000, signature });
  });

  test('may be guarded as every write', () => {
    const guards = {
      ...{ minIntervalMs: 60_000, dailyWrites: 20, confirm: 'select' },
      writableWhen: { point: 'stable', equals: true },
    };
    expect(asked({ preset: 'mt-sics' }, [{ ...ZERO, ...guards }]).points[2]).toMatchObject(guards);
  });
});

describe('what can not be written', () => {
  const conflictsOf = (options: object, points: readonly object[]) => {
    const setup = {
      options: driver.options.safeParse(options),
      points: points.map((point) => driver.point.safeParse(point)),
    };
    if (!setup.options.success) throw new Error('the options are wrong');
    return driver.conflicts?.({
      options: setup.options.data,
      points: setup.points.map((each) => (each.success ? each.data : expect.fail('a point is wrong'))),
      line: { baudRate: 9600, characterMs: 1 },
    });
  };
  const ONLY = 'only goes with what a preset that is asked can do, as zero and tare';

  test.each<readonly [object, readonly object[], number, string, string]>([
    [{ preset: 'mt-sics' }, [{ name: 'weight', writable: true }], 0, 'writable', ONLY],
    [{ preset: 'mt-sics' }, [{ name: 'constructor', writable: true }], 0, 'writable', ONLY],
    [{ preset: 'mt-sics', continuous: true }, [ZERO], 0, 'writable', ONLY],
    [{ preset: 'kern-kcp' }, [ZERO], 0, 'writable', ONLY],
    [{ preset: 'sartorius-sbi', request: '\\x1bP\\r\\n' }, [TARE], 0, 'writable', ONLY],
    [{ template: '{zero:number}', request: 'A' }, [ZERO], 0, 'writable', ONLY],
    [{ preset: 'mt-sics' }, [{ name: 'zero' }], 0, 'name', 'needs writable: true, for it can not be read'],
    [{ preset: 'mt-sics' }, [ZERO, ZERO], 1, 'name', 'another point of the device has this name'],
    [{ preset: 'mt-sics' }, [{ ...ZERO, deadband: 1 }], 0, 'deadband', 'does not go with what the device does'],
    [{ preset: 'mt-sics' }, [{ ...ZERO, pollMs: 1 }], 0, 'pollMs', 'does not go with what the device does'],
  ])('%j %j', (options, points, point, key, message) => {
    expect(conflictsOf(options, points)).toEqual([{ at: { point, key }, message }]);
    expect(() => deviceOf(options, points)).toThrow('could not set up');
  });

  test('the time to come to rest goes with a scale that is asked', () => {
    const message = 'stableWithinMs: only goes with a preset that zeroes and tares, and is asked';
    for (const options of [
      { preset: 'kern-kcp' },
      { preset: 'mt-sics', continuous: true },
      { preset: 'sartorius-sbi', request: 'P' },
      { template: '{a:number}', request: 'A' },
    ]) {
      expect(messagesOf(driver.options, { ...options, stableWithinMs: 1 })).toEqual([message]);
    }
  });
});
