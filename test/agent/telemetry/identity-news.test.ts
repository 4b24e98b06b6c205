import { describe, expect, it } from 'vitest';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { discoveryDocuments, documentTopic } from '../../../agent/convention/home-assistant/documents.ts';
import { HomeAssistant } from '../../../agent/convention/home-assistant/home-assistant.ts';
import { Publisher } from '../../../agent/convention/publisher.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { Identities } from '../../../agent/telemetry/identities.ts';
import { IdentityNews, SETTLING, TOLD_EVERY } from '../../../agent/telemetry/identity-news.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';
import { judgeDocument } from '../convention/home-assistant/validator.ts';

/** A plant of one meter and one sensor, told to both audiences. */
async function rig() {
  const clock = new FakeClock();
  const link = new FakeLink();
  const topics = new Topics('fieldward', 'gw');
  const supervisor = new Supervisor({ clock, log: silentLog });
  const identities = new Identities([
    { id: 'meter', identity: { model: 'M-7', maker: 'of the config' } },
    { id: 'sensor' },
  ]);
  const devices = ['meter', 'sensor'].map((id) => ({
    ...{ id, points: [{ name: 'value', type: 'number' as const, writable: false }] },
    get identity() {
      return identities.of(id);
    },
  }));
  const plant = { gateway: 'gw', devices };
  const fieldward = new Fieldward(topics);
  const home = new HomeAssistant({
    documents: discoveryDocuments(plant, {
      ...{ topics, discoveryPrefix: 'homeassistant', version: '1.0.0', maxAgeMs: 30_000 },
      ...{ writable: new Set(), buttons: { reopen: [], restart: false } },
    }),
    topicOf: (device) => documentTopic('homeassistant', 'gw', device),
    statusTopic: undefined,
    removals: () => ({ documents: [], components: new Map() }),
    presence: () => fieldward.hello(),
  });
  const publisher = new Publisher({
    ...{ link, plant, clock, log: silentLog, supervisor, random: () => 0 },
    speakers: [{ convention: fieldward }, { convention: home }],
  });
  const news = new IdentityNews({ identities, publisher, link, clock, log: silentLog, supervisor });
  const said = (topic: string) =>
    link.published.filter((each) => each.topic === topic).map(({ payload }) => JSON.parse(String(payload)));
  const identity = (device: string) => said(`fieldward/gw/${device}/identity`);
  const document = (device: string) => said(`homeassistant/device/gw_${device}/config`).at(-1);
  link.start();
  link.connect();
  await settle();
  const advance = async (ms: number) => {
    await clock.advance(milliseconds(ms));
    await settle();
  };
  return { link, news, identity, document, advance };
}

describe('what is known of a device', () => {
  it('is what it says of itself, then what the config says; its sort stands for a model that nobody knows', async () => {
    const { news, identity, advance } = await rig();
    expect(identity('meter')).toEqual([{ maker: 'of the config', model: 'M-7' }]);
    news.identity('meter', { maker: 'Acme', serial: '42', kind: 'water' });
    news.identity('sensor', { kind: 'water' });
    await advance(SETTLING);
    expect(identity('meter').at(-1)).toEqual({ maker: 'Acme', model: 'M-7', serial: '42' });
    expect(identity('sensor').at(-1)).toEqual({ model: 'water' });
  });

  it('is told once for several answers, when it has changed, and at most once a minute', async () => {
    const { news, identity, advance } = await rig();
    news.identity('meter', { maker: 'Acme' });
    news.identity('meter', { maker: 'Acme', firmware: '1' });
    await advance(SETTLING - 1);
    expect(identity('meter')).toHaveLength(1);
    await advance(1);
    expect(identity('meter')).toHaveLength(2);
    news.identity('meter', { maker: 'Acme', firmware: '1' });
    for (let second = 0; second < 30; second += 1) {
      news.identity('meter', { maker: 'Acme', firmware: `${second}` });
      await advance(1000);
    }
    expect(identity('meter')).toHaveLength(2);
    await advance(TOLD_EVERY);
    expect(identity('meter').at(-1)).toEqual({ maker: 'Acme', model: 'M-7', firmware: '29' });
    expect(identity('meter')).toHaveLength(3);
  });

  it('is told after a connect, also what came while the broker was away', async () => {
    const { link, news, identity, advance } = await rig();
    link.disconnect();
    news.identity('meter', { maker: 'Acme' });
    await advance(SETTLING);
    expect(identity('meter')).toHaveLength(1);
    link.connect();
    await settle();
    expect(identity('meter').at(-1)).toEqual({ maker: 'Acme', model: 'M-7' });
  });

  it('stands in Home Assistant’s document of the device, whose entities stay', async () => {
    const { news, document, advance } = await rig();
    const before = document('meter');
    expect(before.device).toMatchObject({ manufacturer: 'of the config', model: 'M-7' });
    news.identity('meter', { maker: 'Acme', serial: '42', firmware: 'V1' });
    await advance(SETTLING);
    const after = document('meter');
    expect(after.device).toMatchObject({ manufacturer: 'Acme', model: 'M-7', serial_number: '42', sw_version: 'V1' });
    expect({ ...after, device: 0 }).toEqual({ ...before, device: 0 });
    const topic = documentTopic('homeassistant', 'gw', 'meter');
    expect(judgeDocument(topic, JSON.stringify(after), new Set())).toEqual(
      judgeDocument(topic, JSON.stringify(before), new Set()),
    );
  });
});
