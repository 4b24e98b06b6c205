import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOC, documentTree } from '../../../scripts/packaging/documents.ts';
import { anchor } from '../../../scripts/reference-pages/markdown.ts';
import { DOCS, linksOf, PAGES, ROOT, textOf } from './pages.ts';

const shipped = await documentTree(ROOT);
const installed = (file: string) => `${DOC}/${file}`;
const installedPages = [...shipped.keys()]
  .filter((path) => path.endsWith('.md'))
  .map((path) => path.slice(DOC.length + 1));

function anchorsOf(text: string): readonly string[] {
  const words = text.replace(/^ *```.*?^ *```/gms, '');
  return Array.from(words.matchAll(/^#+ (.*)$/gm), ([, heading = '']) => anchor(heading));
}

describe('README.md', () => {
  it('is read in five minutes', () => {
    expect(textOf('README.md').split(/\s+/).length).toBeLessThanOrEqual(1200);
  });
});

describe('the pages for users', () => {
  it('are these, and others beside them', () => {
    for (const name of ['README', 'quick-start', 'wiring', 'troubleshooting', 'tutorials/gps']) {
      expect(DOCS).toContain(`systemd/docs/${name}.md`);
    }
    expect(PAGES.length).toBeGreaterThan(25);
  });

  it('are all in the index', () => {
    const listed = linksOf('systemd/docs/README.md', textOf('systemd/docs/README.md')).map(({ file }) => file);
    expect(DOCS.filter((page) => !page.endsWith('/README.md') && !listed.includes(page))).toEqual([]);
  });

  it.each(PAGES)('%s is a page of the installed package, word for word', (page) => {
    expect(shipped.get(installed(page))?.data.toString()).toBe(textOf(page));
  });

  it('show no picture that tells nothing without being seen', () => {
    for (const page of DOCS) expect(textOf(page), page).not.toMatch(/!\[\s*\]/);
  });
});

describe.each([...new Set([...PAGES, ...installedPages])])('links from %s', (page) => {
  const links = linksOf(page, textOf(page));

  it('lead to a file and a heading of the checkout', () => {
    for (const { file, anchor: heading } of links) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      if (heading !== undefined) expect(anchorsOf(textOf(file)), file).toContain(heading);
    }
  });

  it('lead to a file of the installed package', () => {
    const missing = links.filter(({ file }) => !shipped.has(installed(file.replace(/\/$/, ''))));
    expect(missing.map(({ file }) => file)).toEqual([]);
  });
});

it('the pages of all drivers are shipped', () => {
  const pages = readdirSync(join(ROOT, 'drivers'), { recursive: true, encoding: 'utf8' });
  const drivers = pages.filter((path) => path.endsWith('README.md'));
  expect(drivers.length).toBeGreaterThan(10);
  expect(drivers.filter((path) => !installedPages.includes(`drivers/${path}`))).toEqual([]);
});
