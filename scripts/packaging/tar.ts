/** An entry of an archive; a folder has neither data nor target. */
export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly data?: Buffer;
  /** Of a symbolic link. */
  readonly target?: string;
}

const BLOCK = 512;
const [FILE, LINK, FOLDER] = ['0', '2', '5'];

/**
 * An archive of the entries in the order of their paths, in the form of POSIX.1-1988 (ustar): owners by number, one time for
 * all. Pure: the same entries give the same bytes on every machine.
 * @param epoch seconds since 1970
 * @throws Error for a path or target that the form has no room for
 */
export function tarOf(entries: readonly TarEntry[], epoch: number): Buffer {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const blocks = sorted.flatMap((entry) => [
    headerOf(entry, epoch),
    entry.data ?? NOTHING,
    padding(entry.data?.length ?? 0),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

const NOTHING = Buffer.alloc(0);

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK);
}

function headerOf({ path, mode, uid = 0, gid = 0, data, target }: TarEntry, epoch: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const kind = target !== undefined ? LINK : data !== undefined ? FILE : FOLDER;
  const [prefix, name] = split(kind === FOLDER ? `${path}/` : path);
  if (Buffer.byteLength(target ?? '') > 100) throw new Error(`the link ${path} leads too far for the archive`);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  header.write(name, 0);
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(data?.length ?? 0, 124, 12);
  octal(epoch, 136, 12);
  header.write(`        ${kind}`, 148);
  header.write(target ?? '', 157);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A long path stands in two fields, cut at a slash. */
function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && name !== '' && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw new Error(`the path ${path} is too long for the archive`);
}

/** The folders that lead to files, each once; root's, for everybody to look into. */
export function foldersOf(paths: readonly string[]): readonly TarEntry[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  }
  return [...folders].map((path) => ({ path, mode: 0o755 }));
}
