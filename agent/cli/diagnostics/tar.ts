import { gzipSync } from 'node:zlib';

/** One file of a bundle. */
export interface BundleEntry {
  /** ASCII, at most 99 bytes, without a slash at its beginning. */
  readonly name: string;
  readonly content: Buffer;
}

const BLOCK = 512;

/** A compressed archive of plain files (POSIX.1-1988, ustar), all of root, 0600, without times. */
export function tarGz(entries: readonly BundleEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content }) => [
    header(name, content.length),
    content,
    padding(content.length),
  ]);
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK);
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number) => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  };
  block.write(name, 0, 99, 'latin1');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  // the sum counts its own field as spaces
  block.fill(' ', 148, 156);
  block.write(
    `${[...block]
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return block;
}
