import { constants } from 'node:fs';
import { access, chmod, link, lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashOf, readTextFile } from '../../../config/source/file.ts';
import { isCode } from '../../files/errno.ts';
import { DEFAULT_CONFIG } from '../io.ts';
import { CREDENTIALS_FOLDER } from '../service/service-view.ts';

/** The contents of the credentials, by the key of `mqtt` that names the file. */
export type Secrets = Readonly<Partial<Record<keyof typeof SECRET_FILES, string>>>;

/** How each is called among the credentials. */
export const SECRET_FILES = {
  passwordFile: 'mqtt-password',
  caFile: 'ca.pem',
  certFile: 'gateway.pem',
  keyFile: 'gateway.key',
} as const;

/** Where the parts go. */
export interface GatewayPlaces {
  readonly config: string;
  readonly credentials: string;
  /** The text that stands in the config before the name of a credential. */
  readonly prefix: string;
  /** Undefined: there is no service for which one would count. */
  readonly override: string | undefined;
}

/** Something that is there already, and the way on. */
export interface InTheWay {
  readonly file: string;
  readonly advice: string;
}

const UNITS = ['usr/lib', 'lib', 'etc'].map((folder) => `${folder}/systemd/system/fieldward.service`);
const OVERRIDE = 'etc/systemd/system/fieldward.service.d/override.conf';
const LONGEST = 1_048_576;

/** SHA-256 of the config that the packages install, to be filled in: nothing of it is an operator's. */
export const UNTOUCHED = new Set(['25d8bde0f473eb2c7f090b6a8d3cb4036fc660bc67a1f6872e7be17fe24c97fa']);

/**
 * @param config another place than the service's; then the credentials lie beside it
 * @param root what stands before every path, for an image that is being built
 */
export async function placesOf(config: string | undefined, root: string): Promise<GatewayPlaces> {
  if (config !== undefined) {
    const credentials = join(dirname(config), 'credentials');
    return { config, credentials, prefix: 'credentials/', override: undefined };
  }
  const units = await Promise.all(UNITS.map((unit) => isThere(join(root, '/', unit))));
  return {
    config: join(root, '/', DEFAULT_CONFIG),
    credentials: join(root, '/', CREDENTIALS_FOLDER),
    prefix: '',
    override: units.includes(true) ? join(root, '/', OVERRIDE) : undefined,
  };
}

/** The obstacles to making a config; none: it can be made. Looked at before anybody is asked. */
export async function obstacles(
  { config, credentials }: GatewayPlaces,
  secrets: Secrets = {},
): Promise<readonly InTheWay[]> {
  const found: InTheWay[] = [];
  if ((await isThere(config)) && !(await isUntouched(config))) {
    const advice = 'a config stands there already: change it by hand, or move it away (mv) and start again';
    found.push({ file: config, advice });
  }
  for (const [key, text] of Object.entries(secrets) as [keyof Secrets, string][]) {
    const file = join(credentials, SECRET_FILES[key]);
    if (!(await isThere(file)) || (await holds(file, text))) continue;
    found.push({ file, advice: 'another file stands there already: move it away (mv), or leave the option out' });
  }
  if (found.length === 0 && !(await mayMake(config))) {
    found.push({ file: config, advice: 'this user may not make it: run the command as root' });
  }
  return found;
}

/** Makes the folder of the credentials, root's alone, and its files. @returns the paths that were made */
export async function makeCredentials({ credentials }: GatewayPlaces, secrets: Secrets): Promise<readonly string[]> {
  const made: string[] = [];
  if (!(await isThere(credentials))) {
    await makeFolders(dirname(credentials));
    await mkdir(credentials, { mode: 0o700 });
    made.push(credentials);
  }
  for (const [key, text] of Object.entries(secrets) as [keyof Secrets, string][]) {
    const file = join(credentials, SECRET_FILES[key]);
    if (await isThere(file)) continue;
    await makeFile(file, text, 0o600);
    made.push(file);
  }
  return made;
}

/**
 * Puts the config in its place, whole or not at all, and over nothing but the untouched one of the package.
 * @param gid of the group that may read it; undefined: the user's own
 * @param judge looks at it where it lies meanwhile; false: it is taken back
 * @returns whether it is in its place
 */
export async function makeConfig(
  { config }: GatewayPlaces,
  text: string,
  gid: number | undefined,
  judge: (file: string) => Promise<boolean>,
): Promise<boolean> {
  const beside = `${config}.init`;
  await rm(beside, { force: true });
  try {
    await makeFile(beside, text, 0o640, gid);
    if (!(await judge(beside))) return false;
    if (await isUntouched(config)) await rename(beside, config);
    else await link(beside, config);
    return true;
  } finally {
    await rm(beside, { force: true });
  }
}

/** Makes a file that is not there yet, with the folders that lead to it. @throws what the operating system says, also `EEXIST` */
export async function makeFile(path: string, text: string, mode: number, gid?: number): Promise<void> {
  await makeFolders(dirname(path));
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    await file.writeFile(text);
    // umask may have taken rights away that the service needs
    await file.chmod(mode);
    if (gid !== undefined) await file.chown((await file.stat()).uid, gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Those that are missing, for the service's user to pass through under any umask; those that are there stay as they are. */
async function makeFolders(path: string): Promise<void> {
  if (await isThere(path)) return;
  await makeFolders(dirname(path));
  await mkdir(path, { mode: 0o755 });
  await chmod(path, 0o755);
}

/** Whether anything stands there, be it a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    return !isCode(thrown, 'ENOENT') && !isCode(thrown, 'ENOTDIR');
  }
}

async function isUntouched(config: string): Promise<boolean> {
  if (!(await lstat(config).catch(() => undefined))?.isFile()) return false;
  const content = await readTextFile(config, LONGEST);
  return content.ok && UNTOUCHED.has(content.hash);
}

async function holds(file: string, text: string): Promise<boolean> {
  const content = await readTextFile(file, LONGEST);
  return content.ok && content.hash === hashOf(text);
}

/** By the nearest folder above it that is there. */
async function mayMake(path: string): Promise<boolean> {
  let folder = dirname(path);
  while (!(await isThere(folder)) && folder !== dirname(folder)) folder = dirname(folder);
  return access(folder, constants.W_OK).then(
    async () => (await stat(folder)).isDirectory(),
    () => false,
  );
}

/** The number of a group of the system below `root`. */
export async function groupNumber(root: string, name: string): Promise<number | undefined> {
  const groups = await readFile(join(root, '/', 'etc/group'), 'utf8').catch(() => '');
  const line = groups.split('\n').find((each) => each.startsWith(`${name}:`));
  const gid = line?.split(':')[2] ?? '';
  return /^[0-9]{1,10}$/.test(gid) ? Number(gid) : undefined;
}
