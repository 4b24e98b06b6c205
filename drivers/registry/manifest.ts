import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/fault.ts';
import { isDriverName } from './name.ts';

/** The manifest's file in the built `drivers` folder. */
export const MANIFEST_FILE = 'manifest.json';

/** The form of the manifest; another one is refused. */
const MANIFEST_VERSION = 2;

/** Far more than a build holds; a larger manifest is damaged. */
const MAX_BYTES = 1_048_576;

/** `folder/file.js`: relative, no empty, `.` or `..` segment, nothing but plain names. */
const FILE_PATH = /^(?:[a-z0-9][a-z0-9_-]*\/)+[A-Za-z0-9][\w.-]*$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** The files of a build, as far as drivers are concerned. */
export interface Manifest {
  /** Path in the built tree → SHA-256 of the file's bytes, in lower-case hexadecimal. */
  readonly files: ReadonlyMap<string, string>;
  /** Driver → the paths of all chunks that it runs. */
  readonly chunks: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the list that the build made of its own output.
 * @param folder the built `drivers` folder
 * @throws Fault `driver/manifest` where it is missing, too large or not of the strict form
 */
export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    const file = join(folder, MANIFEST_FILE);
    const found = await stat(file);
    if (!found.isFile() || found.size > MAX_BYTES) throw new Fault('driver/manifest');
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new Fault('driver/manifest', undefined, cause);
  }
  const manifest = parseManifest(text);
  if (manifest === undefined) throw new Fault('driver/manifest');
  return manifest;
}

/** The manifest in this text, or undefined where anything is not exactly as {@link formatManifest} writes it. */
export function parseManifest(text: string): Manifest | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(document) || Object.keys(document).join() !== 'version,files,chunks') return undefined;
  if (document.version !== MANIFEST_VERSION || !isRecord(document.files) || !isRecord(document.chunks))
    return undefined;
  const files = new Map<string, string>();
  for (const [path, digest] of Object.entries(document.files)) {
    if (!FILE_PATH.test(path) || typeof digest !== 'string' || !SHA256.test(digest)) return undefined;
    files.set(path, digest);
  }
  const chunks = new Map<string, readonly string[]>();
  for (const [name, paths] of Object.entries(document.chunks)) {
    if (!isDriverName(name) || !Array.isArray(paths) || !paths.every((path) => files.has(path))) return undefined;
    chunks.set(name, paths);
  }
  return files.size === 0 ? undefined : { files, chunks };
}

/** The one way to write it: sorted, so that the same files give the same bytes. */
export function formatManifest({ files, chunks }: Manifest): string {
  const document = { version: MANIFEST_VERSION, files: sorted(files), chunks: sorted(chunks) };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

function sorted<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
