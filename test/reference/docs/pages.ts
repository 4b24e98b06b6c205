import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Every page for users: of the folder, later ones included, and those beside it. The manual's are written for it. */
export const PAGES: readonly string[] = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'systemd'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('man/'))
    .map((path) => `systemd/${path}`)
    .sort(),
];

export const DOCS: readonly string[] = PAGES.filter((path) => path.startsWith('systemd/docs/'));

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

export interface Link {
  /** From the top of the checkout; empty for a place on the same page. */
  readonly file: string;
  /** The heading. */
  readonly anchor: string | undefined;
  readonly isPicture: boolean;
}

/** Links and pictures that lead to files, not those in blocks of code. */
export function linksOf(page: string, text: string): readonly Link[] {
  const words = text.replace(/^ *```.*?^ *```/gms, '').replace(/`[^`\n]*`/g, '');
  return Array.from(
    words.matchAll(/(!?)\[[^\]]*\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)/g),
    ([, mark, to = '', anchor]) => ({
      file: to === '' ? page : join(page, '..', to),
      anchor,
      isPicture: mark === '!',
    }),
  );
}

const ROOMS = ['agent', 'config', 'drivers'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${room}/${path}`)
    .sort(),
);

/** Pages whose sentences a test reads, with their text. */
export const HELD: readonly (readonly [page: string, text: string])[] = [...PAGES, ...ROOMS].map((page) => [
  page,
  textOf(page),
]);
