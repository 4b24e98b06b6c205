import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { fileOf, filesBelow, type PackedFile, type Tree } from './tree.ts';

export const DOC = 'usr/share/doc/fieldward';

/** Where a reader begins. All that these pages lead to comes with them, so that no link is dead on a gateway. */
const FIRST = ['README.md', 'SECURITY.md', 'config/README.md', 'systemd/OPERATING.md', 'systemd/README.md'];
/** Every page below is shipped, and the pictures that it shows. */
const PAGES = 'systemd/docs';
/** Whole folders, because their files are there to be copied. */
const FOLDERS = ['systemd/apply', 'systemd/broker', 'systemd/consumers'];
/** The files to which a page may lead. Source is for the checkout. */
const SHIPPED = /\.(?:md|svg|png|yaml|acl|conf|service|rules)$/;

/** The pages to read, and the files to be copied from them, in the places where their links find each other. */
export async function documentTree(root: string): Promise<Tree> {
  const tree = new Map<string, PackedFile>();
  const below = (await readdir(join(root, PAGES), { recursive: true })).map((path) => join(PAGES, path)).sort();
  const left = [...FIRST, ...below.filter((path) => path.endsWith('.md'))];
  for (const folder of FOLDERS) {
    for (const [path, file] of await filesBelow(join(root, folder), `${DOC}/${folder}`)) tree.set(path, file);
    left.push(...pagesOf(tree));
  }
  for (const path of left) {
    if (!path.endsWith('.md') && tree.has(`${DOC}/${path}`)) continue;
    const data = await readFile(join(root, path));
    tree.set(`${DOC}/${path}`, fileOf(data));
    if (!path.endsWith('.md')) continue;
    for (const target of targetsOf(path, data.toString())) {
      if (SHIPPED.test(target) && !left.includes(target)) left.push(target);
    }
  }
  tree.set(`${DOC}/examples/fieldward.yaml`, fileOf(await readFile(join(root, 'config/example.yaml'))));
  return tree;
}

function pagesOf(tree: Tree): readonly string[] {
  return [...tree.keys()].filter((path) => path.endsWith('.md')).map((path) => path.slice(DOC.length + 1));
}

/** Files of the checkout to which a page leads. */
function targetsOf(page: string, text: string): readonly string[] {
  const links = text.replace(/^ *```.*?^ *```/gms, '').matchAll(/\]\((?![a-z]+:)([^)#\s]+)/g);
  return Array.from(links, ([, to = '']) => normalize(join(dirname(page), to)));
}
