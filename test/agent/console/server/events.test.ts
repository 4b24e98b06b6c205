import { expect, it } from 'vitest';
import { HEARTBEAT, MOST_PAGES, MOST_WAITING_BYTES } from '../../../../agent/console/limits.ts';
import { Events } from '../../../../agent/console/server/events.ts';
import type { PlantEvent } from '../../../../agent/console/wire.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const event = (at: number): PlantEvent => ({
  ...{ at, broker: 'connected', gateways: [], devices: [], values: [], gone: [], leftOut: 0 },
});

/** A browser that takes what it is told when the test says so. */
function page() {
  const told: string[] = [];
  let waiting = 0;
  return {
    told,
    ended: false,
    get writableLength() {
      return waiting;
    },
    write(text: string) {
      told.push(text);
      waiting += text.length;
      return true;
    },
    end() {
      this.ended = true;
      return this as never;
    },
    wait: (bytes: number) => {
      waiting = bytes;
    },
  };
}

it('a page hears of the whole plant, then of changes, and now and then that it is connected', async () => {
  const clock = new FakeClock();
  const events = new Events({ clock, whole: () => event(1) });
  const one = page();
  events.open(one);
  expect(one.told).toEqual([`event: plant\ndata: ${JSON.stringify(event(1))}\n\n`]);
  events.tell(event(2));
  events.tell(undefined);
  expect(one.told.slice(1)).toEqual([`event: change\ndata: ${JSON.stringify(event(2))}\n\n`]);
  await clock.advance(HEARTBEAT);
  events.tell(undefined);
  events.tell(undefined);
  expect(one.told.slice(2)).toEqual([':\n\n']);
  events.end();
  expect(one.ended).toBe(true);
});

it('a page that does not take what it is told is told everything anew once it has', () => {
  let whole = 0;
  const events = new Events({
    clock: new FakeClock(),
    whole: () => {
      whole += 1;
      return event(100 + whole);
    },
  });
  const [slow, quick] = [page(), page()];
  events.open(slow);
  events.open(quick);
  slow.wait(MOST_WAITING_BYTES * 2);
  quick.wait(0);
  for (let at = 0; at < 5; at += 1) {
    events.tell(event(at));
    quick.wait(0);
  }
  expect(slow.told).toHaveLength(1);
  expect(quick.told).toHaveLength(6);
  slow.wait(10);
  events.tell(event(6));
  expect(slow.told).toHaveLength(1);
  slow.wait(0);
  events.tell(event(7));
  expect(slow.told.at(-1)).toContain('event: plant');
  slow.wait(0);
  events.tell(event(8));
  expect(slow.told.at(-1)).toContain('event: change');
});

it('a page that is told of a large plant is not behind while it takes it', () => {
  const large = { ...event(1), gone: ['x'.repeat(MOST_WAITING_BYTES * 2)] };
  const events = new Events({ clock: new FakeClock(), whole: () => large });
  const one = page();
  events.open(one);
  events.tell(event(2));
  expect(one.told).toHaveLength(2);
});

it('so many pages have room, and one that is closed makes some', () => {
  const events = new Events({ clock: new FakeClock(), whole: () => event(1) });
  const pages = Array.from({ length: MOST_PAGES }, page);
  for (const each of pages) events.open(each);
  expect(events.hasRoom).toBe(false);
  events.close(pages[0] ?? page());
  expect(events.hasRoom).toBe(true);
});
