import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chromiumMissing, faintTexts, focusedName, pageFor, tabTo } from '../../support/console/browser.ts';
import { valuesOf, wholePlant } from '../../support/console/made-up-plant.ts';
import { operatedPlant } from '../../support/console/operated-plant.ts';
import { smallPicture } from '../../support/console/small-picture.ts';

// Where the page is used: on small and large screens, by day and by night, by keyboard, over a large plant.
const test = it.skipIf(chromiumMissing !== undefined);

/** With FIELDWARD_PICTURES=1 the pictures of the documentation are made anew. */
const PICTURES =
  process.env.FIELDWARD_PICTURES === '1'
    ? join(import.meta.dirname, '..', '..', '..', 'systemd', 'docs', 'pictures')
    : undefined;

const FIRST = '/device/plant7-gw01/unit-1';
const PLOTS = 'plot=plant7-gw01/unit-1/supply&plot=plant7-gw01/unit-1/power';
const VIEWS = [
  ['plant', '#/'],
  ['devices', '#/devices'],
  ['values', `#/values?${PLOTS}`],
  ['gateway', '#/gateway/plant7-gw04'],
  ['device', `#${FIRST}?${PLOTS}`],
  ['fault', '#/device/plant7-gw09/unit-1'],
] as const;
/** Of these the documentation has a picture. */
const PICTURED = new Set(['plant 1600 light', 'device 1600 dark', 'fault 360 light', 'values 360 dark']);

test.each([
  [1600, 'light'],
  [1600, 'dark'],
  [360, 'light'],
  [360, 'dark'],
] as const)('at %i pixels in %s every view fits, and every text can be read', async (width, colorScheme) => {
  const plant = await operatedPlant();
  const viewport = { width, height: width === 360 ? 780 : 900 };
  const page = await pageFor(plant.server.url, { viewport, colorScheme, reducedMotion: 'reduce' });
  await page.goto(plant.server.url);
  await page.getByText('Connected', { exact: true }).waitFor();
  for (const [name, hash] of VIEWS) {
    await page.goto(`${plant.server.url}${hash}`);
    await page.getByRole('table').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
    expect(await faintTexts(page), name).toEqual([]);
    if (PICTURES !== undefined && PICTURED.has(`${name} ${width} ${colorScheme}`)) {
      await mkdir(PICTURES, { recursive: true });
      if (hash.includes('plot=')) await page.getByText(/ to .* kW/).waitFor({ state: 'attached' });
      const picture = smallPicture(await page.screenshot());
      await writeFile(join(PICTURES, `console-${name}-${width}-${colorScheme}.png`), picture);
    }
  }
  await page.goto(`${plant.server.url}#${FIRST}`);
  await page.getByRole('button', { name: 'Change Setpoint of Boiler 1' }).click();
  await page.getByLabel('New value').fill('900');
  await page.getByRole('button', { name: 'Write' }).click();
  await page.getByRole('alert').waitFor();
  expect(await faintTexts(page)).toEqual([]);
});

test('on a large screen names of devices are whole, figures stand under their heads, and words of a row on one line', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url, { viewport: { width: 1600, height: 900 } });
  await page.goto(`${plant.server.url}#/values?${PLOTS}`);
  const names = page.locator('td.device');
  await names.first().waitFor();
  expect(await names.evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).length)).toBe(
    0,
  );

  await page.goto(`${plant.server.url}#/gateway/plant7-gw04`);
  await page.getByRole('heading', { name: 'Buses' }).waitFor();
  const figure = page.locator('.facts .used .number').first();
  const indent = await figure.evaluate((element) => {
    const text = document.createRange();
    text.selectNodeContents(element);
    return text.getBoundingClientRect().left - (element.closest('dd')?.getBoundingClientRect().left ?? 0);
  });
  expect(Math.abs(indent)).toBeLessThan(1);
  const bottoms = await page
    .locator('tr.item')
    .first()
    .evaluate((row) =>
      [...row.querySelectorAll('.badge, a')].map((element) => {
        const text = document.createRange();
        text.selectNode(element.lastChild ?? element);
        return text.getBoundingClientRect().bottom;
      }),
    );
  expect(bottoms).toHaveLength(2);
  expect(Math.abs((bottoms[0] ?? 0) - (bottoms[1] ?? 0))).toBeLessThan(0.5);
});

test('a setpoint is found and changed with the keyboard alone, and the focus is always somewhere', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url);
  await page.goto(plant.server.url);
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.keyboard.press('Tab');
  expect(await focusedName(page)).toBe('button Skip to the content');
  await tabTo(page, 'a Values');
  await page.keyboard.press('Enter');
  await expect.poll(() => focusedName(page)).toBe('h1 Values');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  expect(await focusedName(page)).toBe('input Search');
  await page.keyboard.type('gw02 unit-3 setpoint');
  await expect.poll(() => page.getByRole('row').count()).toBe(2);
  await tabTo(page, 'button Change Setpoint of Chiller 3');
  expect(await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)).toBe(
    'solid',
  );
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await expect.poll(() => focusedName(page)).toBe('input');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('61');
  plant.answer = () => ({ outcome: 'verified', words: 'The device holds the new value.' });
  await page.keyboard.press('Enter');
  await page.getByText('The device holds the new value.').waitFor();
  expect(plant.asked).toEqual([{ gateway: 'plant7-gw02', device: 'unit-3', command: 'write', args: { setpoint: 61 } }]);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  expect(await focusedName(page)).toBe('button Change Setpoint of Chiller 3');
  // Round once: nothing holds the focus.
  await tabTo(page, 'button Skip to the content');
});

test('of 50 gateways with 20 devices and 50 points each only what is seen is drawn, and all of it follows', async () => {
  const size = { gateways: 50, devices: 20, points: 50 };
  const plant = await operatedPlant(size);
  const page = await pageFor(plant.server.url);
  await page.goto(`${plant.server.url}#/values`);
  await page.getByText('50000 in all').waitFor();
  const drawn = () => page.locator('tr.item').count();
  expect(await drawn()).toBeLessThan(60);

  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.getByRole('button', { name: /plot of Return temperature 49 of Heat meter 20/ }).waitFor();
  expect(await drawn()).toBeLessThan(60);

  // A second of a plant in which everything changes, in the pace in which the server tells it.
  const { devices } = wholePlant(size, Date.now());
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const some = devices.slice(tenth * 100, tenth * 100 + 100);
    plant.server.tell({ values: some.map((device) => valuesOf(device, Date.now())) });
  }
  const last = { gateway: 'plant7-gw50', device: 'unit-20', at: Date.now(), values: { 'return-49': 12.5 } };
  plant.server.tell({ values: [last] });
  await page.getByRole('button', { name: '12.5: plot of Return temperature 49 of Heat meter 20' }).waitFor();

  await page.getByLabel('Search').fill('gw07 return 33 boiler');
  await page.getByText(/^\d+ of 50000$/).waitFor();
  expect(await drawn()).toBe(4);
});

test('a row that has the focus stays when it is scrolled out of sight', async () => {
  const plant = await operatedPlant();
  const page = await pageFor(plant.server.url);
  await page.goto(`${plant.server.url}#/devices`);
  await page.getByRole('link', { name: 'Heat pump 2' }).first().focus();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.getByRole('cell', { name: 'plant7-gw12' }).last().waitFor();
  expect(await focusedName(page)).toBe('a Heat pump 2');
});
