import { readdirSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../config/json-schema.ts';
import { LIMITS } from '../../config/limits.ts';
import { VARIABLES } from '../../config/source/environment.ts';
import { FAULT_CODES, FAULTS } from '../../drivers/contract/faults.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { faultsPage } from '../../scripts/reference-pages/faults-page.ts';
import { anchor } from '../../scripts/reference-pages/markdown.ts';
import { referencePages } from '../../scripts/reference-pages/pages.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PATHS = [
  'config/REFERENCE.md',
  'drivers/FAULTS.md',
  'agent/TOPICS.md',
  'agent/METRICS.md',
  'drivers/modbus/PROFILES.md',
];
/** Every page under systemd/ but the manual's, which is written for it. */
const SYSTEMD = readdirSync(join(ROOT, 'systemd'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md') && !path.startsWith('man/'))
  .map((path) => `systemd/${path}`);

let pages: ReadonlyMap<string, string>;
beforeAll(async () => {
  pages = await referencePages();
});

function text(path: string): string {
  return pages.get(path) ?? '';
}

function headings(page: string): readonly string[] {
  return Array.from(page.matchAll(/^#+ (.*)$/gm), ([, heading = '']) => heading);
}

it('the pages under systemd/ are looked at', () => {
  expect(SYSTEMD).toContain('systemd/consumers/README.md');
  expect(SYSTEMD.length).toBeGreaterThan(9);
});

describe('the reference pages', () => {
  it('are these', () => {
    expect([...pages.keys()]).toEqual(PATHS);
  });

  it.each(PATHS)('%s says what the code says', async (path) => {
    const committed = await readFile(join(ROOT, path), 'utf8').catch(() => '');
    expect(committed, `${path} is not what the code says: run ./scripts/reference and commit it`).toBe(text(path));
  });

  it.each(PATHS)('%s has each anchor once', (path) => {
    const anchors = headings(text(path)).map(anchor);
    expect(anchors.length).toBeGreaterThan(8);
    expect(anchors.filter((one, index) => anchors.indexOf(one) !== index)).toEqual([]);
  });

  it.each([...PATHS, 'README.md', ...SYSTEMD])('links from %s lead to what is there', async (path) => {
    const page = pages.get(path) ?? (await readFile(join(ROOT, path), 'utf8'));
    const links = Array.from(page.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g));
    if (!SYSTEMD.includes(path)) expect(links.length).toBeGreaterThan(0);
    for (const [link, file = '', to] of links) {
      const target = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
      await expect(access(join(ROOT, target)), link).resolves.toBeUndefined();
      if (to === undefined) continue;
      const there = pages.get(target) ?? (await readFile(join(ROOT, target), 'utf8'));
      expect(headings(there).map(anchor), link).toContain(to);
    }
  });

  it('leave no cell of meaning and no words empty', () => {
    for (const path of ['drivers/FAULTS.md', 'agent/TOPICS.md']) expect(text(path)).not.toMatch(/^\|.*\| +\|$/m);
    for (const path of PATHS) expect(text(path)).not.toMatch(/^- [^\n]*: *\n(?! {2})|undefined|\[object/m);
  });
});

describe('config/REFERENCE.md', () => {
  it('has a row and words for each key that an editor knows', async () => {
    const catalogue = openCatalogue();
    const drivers = await Promise.all(catalogue.names.map((name) => catalogue.load(name)));
    const keys = keysOf(configJsonSchema(drivers));
    expect(keys.size).toBeGreaterThan(60);
    for (const key of keys) {
      expect(text('config/REFERENCE.md')).toMatch(new RegExp(`^\\| \`${key}\` +\\|`, 'm'));
      expect(text('config/REFERENCE.md')).toMatch(new RegExp(`^- \\*\\*\`${key}\`\\*\\*: \\S`, 'm'));
    }
  });

  it('has each environment variable', () => {
    expect(VARIABLES.length).toBeGreaterThan(10);
    for (const { name } of VARIABLES) expect(text('config/REFERENCE.md')).toContain(`\`${name}\`.`);
  });

  it('has bounds, default, unit and reason of each limit', () => {
    const flat = text('config/REFERENCE.md').replace(/\n {2}/g, ' ');
    for (const group of Object.values(LIMITS)) {
      for (const [key, limit] of Object.entries(group)) {
        const cells = [limit.unit, String(limit.min), String(limit.max)];
        const row = flat
          .split('\n')
          .find((line) => line.startsWith(`| \`${key}\` `) && cells.every((cell) => line.includes(` ${cell}`)));
        expect(row, key).toBeDefined();
        if ('default' in limit) expect(row, key).toMatch(new RegExp(`\`${limit.default}\` \\|$`));
        expect(flat, key).toContain(`- **\`${key}\`**: ${limit.reason}`);
      }
    }
  });
});

describe('drivers/FAULTS.md', () => {
  it('has a heading, the words and the advice of each code', () => {
    const flat = text('drivers/FAULTS.md').replace(/\n {2}/g, ' ');
    for (const code of FAULT_CODES) {
      const { message, remedy, advice } = FAULTS[code];
      expect(flat).toContain(
        `### ${code}\n\n- Words: ${message}\n- Remedy: [${remedy}](#remedies)\n- What to do: ${advice}\n`,
      );
    }
  });

  it('comes from the table that it is given', () => {
    const { 'port/busy': _, ...others } = FAULTS;
    expect(faultsPage(others)).not.toContain('port/busy');
  });
});

/** Names of all keys at any depth. */
function keysOf(schema: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  const left: unknown[] = [schema];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    const { properties } = value as { readonly properties?: object };
    for (const key of Object.keys(properties ?? {})) keys.add(key);
    left.push(...Object.values(value));
  }
  return keys;
}
