import { expect, it } from 'vitest';
import { browser, chromiumMissing, pageFor } from '../../support/console/browser.ts';
import { deviceOf } from '../../support/console/made-up-plant.ts';
import { operatedPlant } from '../../support/console/operated-plant.ts';

// A person's acts on the page, in a real browser, over a plant that is made up.
const test = it.skipIf(chromiumMissing !== undefined);

test('an operator finds the faulty device, reads why and what to do, and reopens its bus', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url);
  await page.goto(plant.server.url);
  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByLabel('Faulty only').check();
  await page.getByLabel('Search').fill('gw09');
  const devices = page.getByRole('table', { name: 'Devices' });
  await expect.poll(() => devices.getByRole('row').count()).toBe(2);
  await devices.getByRole('link', { name: 'Boiler 1' }).click();

  const fault = page.getByRole('region', { name: 'Fault' });
  await fault.getByText('the device does not answer').waitFor();
  await fault.getByText('Check power, wiring, termination, address and baud rate.').waitFor();
  await page.getByRole('table', { name: 'Values of Boiler 1' }).getByText('stale').first().waitFor();

  plant.answer = () => ({ words: 'The bus was opened again.' });
  await fault.getByRole('button', { name: 'Reopen rs485-a' }).click();
  const dialog = page.getByRole('dialog', { name: 'Reopen rs485-a?' });
  expect(plant.asked).toEqual([]);
  await dialog.getByRole('button', { name: 'Reopen rs485-a' }).click();
  await dialog.getByText('The bus was opened again.').waitFor();
  expect(plant.asked).toEqual([{ gateway: 'plant7-gw09', command: 'reopen', args: { bus: 'rs485-a' } }]);
  await dialog.getByRole('button', { name: 'Close' }).click();

  const well = { ...deviceOf(8, 0, 8, Date.now()), health: 'online', fault: null, latencyMs: 21 };
  plant.server.tell({ devices: [well] });
  await expect.poll(() => fault.count()).toBe(0);
  await page.getByText('21 ms').waitFor();

  await page.getByRole('link', { name: 'Commands' }).click();
  await page.getByRole('listitem').filter({ hasText: 'bus = rs485-a' }).getByText('done').waitFor();
});

test('an operator changes a setpoint within its limits and sees it verified', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url);
  await page.goto(`${plant.server.url}#/device/plant7-gw01/unit-1`);
  await page.getByRole('button', { name: 'Change Setpoint of Boiler 1' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change Setpoint' });
  await dialog.getByText('20 to 90 °C, in steps of 0.5', { exact: true }).waitFor();
  const field = dialog.getByLabel('New value');
  for (const [typed, words] of [
    ['120', '120 is outside: 20 to 90 °C, in steps of 0.5.'],
    ['60.2', '60.2 is between two steps: 20 to 90 °C, in steps of 0.5.'],
    ['6O', 'This is no number. Type digits, as in 21.5.'],
  ] as const) {
    await field.fill(typed);
    await dialog.getByRole('button', { name: 'Write' }).click();
    await expect.poll(() => dialog.getByRole('alert').textContent()).toBe(words);
  }
  expect(plant.asked).toEqual([]);

  plant.answer = () => ({ outcome: 'verified', words: 'The device holds the new value.', values: { setpoint: 61 } });
  await field.fill('60.5');
  await dialog.getByRole('button', { name: 'One step up' }).click();
  await dialog.getByRole('button', { name: 'Write' }).click();
  await dialog.getByText('verified', { exact: true }).waitFor();
  await dialog.getByText('The device holds the new value.').waitFor();
  expect(plant.asked).toEqual([{ gateway: 'plant7-gw01', device: 'unit-1', command: 'write', args: { setpoint: 61 } }]);

  plant.server.tell({
    values: [{ gateway: 'plant7-gw01', device: 'unit-1', at: Date.now(), values: { setpoint: 61 } }],
  });
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: '61: plot of Setpoint of Boiler 1' }).waitFor();
});

test('where the gateway wants two steps, the first only selects, and the second carries its token', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url);
  await page.goto(`${plant.server.url}#/device/plant7-gw01/unit-1`);
  await page.getByRole('button', { name: 'Change Limit of power of Boiler 1' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change Limit of power' });
  await dialog.getByLabel('New value').fill('90');
  plant.answer = ({ confirm }) =>
    confirm === undefined
      ? {
          outcome: 'selected',
          words: 'Selected. Nothing was sent.',
          confirm: { token: 't1', until: Date.now() + 60_000 },
        }
      : { outcome: 'applied', words: 'The device confirmed the write.' };
  await dialog.getByRole('button', { name: 'Select' }).click();
  await dialog.getByText('Selected. Nothing was sent.').waitFor();
  await dialog.getByText(/^Operate within \d+ s\.$/).waitFor();
  await dialog.getByRole('button', { name: 'Operate' }).click();
  await dialog.getByText('The device confirmed the write.').waitFor();
  expect(plant.asked.map(({ confirm }) => confirm)).toEqual([undefined, 't1']);
});

test('an outcome that nobody knows is told in words, also where the console itself gives no answer', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url, {}, /ERR_|Failed to load/);
  await page.goto(`${plant.server.url}#/device/plant7-gw01/unit-1`);
  plant.answer = () => ({
    outcome: 'unknown',
    words: 'Nothing was heard in time. The device may have acted.',
    fault: { code: 'device/silent', message: 'the device does not answer' },
  });
  await page.getByRole('button', { name: 'Change Pump of Boiler 1' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change Pump' });
  await dialog.getByLabel('on', { exact: true }).check();
  await dialog.getByRole('button', { name: 'Write' }).click();
  await dialog.getByText('unknown', { exact: true }).waitFor();
  await dialog.getByText('The device may have acted.').waitFor();
  expect(plant.asked.map(({ args }) => args)).toEqual([{ pump: true }]);

  await page.route('**/api/commands', (route) => route.abort());
  await dialog.getByRole('button', { name: 'Another value' }).click();
  await dialog.getByRole('button', { name: 'Write' }).click();
  await dialog.getByText('nobody knows what became of it').waitFor();
});

test('a value opens its plot, more are added with an axis for each unit, and the address keeps them', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url);
  await page.goto(`${plant.server.url}#/device/plant7-gw01/unit-1`);
  await page.getByRole('button', { name: /plot of Supply temperature/ }).click();
  const plot = page.getByRole('region', { name: 'Plot' });
  await plot.getByText('Last hour').waitFor();
  await page.getByRole('button', { name: /plot of Power of/ }).click();
  await page.getByRole('button', { name: /plot of Pump of/ }).click();
  await plot.getByRole('img', { name: 'Curves of Supply temperature, Power, Pump' }).waitFor();
  await expect.poll(() => plot.locator('.u-axis').count()).toBe(4);
  await plot.getByText(/°C to .* °C/).waitFor();
  const link = await plot.getByRole('link', { name: 'CSV of plant7-gw01' }).getAttribute('href');
  expect(new URLSearchParams(link?.split('?')[1]).getAll('series')).toEqual([
    'unit-1/supply',
    'unit-1/power',
    'unit-1/pump',
  ]);

  const over = await plot.locator('.u-over').boundingBox();
  if (over === null) throw new Error('there is no plot');
  const y = over.y + over.height / 2;
  await page.mouse.move(over.x + over.width * 0.4, y);
  await page.mouse.down();
  await page.mouse.move(over.x + over.width * 0.5, y);
  await page.mouse.move(over.x + over.width * 0.6, y);
  await page.mouse.up();
  await plot.getByText(/^\d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/).waitFor();
  await plot.getByRole('button', { name: 'Whole hour' }).click();
  await plot.getByText('Last hour').waitFor();
  await plot.getByRole('button', { name: 'Zoom in' }).click();
  await plot.getByText(/^\d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/).waitFor();

  await plot.getByRole('button', { name: 'Remove Power from the plot' }).click();
  await page.reload();
  await plot.getByRole('img', { name: 'Curves of Supply temperature, Pump' }).waitFor();
  await plot.getByRole('button', { name: 'Close the plot' }).click();
  await expect.poll(() => plot.count()).toBe(0);
});

test('words that a device sent are text alone, whatever they look like', async () => {
  const hostile = `<img src=x onerror="alert(1)">"'&lt;\u202e</script><script>alert(2)</script>`;
  const plant = await operatedPlant({ gateways: 1, devices: 1, points: 8 }, (told) => ({
    ...told,
    gateways: told.gateways.map((each) => ({ ...each, version: hostile, auditHead: hostile })),
    devices: told.devices.map((each) => ({
      ...each,
      label: hostile,
      identity: { maker: hostile, [hostile]: 'x'.repeat(20_000) },
      fault: { code: hostile, message: hostile, advice: hostile },
      points: each.points.map((point) => ({ ...point, label: hostile, unit: hostile })),
      commands: [...each.commands, hostile],
    })),
    values: told.values.map((each) => ({ ...each, values: { ...each.values, mode: hostile } })),
  }));
  const page = await pageFor(plant.server.url);
  for (const place of [
    '',
    '#/devices',
    '#/values',
    '#/gateway/plant7-gw01',
    '#/device/plant7-gw01/unit-1?plot=plant7-gw01/unit-1/supply',
  ]) {
    await page.goto(`${plant.server.url}${place}`);
    await page.getByText(hostile, { exact: true }).first().waitFor();
    expect(await page.locator('img, #root script').count()).toBe(0);
  }
});

test('the list of faulty values follows what becomes stale and good again, and a device’s own page has no such choice', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url);
  await page.goto(`${plant.server.url}#/values?faulty=1&q=gw01`);
  await page.getByText('Every value is good.').waitFor();
  const told = { gateway: 'plant7-gw01', device: 'unit-1', at: Date.now(), values: {} };
  plant.server.tell({ values: [{ ...told, quality: { supply: 'stale' } }] });
  await page.getByRole('button', { name: /plot of Supply temperature of Boiler 1/ }).waitFor();
  plant.server.tell({ values: [{ ...told, values: { supply: 60 } }] });
  await page.getByText('Every value is good.').waitFor();
  await page.getByLabel('Faulty only').waitFor();
  await page.goto(`${plant.server.url}#/device/plant7-gw01/unit-1`);
  await expect.poll(() => page.getByLabel('Faulty only').count()).toBe(0);
});

test('the page says that it does not hear the console any more, and that a session is over', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url, {}, /Failed to load|ERR_/);
  await page.goto(plant.server.url);
  await page.getByText('Connected', { exact: true }).waitFor();
  plant.server.tell({ broker: 'connecting' });
  await page.getByText('The broker is away: what is shown is old').waitFor();
  plant.server.forget();
  await page.getByText('The session is over: start fieldward console again').waitFor();
  expect((await browser()).isConnected()).toBe(true);
});
