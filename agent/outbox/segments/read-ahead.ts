/** Of one read. Blocks are a tenth of the readings in them: what a reader takes at once is often a fraction of it. */
const AHEAD = 131_072;
/** One for each window that is read for. */
const MOST = 3;

interface Stretch {
  /** Of the segment. */
  readonly number: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Stretches of segments that were read last, so that those who read on open a file once for many of their steps. */
export class ReadAhead {
  /** The one that was used last comes last. */
  #stretches: readonly Stretch[] = [];

  /**
   * So many bytes of a segment; fewer where the segment ends.
   * @param end of the segment's bytes that may be read
   * @param read from the file; fewer bytes than were asked for where the file ends
   */
  async bytes(
    { number, end }: { readonly number: number; readonly end: number },
    offset: number,
    length: number,
    read: (length: number) => Promise<Buffer>,
  ): Promise<Buffer> {
    const wanted = Math.min(length, end - offset);
    const known = this.#stretches.find(
      (each) => each.number === number && each.offset <= offset && offset + wanted <= each.offset + each.bytes.length,
    );
    const stretch = known ?? {
      number,
      offset,
      bytes: await read(Math.min(Math.max(wanted, AHEAD), end - offset)),
    };
    this.#stretches = [...this.#stretches.filter((each) => each !== stretch), stretch].slice(-MOST);
    const from = offset - stretch.offset;
    return stretch.bytes.subarray(from, from + wanted);
  }

  /** The file of this segment is another now, or gone. */
  forget(number: number): void {
    this.#stretches = this.#stretches.filter((each) => each.number !== number);
  }
}
