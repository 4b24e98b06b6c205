import { expect, it, onTestFinished } from 'vitest';
import { openPty } from '../../scripts/sim/pty.ts';
import { HexHearer, solarBlock, solarRegisters } from '../../scripts/sim/vedirect.ts';
import { agentFor, configFile } from '../support/agent-process.ts';

/** A charger at noon. It says its text in halves, so that most answers come in the middle of a block. */
async function chargerLine(): Promise<string> {
  const line = await openPty();
  const charger = new HexHearer(() => solarRegisters(0));
  const block = solarBlock(31_000);
  const half = Math.floor(block.length / 2);
  let turn = 0;
  const say = setInterval(() => {
    turn += 1;
    void line.write(turn % 2 === 1 ? block.subarray(0, half) : block.subarray(half)).catch(() => undefined);
  }, 150);
  line.onBytes((chunk) => {
    for (const answer of charger.hear(chunk)) void line.write(answer).catch(() => undefined);
  });
  onTestFinished(async () => {
    clearInterval(say);
    await line.close();
  });
  return line.path;
}

it('reads what a charger says by itself, and the registers that it is asked for, on one line', async () => {
  const file = await configFile({
    gateway: 'gw',
    mqtt: { url: 'mqtt://127.0.0.1:1883' },
    buses: [
      {
        id: 'solar',
        port: { path: await chargerLine(), baudRate: 19_200 },
        devices: [
          {
            id: 'mppt',
            driver: 'vedirect',
            points: [
              { name: 'panel-power' },
              { name: 'charger-temperature', register: 0xeddb, type: 'int16', scale: 0.01, unit: '°C' },
              { name: 'serial', register: 0x010a, type: 'text' },
              { name: 'none', register: 0xed99 },
            ],
          },
        ],
      },
    ],
  });
  const poll = agentFor({ args: ['poll', 'mppt', '--json', '--config', file] });
  const told = () =>
    poll.stdout
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line));
  const values = () => Object.assign({}, ...told().map((each) => each.values ?? {}));
  // several rounds, so that answers have come at many places of a block
  await expect
    .poll(() => told().filter((each) => each.values?.['charger-temperature'] === 25).length)
    .toBeGreaterThan(4);
  await expect
    .poll(() => told().filter((each) => each.values?.['panel-power'] !== undefined).length)
    .toBeGreaterThan(4);
  expect(values()).toEqual({ 'panel-power': 419, 'charger-temperature': 25, serial: 'HQ0000SIMUL' });
  expect(poll.stdout).toContain('vedirect/unknown-register');
  // the port was opened in the middle of a block, and no other one is lost
  expect(told().filter((each) => each.fault?.code === 'vedirect/checksum').length).toBeLessThanOrEqual(1);
  poll.stop();
  await poll.ended;
});
