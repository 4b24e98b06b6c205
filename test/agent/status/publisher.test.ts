import { describe, expect, test } from 'vitest';
import type { DeviceSnapshot } from '../../../agent/device/snapshot.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { StatusPublisher } from '../../../agent/status/publisher.ts';
import { statusSchema } from '../../../agent/status/schema.ts';
import { buildStatus } from '../../../agent/status/status.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';
import { speakerOn } from '../../support/fieldward.ts';
import { DEVICE, SNAPSHOTS } from './snapshots.ts';

const TOPIC = 'fieldward/gw/status';

function setUp() {
  const link = new FakeLink();
  const clock = new FakeClock();
  const warned: string[] = [];
  let devices: readonly DeviceSnapshot[] = [DEVICE];
  const startedAt = clock.now();
  const current = () => {
    const [wall, uptime] = [clock.wall(), clock.now() - startedAt];
    return buildStatus({ ...SNAPSHOTS, wall, uptime, link: link.status(), devices });
  };
  const log = { ...silentLog, warn: (event: string) => void warned.push(event) };
  const publisher = new StatusPublisher({ current, link, publisher: speakerOn(link, clock).publisher, clock, log });
  link.start();
  publisher.start();
  const health = (now: DeviceSnapshot['health'], readings = 0) => {
    devices = [{ ...DEVICE, health: now, readings }];
  };
  return { link, clock, publisher, health, warned, told: () => link.payloads(TOPIC) };
}

describe('the published status', () => {
  test('is retained at QoS 1, fits the schema, and is sent with the connect', async () => {
    const { link, clock, publisher, told } = setUp();
    await clock.advance(5000);
    expect(link.published).toEqual([]);
    link.connect(20, clock.wall());
    expect(link.published).toMatchObject([{ topic: TOPIC, qos: 1, retain: true }]);
    expect(statusSchema.safeParse(told()[0]).error).toBeUndefined();
    expect(told()[0]).toMatchObject({
      uptimeS: 5,
      mqtt: { connected: true, connectedSince: '2026-11-23T10:15:05.000Z' },
    });
    await publisher.stop();
    expect(clock.pending).toBe(0);
  });

  test('is sent again within a second of a change that matters, and not for others', async () => {
    const { link, clock, publisher, health, told } = setUp();
    link.connect();
    await clock.advance(10_000);
    expect(told()).toHaveLength(1);
    health('online', 77);
    await clock.advance(10_000);
    expect(told()).toHaveLength(1);
    health('offline');
    await clock.advance(1000);
    expect(told()).toHaveLength(2);
    expect(told()[1].devices['meter-1'].health).toBe('offline');
    await publisher.stop();
  });

  test('is sent every minute anyway', async () => {
    const { link, clock, publisher, told } = setUp();
    link.connect();
    await clock.advance(10 * 60_000 + 500);
    expect(told().length).toBeGreaterThanOrEqual(10);
    expect(told().length).toBeLessThanOrEqual(11);
    await publisher.stop();
  });

  test('is sent at most once a second, whatever flaps, the connection too', async () => {
    const { link, clock, publisher, health, told } = setUp();
    for (let count = 0; count < 100; count += 1) {
      health(count % 2 === 0 ? 'offline' : 'online');
      if (count % 3 === 0) link.connect();
      await clock.advance(100);
      if (count % 3 === 1) link.disconnect();
    }
    expect(told().length).toBeLessThanOrEqual(11);
    expect(told().length).toBeGreaterThanOrEqual(5);
    await publisher.stop();
  });

  test('waits for a broker that is slow to acknowledge, and then tells the newest only', async () => {
    const { link, clock, publisher, health, told } = setUp();
    link.respond = () => 'hold';
    link.connect();
    for (const now of ['offline', 'online', 'paused'] as const) {
      health(now);
      await clock.advance(1000);
    }
    expect(told()).toHaveLength(1);
    link.acknowledge();
    await clock.advance(1000);
    expect(told()).toHaveLength(2);
    expect(told()[1].devices['meter-1'].health).toBe('paused');
    await publisher.stop();
    await settle();
    expect(link.inFlight).toBe(0);
  });

  test('that the broker denies is told to the log, and tried again within the minute', async () => {
    const { link, clock, publisher, warned, told } = setUp();
    link.respond = () => 'link/denied';
    link.connect();
    await clock.advance(30_000);
    expect(warned).toEqual(['status not published']);
    await clock.advance(31_000);
    expect(told()).toHaveLength(2);
    await publisher.stop();
  });

  test('is shortened where it is too large for the broker, says so once, and is whole again when it may', async () => {
    const { link, clock, health, warned, told } = setUp();
    let most = Number.POSITIVE_INFINITY;
    const publish = link.publish.bind(link);
    link.publish = async (message, signal) => {
      if (message.payload.length > most) throw new Fault('link/too-large');
      await publish(message, signal);
    };
    link.connect();
    const whole = link.published[0]?.payload.length ?? 0;
    most = whole;
    health('online', 5);
    link.disconnect();
    await clock.advance(1000);
    link.connect();
    await settle();
    expect(told()).toHaveLength(2);
    expect(told()[1]).toMatchObject({ devices: {}, leftOut: { devices: 1, buses: 0 } });
    expect(statusSchema.safeParse(told()[1]).error).toBeUndefined();
    most = whole - 500;
    health('offline');
    await clock.advance(1000);
    expect(told()[2]).toMatchObject({ devices: {}, buses: {}, leftOut: { devices: 1, buses: 2 } });
    most = 100_000;
    health('online');
    await clock.advance(1000);
    expect(told()[3]).toMatchObject({ devices: { 'meter-1': {} }, leftOut: { devices: 0, buses: 0 } });
    most = 10;
    health('offline');
    await clock.advance(1000);
    expect(told()).toHaveLength(4);
    expect(warned).toEqual(['status shortened', 'status shortened', 'status not published']);
  });
});
