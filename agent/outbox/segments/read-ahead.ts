import type { Segment } from './segment.ts';

/** Bytes of one read. A window often takes a fraction of them at once: blocks are a tenth of the readings in them. */
export const ONE_READ = 131_072;

interface Stretch {
  readonly segment: Segment;
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * The stretch of a segment that was read last, so that a reader opens a file once for many of its steps. A segment that is
 * rewritten is another one (`Backlog.replace`), and is read anew.
 */
export class ReadAhead {
  #stretch: Stretch | undefined;

  /**
   * So many bytes of a segment; fewer where it ends.
   * @param read from the file; fewer bytes than were asked for where the file ends
   */
  async bytes(
    segment: Segment,
    offset: number,
    length: number,
    read: (length: number) => Promise<Buffer>,
  ): Promise<Buffer> {
    const left = segment.end - offset;
    const wanted = Math.min(length, left);
    const known = this.#from(segment, offset);
    if (known !== undefined && known.length >= wanted) return known.subarray(0, wanted);
    const bytes = await read(Math.min(Math.max(wanted, ONE_READ), left));
    this.#stretch = { segment, offset, bytes };
    return bytes.subarray(0, wanted);
  }

  forget(): void {
    this.#stretch = undefined;
  }

  #from(segment: Segment, offset: number): Buffer | undefined {
    const stretch = this.#stretch;
    if (stretch === undefined || stretch.segment !== segment || offset < stretch.offset) return undefined;
    return stretch.bytes.subarray(offset - stretch.offset);
  }
}
