import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lineTiming } from '../../../drivers/port/line.ts';
import { runWith } from '../dialogue-machine.ts';
import { driver } from './toy.ts';

const LINE = lineTiming({ baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 });
const ROOT = new URL('../../../', import.meta.url);

/** The requests to the scale, and its answers. */
function run(...says: readonly string[]) {
  const device = driver.create({ options: { unit: 3 }, points: [{ name: 'weight' }], line: LINE });
  const [dialogue] = device.kind === 'poll' ? device.plan(['weight']) : [];
  if (dialogue === undefined) throw new Error('nothing is asked');
  const { end, requests } = runWith(dialogue, LINE, (_, asked) => ({
    bytes: Uint8Array.from(says[asked] ?? '', (each) => each.charCodeAt(0)),
    cuts: [1, 2, 3],
  }));
  return { end, asked: requests.map((request) => String.fromCharCode(...request)) };
}

describe('the toy protocol of drivers/README.md', () => {
  it('wakes the scale, and then reads it', () => {
    expect(run('!', '042+6')).toMatchObject({
      asked: ['W3', 'R'],
      end: { kind: 'end', samples: [{ point: 'weight', value: 42 }] },
    });
  });

  it('asks nothing of a scale that does not wake, and believes no wrong sum', () => {
    expect(run('')).toMatchObject({ asked: ['W3'], end: { kind: 'fail', consequence: 'silent', repeat: 'never' } });
    const damaged = { kind: 'fail', fault: { code: 'device/garbled' }, consequence: 'damaged', repeat: 'whole' };
    expect(run('!', '042+7').end).toMatchObject(damaged);
  });

  it('stands there as it runs here', () => {
    const page = readFileSync(new URL('drivers/README.md', ROOT), 'utf8');
    const source = readFileSync(new URL('test/drivers/toy/toy.ts', ROOT), 'utf8');
    const [, shown] = /```ts\n(.*?)```/su.exec(page) ?? [];
    expect(shown).toBe(source.replaceAll('../../../drivers/contract/', '../contract/'));
  });
});
