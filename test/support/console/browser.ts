import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';

/** Why no test of the page can run; undefined: they can. */
export const chromiumMissing = existsSync(CHROMIUM) ? undefined : 'chromium is not installed';

/**
 * Where the tests run as root, chromium has no sandbox; it only ever shows pages of the loopback. It draws in its own
 * process: one apart is ended as hung where the machine is busy, and after the sixth end chromium ends itself.
 */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--in-process-gpu', '--font-render-hinting=none'];

let launched: Promise<Browser> | undefined;
let opened: Promise<Page> | undefined;

/** One browser for all tests of a process. */
export function browser(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  return launched;
}

export async function closeBrowser(): Promise<void> {
  await (await launched)?.close();
}

/** How the page is looked at. */
export interface Looks {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce';
}

async function openPage(): Promise<Page> {
  const context = await (await browser()).newContext();
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return page;
}

/**
 * The page, empty: one for all tests, because a new one takes as long as a test does. One that failed leaves none. The
 * test fails where the page broke its own security policy, wrote an error to the console, threw something, or asked
 * anything of another place than the server.
 * @param origin where everything must come from
 * @param quiet words of console errors that the test itself brings about
 */
export async function pageFor(
  origin: string,
  { viewport = { width: 1280, height: 800 }, colorScheme = 'light', reducedMotion }: Looks = {},
  quiet?: RegExp,
): Promise<Page> {
  opened ??= openPage();
  const page = await opened;
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, reducedMotion: reducedMotion ?? 'no-preference' });
  await page.mouse.move(0, 0);
  const broken: string[] = [];
  page.on('pageerror', (error) => broken.push(`threw: ${error.message}`));
  page.on('dialog', (dialog) => {
    broken.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (quiet?.test(message.text()) !== true) broken.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) broken.push(`asked for ${request.url()}`);
  });
  onTestFinished(async ({ task }) => {
    // its listeners and its routes are of this test alone
    page.removeAllListeners();
    if (task.result?.state === 'fail') {
      opened = undefined;
      await page.context().close();
    } else {
      await page.unrouteAll();
      await page.goto('about:blank');
      await page.context().clearCookies();
    }
    expect(broken).toEqual([]);
  });
  return page;
}

/** The element that has the focus, as a person would name it. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return `${element?.tagName.toLowerCase()} ${element?.getAttribute('aria-label') ?? element?.textContent ?? ''}`.trim();
  });
}

/** Presses Tab until the focus is there. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 200; presses += 1) {
    if ((await focusedName(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the focus never came to: ${name}`);
}

/** Texts whose contrast with what lies behind them is below 4.5, or 3 where they are large. */
export function faintTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (canvas === null) return ['no canvas'];
    const paint = (colours: readonly string[]) => {
      canvas.clearRect(0, 0, 1, 1);
      for (const colour of colours) {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
      }
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb: readonly number[]) => {
      const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const faint = new Set<string>();
    for (const element of document.querySelectorAll('body *')) {
      const text = [...element.childNodes].find((node) => node.nodeType === 3 && node.textContent?.trim() !== '');
      const style = getComputedStyle(element);
      if (text === undefined || style.visibility === 'hidden' || element.getClientRects().length === 0) continue;
      // A control that can not be used now need not be read.
      if (element.matches(':disabled')) continue;
      const behind: string[] = [];
      for (let at: Element | null = element; at !== null; at = at.parentElement)
        behind.unshift(getComputedStyle(at).backgroundColor);
      const [ground, ink] = [light(paint(behind)), light(paint([...behind, style.color]))];
      const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
      if (contrast < (Number.parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
        faint.add(`${contrast.toFixed(2)} ${element.className} ${text.textContent?.slice(0, 30)}`);
      }
    }
    return [...faint];
  });
}
