import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referencePages } from '../reference-pages/pages.ts';
import type { Commands } from './commands.ts';
import type { Source } from './product.ts';
import { roff } from './roff.ts';

const COMMANDS_HERE = '<!-- commands -->';
const KEYS_HERE = '<!-- keys -->';

/**
 * The pages of the manual, `fieldward.1` → roff. Their words are in systemd/man/; the parts that the code knows better
 * come from it: the commands from their own help, the keys of the config from the page that is made of the schema.
 */
export async function manualPages(source: Source): Promise<ReadonlyMap<string, string>> {
  const keys = keysOf((await referencePages()).get('config/REFERENCE.md') ?? '');
  const fill = (text: string) =>
    text.replace(COMMANDS_HERE, () => commandsText(source.commands)).replace(KEYS_HERE, () => keys);
  const date = new Date(source.epoch * 1000).toISOString().slice(0, 10);
  const pages = new Map<string, string>();
  for (const page of ['fieldward.1', 'fieldward.yaml.5', 'fieldward.service.8']) {
    const name = page.slice(0, -2);
    const text = fill(await readFile(join(source.root, 'systemd/man', `${page}.md`), 'utf8'));
    pages.set(page, roff({ name, section: Number(page.at(-1)), date, version: source.version, text }));
  }
  return pages;
}

function commandsText({ help, byName }: Commands): string {
  const own = [...byName].map(([name, { help: text }]) => `### ${name}\n\n\`\`\`\n${text}\n\`\`\``);
  return [`\`\`\`\n${help.trimEnd()}\n\`\`\``, ...own].join('\n\n');
}

/** From the first section on: title, introduction and contents are for readers of the checkout. */
function keysOf(page: string): string {
  return page.slice(page.indexOf('## The file'));
}
