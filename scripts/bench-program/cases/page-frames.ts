import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Onlooker } from './onlooker.ts';

const CHROMIUM = '/usr/bin/chromium';
/** A frame that took longer is seen as a stutter. */
const STUTTER_MS = 50;

/** A text, because it runs in the page. */
const WATCH = `
  var frames = [];
  var before;
  const next = (now) => {
    if (before !== undefined) frames.push(now - before);
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  undefined`;

export const hasBrowser = existsSync(CHROMIUM);

/** The list of all values in a browser, and how long each of its frames takes. */
export async function watchPage(url: string): Promise<Onlooker> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--in-process-gpu'],
  });
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  await page.goto(url);
  await page.getByRole('link', { name: 'Values' }).click();
  await page.locator('tr.item').first().waitFor();
  return {
    begin: async () => {
      await page.evaluate(WATCH);
    },
    end: async () => {
      const frames = await page.evaluate<number[]>('frames');
      return {
        framesPerS: (frames.length * 1000) / frames.reduce((sum, frame) => sum + frame, 0),
        longestFrameMs: Math.max(...frames),
        stutterShare: frames.filter((frame) => frame > STUTTER_MS).length / frames.length,
      };
    },
    close: () => browser.close(),
  };
}
