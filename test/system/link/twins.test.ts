import { afterEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { Mosquitto, mosquittoMissing } from '../../support/mosquitto.ts';

/** Long enough for a slow machine; it ends as soon as it holds. */
const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });

describe.skipIf(mosquittoMissing !== undefined)('two gateways of one name', () => {
  const open: { dispose(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.dispose();
  });

  // mosquitto 2.0.11 says DISCONNECT 142 on neither version: only the pattern is left
  test.each([4, 5] as const)(
    'are both named in the status, and neither comes back fast (version %i)',
    async (version) => {
      const broker = await Mosquitto.start();
      open.push(broker);
      const gateway = () => {
        const link = new MqttLink({
          config: {
            url: broker.url,
            protocolVersion: version,
            topicPrefix: 'fieldward',
            allowPlaintext: false,
            keepaliveMs: 30_000,
            connectTimeoutMs: 5000,
            reconnectMinMs: 100,
            reconnectMaxMs: 1000,
          },
          clientId: 'gw',
          presence: new Fieldward(new Topics('fieldward', 'gw')),
          clock: new SystemClock(),
          log: silentLog,
          random: Math.random,
        });
        open.push({ dispose: () => link.stop(AbortSignal.timeout(2000)) });
        link.start();
        return link;
      };
      const start = performance.now();
      const twins = [gateway(), gateway()];
      for (const twin of twins) await eventually(() => twin.status().takeovers).toBeGreaterThanOrEqual(1);
      for (const twin of twins) expect(twin.status().lastFault?.code).toMatch(/^link\/(kicked|taken-over|lost)$/);
      await eventually(() => twins.map((twin) => twin.status().fault?.code)).toContain('link/kicked');
      const seconds = (performance.now() - start) / 1000;
      const connects = broker.log.split('\n').filter((line) => line.includes('New client connected')).length;
      // each waits 0.55 s on average, and 0.1 s at the least
      expect(connects).toBeLessThan(2 + 2 * (seconds / 0.25));
    },
  );
});
