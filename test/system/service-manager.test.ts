import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { agentFor, configFile, rigBus } from '../support/agent-process.ts';
import { notifySocket } from '../support/notify-socket.ts';

const CONFIG = {
  gateway: 'gw',
  // nobody listens there
  mqtt: { url: 'mqtt://127.0.0.1:9' },
  buses: [rigBus('a', '/dev/fieldward-nowhere', [{ id: 'gnss', driver: 'nmea0183', staleAfterMs: 5000 }])],
};

it('the agent is ready and well without broker and port, refuses a bad reload and restarts into a good one', async () => {
  const { address, until, heard } = await notifySocket();
  const file = await configFile(CONFIG);
  const ready = until('READY=1');
  const pinged = until('WATCHDOG=1');
  const agent = agentFor({
    args: ['run', '--config', file],
    through: ['perl', resolve('systemd/notify-launcher')],
    env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: '1500000' },
  });
  await ready;
  const line = /^READY=1\|STATUS=0 of 1 bus open, 0 of 1 device online, broker away, [01] waiting\|$/;
  expect(heard().some((message) => line.test(message))).toBe(true);
  await pinged;

  await writeFile(file, 'gateway: [');
  const [refused, told] = [until('READY=1'), until('the new config is refused')];
  agent.signal('SIGHUP');
  await Promise.all([refused, told]);
  expect(heard().some((message) => /^RELOADING=1\|MONOTONIC_USEC=\d+\|$/.test(message))).toBe(true);
  expect(agent.stdout).toContain('"event":"reload refused, the old config stays"');
  const again = until('WATCHDOG=1');
  await again;

  await writeFile(file, JSON.stringify({ ...CONFIG, gateway: 'gw-2' }));
  const stopping = until('STOPPING=1');
  agent.signal('SIGHUP');
  await stopping;
  expect(await agent.ended).toEqual({ code: 75, signal: null });
});
