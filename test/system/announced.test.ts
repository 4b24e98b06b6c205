import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { agentFor, brokerFor, configFile, rigBus, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { notifySocket } from '../support/notify-socket.ts';
import { witnessOf } from '../support/witness.ts';

/** Long enough for a slow machine; it ends as soon as it holds. */
const PATIENT = { interval: 50 };

const device = (id: string) => ({ id, driver: 'nmea0183', staleAfterMs: 5000 });

/** Nothing is on the line, so that devices are offline: their retained messages are kept all the same. */
function config(url: string, directory: string, gateway: string, devices: readonly string[]): object {
  return {
    gateway,
    mqtt: { url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    outbox: { directory },
    buses: [rigBus('a', '/dev/fieldward-nowhere', devices.map(device))],
  };
}

/** The topics that the broker keeps now. */
async function kept(url: string): Promise<readonly string[]> {
  const witness = await witnessOf(url, 'fieldward');
  await witness.hears();
  return witness.messages.filter(({ retained }) => retained).map(({ topic }) => topic);
}

it('what a killed agent announced is taken back when it is no longer configured, under a former name too', async () => {
  const { url } = await brokerFor();
  const directory = await temporaryFolder();
  const live = async (gateway: string, devices: readonly string[]) => {
    const agent = await runAgent(config(url, directory, gateway, devices));
    const witness = await witnessOf(url, `fieldward/${gateway}`);
    await witness.until('every device', () =>
      devices.every((id) => witness.latest(`${id}/availability`) === 'offline'),
    );
    return agent;
  };
  const first = await live('old', ['one', 'two']);
  first.signal('SIGKILL');
  await first.ended;
  expect(await kept(url)).toContain('fieldward/old/one/availability');

  const second = await live('old', ['two']);
  await expect.poll(() => kept(url), PATIENT).not.toContain('fieldward/old/one/availability');
  expect(await kept(url)).toContain('fieldward/old/two/availability');
  second.signal('SIGKILL');
  await second.ended;

  await live('new', ['two']);
  await expect.poll(async () => (await kept(url)).filter((topic) => topic.includes('/old/')), PATIENT).toEqual([]);
  expect(await kept(url)).toContain('fieldward/new/two/availability');
});

it('a broker that denies the gateway’s topics is told in the line of the service', async () => {
  const { url } = await brokerFor({ lines: ['acl_file /dev/null'] });
  const { address, until } = await notifySocket();
  const told = until('broker connected but denies');
  agentFor({
    args: ['run', '--config', await configFile(config(url, await temporaryFolder(), 'gw', ['one']))],
    through: ['perl', resolve('systemd/notify-launcher')],
    env: { NOTIFY_SOCKET: address },
  });
  await told;
});
