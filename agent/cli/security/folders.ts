import { lstat, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isSystemError } from '../../../drivers/contract/fault.ts';
import { good, type SecurityFinding } from './finding.ts';
import { type FileKeeper, judgeOwner, type Owners } from './owner.ts';

const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;
/** Only its owner may remove or rename what lies in such a folder (chmod(2), S_ISVTX). */
const STICKY = 0o1000;
const ROOT = 0;
/** As the kernel does (path_resolution(7)). */
const MOST_LINKS = 40;

/** A folder or a link that a path leads through. */
export interface FolderStep {
  readonly kind: 'folder' | 'link';
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether somebody may put another file in the place of what a folder leads to. Pure. */
export function judgeFolder(
  name: string,
  keeper: FileKeeper,
  { kind, mode, uid, gid }: Omit<FolderStep, 'path'>,
  owners: Owners,
): SecurityFinding {
  const owned = judgeOwner(name, keeper, uid, owners);
  if (kind === 'link' || (mode & STICKY) !== 0 || owned.state === 'bad') return owned;
  if ((mode & OTHERS_WRITE) !== 0) {
    const advice = 'every user of this machine may put another file in its place: take that away (chmod o-w)';
    return { name, state: 'bad', advice };
  }
  if ((mode & GROUP_WRITE) !== 0 && gid !== ROOT) {
    return {
      name,
      state: 'weak',
      advice: 'its whole group may put another file in its place: take that away (chmod g-w)',
    };
  }
  return owned;
}

/** Every folder and link on the way to a path: one finding for each that is not good, or one that all are. */
export async function inspectFolders(
  name: string,
  path: string,
  keeper: FileKeeper,
  owners: Owners,
): Promise<readonly SecurityFinding[]> {
  const way = await wayTo(path).catch((error: unknown) => {
    if (!isSystemError(error)) throw error;
    return undefined;
  });
  if (way === undefined) {
    return [{ name: `${name}: folders`, state: 'unknown', advice: 'they can not be looked at: check as root' }];
  }
  const findings = way.steps.map((step) => judgeFolder(`${name}: ${placeOf(step, way.end)}`, keeper, step, owners));
  const told = findings.filter(({ state }) => state !== 'good');
  return told.length > 0 ? told : [good(`${name}: folders`)];
}

interface Way {
  readonly steps: readonly FolderStep[];
  /** Where it ends, without links. */
  readonly end: string;
}

/** Follows a path as the kernel does, link by link; undefined where there are too many. @throws what the operating system says */
async function wayTo(path: string): Promise<Way | undefined> {
  const steps = new Map<string, FolderStep>();
  // not made shorter beforehand: behind a link, `..` is the folder above where the link leads
  const left = (isAbsolute(path) ? path : `${resolve()}/${path}`).split('/');
  let at = '/';
  for (let links = 0; left.length > 0; ) {
    const name = left.shift() ?? '';
    if (name === '' || name === '.') continue;
    const next = name === '..' ? dirname(at) : join(at, name);
    const { mode, uid, gid, ...found } = await look(next);
    if (!steps.has(at)) steps.set(at, { kind: 'folder', path: at, ...(await look(at)) });
    if (!found.isLink) at = next;
    else {
      links += 1;
      if (links > MOST_LINKS) return undefined;
      steps.set(next, { kind: 'link', path: next, mode, uid, gid });
      const target = await readlink(next);
      if (target.startsWith('/')) at = '/';
      left.unshift(...target.split('/'));
    }
  }
  return { steps: [...steps.values()], end: at };
}

async function look(path: string): Promise<Omit<FolderStep, 'kind' | 'path'> & { readonly isLink: boolean }> {
  const found = await lstat(path);
  return { mode: found.mode, uid: found.uid, gid: found.gid, isLink: found.isSymbolicLink() };
}

/** In words that name no path. */
function placeOf({ kind, path }: FolderStep, end: string): string {
  if (kind === 'link') return 'a link on the way to it';
  let levels = 1;
  for (let above = dirname(end); above !== path; above = dirname(above)) {
    if (above === '/') return 'a folder with a link on the way to it';
    levels += 1;
  }
  return levels === 1 ? 'its folder' : `the folder ${levels} levels above it`;
}
