import { join } from 'node:path';
import { z } from 'zod';
import { type Fault, isSystemError, toFault } from '../../../drivers/contract/fault.ts';
import { isCode } from '../../files/errno.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { readStateFile } from '../../files/state-file.ts';

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

/** The kept record of the writes of one point. */
export type KeptPoint = z.output<typeof keptSchema>;

/** `damaged`: there is a file, and it can't be read or understood; with the fault where the mistake is ours and no disk's. */
export type KeptWrites =
  | { readonly state: 'fresh' }
  | { readonly state: 'damaged'; readonly mistake?: Fault | undefined }
  | GoodWrites;
interface GoodWrites {
  readonly state: 'good';
  readonly points: readonly KeptPoint[];
}

export async function readWrites(directory: string): Promise<KeptWrites> {
  try {
    const content = await readStateFile(join(directory, 'writes.json'), LARGEST);
    const checked = fileSchema.safeParse(JSON.parse(content.toString('utf8')));
    return checked.success ? { state: 'good', points: checked.data.points } : { state: 'damaged' };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { state: 'fresh' };
    // the parser's word on what is in the file
    const isOfTheFile = isSystemError(error) || error instanceof SyntaxError;
    return { state: 'damaged', mistake: isOfTheFile ? undefined : toFault(error) };
  }
}

/** Rejects where it can't be written; then the file is what it was. */
export async function storeWrites(directory: string, points: readonly KeptPoint[]): Promise<void> {
  await replaceFile(directory, 'writes.json', `${JSON.stringify({ version: 1, points })}\n`);
}
