import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Ten thousand points, the most that a config of 1 MiB holds, are 2 MiB. */
const LARGEST = 8_388_608;

const keptSchema = z.strictObject({
  device: z.string(),
  point: z.string(),
  /** Midnight (UTC) of the day that is counted, milliseconds since 1970. */
  since: z.number().optional(),
  /** Writes of that day. */
  count: z.int().min(0).optional(),
  /** When it was written last, milliseconds since 1970. */
  at: z.number().optional(),
});
const fileSchema = z.strictObject({ version: z.literal(1), points: z.array(keptSchema) });

/** What is kept of the writes of one point. */
export type KeptPoint = z.output<typeof keptSchema>;

/** `damaged`: there is a file, and it can't be read or understood. */
export type KeptWrites = { readonly state: 'fresh' | 'damaged' } | GoodWrites;
interface GoodWrites {
  readonly state: 'good';
  readonly points: readonly KeptPoint[];
}

export async function readWrites(directory: string): Promise<KeptWrites> {
  try {
    const file = await open(join(directory, 'writes.json'), 'r');
    try {
      const { size } = await file.stat();
      if (size > LARGEST) return { state: 'damaged' };
      const checked = fileSchema.safeParse(JSON.parse(await file.readFile('utf8')));
      return checked.success ? { state: 'good', points: checked.data.points } : { state: 'damaged' };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { state: isCode(error, 'ENOENT') ? 'fresh' : 'damaged' };
  }
}

/**
 * Whole or not at all, also through a power cut: written beside, synced, renamed, and the folder synced. Makes the
 * folder where it is missing, but not what it lies in: a disk that is not mounted must not be taken for an empty one.
 */
export async function storeWrites(directory: string, points: readonly KeptPoint[]): Promise<void> {
  await makeFolder(directory);
  const path = join(directory, 'writes.json');
  const file = await open(`${path}.new`, 'w', 0o640);
  try {
    await file.writeFile(`${JSON.stringify({ version: 1, points })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(directory);
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o750 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  await syncFolder(dirname(directory));
}

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
