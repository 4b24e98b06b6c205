import { describe, expect, it } from 'vitest';
import { describeFault } from '../../../agent/log/describe.ts';
import { placeOf } from '../../../agent/log/place.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';

/** An error with this text and these frames below it. */
function errorWith(message: string, frames: readonly string[]): Error {
  const error = new Error(message);
  error.stack = [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}

describe('the place of an error', () => {
  it('is file, line and column of ours, of the sources as of the build', () => {
    expect(placeOf(thrownBy(() => milliseconds(Number.NaN)))).toMatch(/^drivers\/contract\/[a-z]+\.ts:\d+:\d+$/);
    const frames = [
      'Array.map (<anonymous>)',
      'node:internal/process/task_queues:95:5',
      'foo (file:///opt/fieldward/node_modules/mqtt/drivers/lib.js:3:4)',
      'async Poller.run (file:///home/anna/drivers/secret/dist/chunks/chunk-5XJQQWKK.js:1:20345)',
      'file:///opt/fieldward/dist/agent/main.js:1:1',
    ];
    expect(placeOf(errorWith('x', frames))).toBe('chunks/chunk-5XJQQWKK.js:1:20345');
    expect(placeOf(errorWith('x', frames.slice(4)))).toBe('agent/main.js:1:1');
    expect(placeOf(errorWith('x', ['new Line (/srv/fw/dist/drivers/lines/driver.js:7:9)']))).toBe(
      'drivers/lines/driver.js:7:9',
    );
  });

  it('holds nothing of the text, also where that looks like a frame', () => {
    const forged = 'x\n    at /agent/s3cret.ts:1:2\n    at y (file:///agent/s3cret.ts:1:2)';
    expect(placeOf(errorWith(forged, ['z (/x/agent/bus/line.ts:5:6)']))).toBe('agent/bus/line.ts:5:6');
    expect(placeOf(errorWith(forged, []))).toBeUndefined();
    const changed = errorWith(forged, ['z (/x/agent/bus/line.ts:5:6)']);
    changed.message = 'another text';
    expect(placeOf(changed)).toBeUndefined();
  });

  it('is not known of what is no error, has no frame of ours, or answers with a throw', () => {
    for (const thrown of [undefined, null, 'agent/a.ts:1:1', { stack: '    at /agent/a.ts:1:1' }]) {
      expect(placeOf(thrown)).toBeUndefined();
    }
    for (const frame of [
      '/x/test/y.ts:1:1',
      '/x/agent/a.test.ts:1:1',
      '/x/agent/pass word.ts:1:1',
      '/x/agent/a.ts:1',
      '/x/agent/../../etc/a.ts:1:1',
      '/x/agent/a.ts:12345678:1',
      `/x/agent/${'a'.repeat(65)}.ts:1:1`,
      `/x/agent/a.ts:1:1${' '.repeat(1024)}`,
    ]) {
      expect(placeOf(errorWith('x', [frame]))).toBeUndefined();
    }
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'stack', {
      get() {
        throw new Error('y');
      },
    });
    expect(placeOf(hostile)).toBeUndefined();
  });

  it('stands in the log beside a mistake of ours or of a driver, and beside no other fault', () => {
    const cause = errorWith('s3cret', ['z (/x/agent/bus/line.ts:5:6)']);
    expect(describeFault(toFault(cause), false)).toMatchObject({
      code: 'internal/unexpected',
      at: 'agent/bus/line.ts:5:6',
    });
    const wrapped = new Fault('internal/unexpected', undefined, new Fault('driver/threw', undefined, cause));
    expect(describeFault(wrapped, false)).toMatchObject({ at: 'agent/bus/line.ts:5:6' });
    expect(JSON.stringify(describeFault(wrapped, false))).not.toContain('s3cret');
    expect(describeFault(new Fault('port/lost', undefined, cause), false)).not.toHaveProperty('at');
  });
});
