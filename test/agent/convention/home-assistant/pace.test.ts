import { expect, test } from 'vitest';
import { PACE } from '../../../../agent/app/conventions.ts';
import { Supervisor } from '../../../../agent/clock/supervisor.ts';
import { discoveryDocuments } from '../../../../agent/convention/home-assistant/documents.ts';
import { HomeAssistant } from '../../../../agent/convention/home-assistant/home-assistant.ts';
import { Publisher } from '../../../../agent/convention/publisher.ts';
import { Topics } from '../../../../agent/link/topics.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { withMeaning } from '../../../../config/meaning.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeLink } from '../../../support/fake-link.ts';

const [DEVICES, POINTS] = [100, 50];

test('one document is made between two turns of the loop, also where the broker takes each at once and all forget', async () => {
  const made = Array.from({ length: POINTS }, (_, at) => {
    return { name: `point-${at}`, type: 'number' as const, writable: at % 10 === 0, unit: 'V' };
  });
  const points = withMeaning(made, []);
  const devices = Array.from({ length: DEVICES }, (_, at) => ({ id: `device-${at}`, identity: {}, points }));
  const plant = { gateway: 'gw', devices };
  const topics = new Topics('fieldward', 'gw');
  const documents = discoveryDocuments(plant, {
    ...{ topics, discoveryPrefix: 'homeassistant', version: '1.0.0', maxAgeMs: 30_000 },
    writable: new Set(devices.map(({ id }) => id)),
    buttons: { reopen: [], restart: false },
  });
  const gone = Array.from({ length: DEVICES }, (_, at) => `homeassistant/device/gw_gone-${at}/config`);
  const convention = new HomeAssistant({
    documents,
    statusTopic: undefined,
    topicOf: (device) => `homeassistant/device/gw_${device}/config`,
    removals: () => ({
      documents: gone,
      components: new Map([...documents.keys()].map((topic) => [topic, new Map([['old', 'sensor']])])),
    }),
    presence: () => ({ topic: topics.availability, payload: 'online', qos: 1, retain: true }),
  });
  // counts made messages, not sent ones: a message that waits in a list has cost its time already
  let rendered = 0;
  const births = convention.births.bind(convention);
  convention.births = function* counted(view) {
    for (const message of births(view)) {
      rendered += 1;
      yield message;
    }
  };
  const [link, clock] = [new FakeLink(), new FakeClock()];
  new Publisher({
    ...{ link, plant, clock, log: silentLog, random: () => 0, supervisor: new Supervisor({ clock, log: silentLog }) },
    speakers: [{ convention, pace: PACE }],
  });
  link.start();
  link.connect();
  // documents that are gone, documents that lose a component in two steps, and the presence behind them
  const all = DEVICES + 2 * documents.size + 1;
  for (let turns = 0; link.published.length < all && turns < 2 * all; turns += 1) {
    const before = rendered;
    await clock.advance(PACE);
    expect(rendered - before).toBeLessThanOrEqual(1);
  }
  expect([rendered, link.published.length]).toEqual([all, all]);
  // and none of them is so long that making it is felt: a text of a few dozen kilobytes
  expect(Math.max(...link.published.map(({ payload }) => payload.length))).toBeLessThan(65_536);
});
