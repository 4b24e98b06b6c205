import { onTestFinished } from 'vitest';
import { SystemClock } from '../../agent/clock/system-clock.ts';
import { Fieldward } from '../../agent/convention/fieldward.ts';
import { MqttLink } from '../../agent/link/mqtt-link.ts';
import { Topics } from '../../agent/link/topics.ts';
import { silentLog } from '../../agent/log/log.ts';
import { MemoryOutbox } from '../../agent/outbox/memory-outbox.ts';
import { Sequence } from '../../agent/sequence/sequence.ts';
import { Telemetry } from '../../agent/telemetry/telemetry.ts';
import { speakerOn } from './fieldward.ts';
import { Mosquitto, type MosquittoOptions, Subscriber } from './mosquitto.ts';

export const ROOT = 'fieldward/gw';
export const READINGS = `${ROOT}/meter/readings`;

export interface Sent {
  readonly seq: number;
  readonly backfill: boolean;
}

/** {@link assemble} with a real mosquitto. */
export async function setUp(protocolVersion: 4 | 5, options: MosquittoOptions = {}) {
  const mosquitto = await Mosquitto.start(options);
  onTestFinished(() => mosquitto.dispose());
  return { mosquitto, ...assemble(mosquitto.url, protocolVersion) };
}

/** A link and the telemetry of one device with one point, on the system's clock and gone with the test. */
export function assemble(url: string, protocolVersion: 4 | 5) {
  const clock = new SystemClock();
  const topics = new Topics('fieldward', 'gw');
  const link = new MqttLink({
    config: {
      url,
      protocolVersion,
      topicPrefix: 'fieldward',
      allowPlaintext: false,
      keepaliveMs: 30_000,
      connectTimeoutMs: 5000,
      reconnectMinMs: 20,
      reconnectMaxMs: 100,
    },
    clientId: 'gw',
    presence: new Fieldward(topics),
    clock,
    log: silentLog,
    random: Math.random,
  });
  const outbox = new MemoryOutbox(50_000_000, 'drop-oldest');
  const telemetry = new Telemetry({
    devices: [
      {
        id: 'meter',
        points: [{ name: 'x', type: 'number', writable: false }],
        heartbeatMs: 60_000,
        staleAfterMs: 10_000,
        pollMs: 1000,
      },
    ],
    ...speakerOn(link, clock, topics),
    boot: 'b',
    clock,
    clockWatch: { state: 'unknown' },
    sequence: new Sequence({ clock, log: silentLog }),
    outbox,
    backfillPerS: 2000,
    link,
    log: silentLog,
    random: Math.random,
  });
  onTestFinished(async () => {
    await telemetry.stop(AbortSignal.timeout(100));
    await link.stop(AbortSignal.timeout(1000));
  });
  const sample = (value: number) => telemetry.samples('meter', [{ point: 'x', value }]);
  return { link, outbox, telemetry, sample };
}

/** Somebody who hears all of the gateway. */
export async function watch(url: string) {
  const subscriber = await Subscriber.open(url, [`${ROOT}/#`]);
  onTestFinished(() => subscriber.close());
  const readings = (): Sent[] => subscriber.on(READINGS).map((payload) => JSON.parse(payload));
  return { subscriber, readings };
}
