import { expect, it } from 'vitest';
import { agentFor, brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../../support/agent-process.ts';
import { chromiumMissing, pageFor } from '../../support/console/browser.ts';
import { mosquittoMissing } from '../../support/mosquitto.ts';

const points = [
  { name: 'counter', register: 'holding', address: 0, type: 'uint16' },
  {
    ...{ name: 'setpoint', label: 'Setpoint', register: 'holding', address: 4, type: 'uint16', unit: '°C' },
    ...{ writable: true, min: 0, max: 100, step: 5 },
  },
];

it.skipIf(chromiumMissing !== undefined || mosquittoMissing !== undefined)(
  'in a browser at the console of a running gateway a person finds the faulty device, reopens its bus and changes a setpoint',
  async () => {
    const broker = await brokerFor();
    const rig = await rigFor({ baud: 115_200, units: '1', options: { switched: '2' } });

    const devices = [
      rigDevice(1, { points, label: 'Boiler' }),
      rigDevice(2, { points, label: 'Chiller', options: { unit: 2, timeoutMs: 300 }, minTimeoutMs: 300 }),
    ];
    const agent = await runAgent({
      gateway: 'gw',
      mqtt: { url: broker.url, meta: true },
      commands: { enabled: true, allow: ['read', 'write', 'reopen'] },
      buses: [rigBus('line', rig.links[0] ?? '', devices)],
    });
    const console = agentFor({ args: ['console', '--json', '--url', broker.url] });
    await expect.poll(() => console.stdout).toContain('\n');
    const { url } = JSON.parse(console.stdout) as { url: string };

    const page = await pageFor(new URL(url).origin, {}, /ERR_|Failed to load/);
    await page.goto(url);
    await page.getByText('Connected', { exact: true }).waitFor();
    const attention = page.getByRole('table', { name: 'Needs attention' });
    await attention.getByRole('link', { name: 'Chiller' }).click();
    const fault = page.getByRole('region', { name: 'Fault' });
    await fault.locator('.code').getByText('/').waitFor();
    expect(await fault.locator('.advice').textContent()).not.toBe('');
    rig.switchUnits();
    await fault.getByRole('button', { name: 'Reopen line' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Reopen line' }).click();
    await dialog.getByText('done', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => fault.count()).toBe(0);

    await page.getByRole('link', { name: 'Plant' }).click();
    await page.getByText('Nothing. All that is known is well.').waitFor();
    await page.getByRole('link', { name: 'Values' }).click();
    await page.getByLabel('Search').fill('boiler setpoint');
    await page.getByRole('button', { name: 'Change Setpoint of Boiler' }).click();
    await dialog.getByText('0 to 100 °C, in steps of 5', { exact: true }).waitFor();
    await dialog.getByLabel('New value').fill('55');
    await dialog.getByRole('button', { name: 'Write' }).click();
    await dialog.getByText('verified', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const value = page.getByRole('button', { name: '55: plot of Setpoint of Boiler' });
    await value.click();
    await page.getByRole('region', { name: 'Plot' }).getByText('55 °C', { exact: true }).waitFor();
    // It holds, though nothing changes any more: it is read again and again.
    await page
      .getByText(/^[0-3] s ago$/)
      .first()
      .waitFor();

    await agent.stop();
    await page.getByRole('link', { name: 'Plant' }).click();
    await attention.getByText('The gateway is away.').waitFor();
    expect(await console.stop()).toEqual({ code: 0, signal: null });
    await page.getByText('The console does not answer: what is shown is old').waitFor();
  },
);
