import { describe, expect, it } from 'vitest';
import { Keys } from '../../../../agent/cli/top/keys.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function terminal() {
  const clock = new FakeClock();
  const pressed: string[] = [];
  const keys = new Keys(clock, (all) => pressed.push(...all));
  return { clock, keys, pressed };
}

describe('the keys of a terminal', () => {
  it.each([
    ['\x1b', '[B'],
    ['\x1b[', 'B'],
    ['\x1bO', 'B'],
    ['\x1b[6', '~'],
  ])('are whole where a line tears them: %j and %j', async (one, other) => {
    const { clock, keys, pressed } = terminal();
    keys.hear(`j${one}`);
    expect(pressed).toEqual(['j']);
    await clock.advance(49);
    keys.hear(`${other}q`);
    expect(pressed).toEqual(['j', one + other, 'q']);
    await clock.advance(1000);
    expect(pressed).toEqual(['j', one + other, 'q']);
  });

  it('are given their whole time each, also right after another one', async () => {
    const { clock, keys, pressed } = terminal();
    keys.hear('\x1b');
    await clock.advance(10);
    keys.hear('[A\x1b');
    await clock.advance(49);
    keys.hear('[B');
    expect(pressed).toEqual(['\x1b[A', '\x1b[B']);
  });

  it('take Escape for what it is when nothing follows, and at once when something else does', async () => {
    const { clock, keys, pressed } = terminal();
    keys.hear('\x1b');
    await clock.advance(49);
    expect(pressed).toEqual([]);
    await clock.advance(1);
    expect(pressed).toEqual(['\x1b']);
    keys.hear('\x1b');
    keys.hear('q');
    expect(pressed).toEqual(['\x1b', '\x1b', 'q']);
  });

  it('hold no more than a few characters, and nothing once they are stopped', async () => {
    const { clock, keys, pressed } = terminal();
    keys.hear(`\x1b[${'1;'.repeat(1000)}`);
    expect(pressed.join('')).toBe(`\x1b[${'1;'.repeat(1000)}`);
    keys.hear('\x1b');
    keys.stop();
    await clock.advance(1000);
    expect(pressed.filter((key) => key === '\x1b')).toHaveLength(1);
  });
});
