/** The known facts of a segment: its records stay on disk. */
export interface Segment {
  readonly number: number;
  /** Up to this number its file holds what other files held before. */
  covers: number;
  /** Numbers of the oldest and of the newest record. */
  first: number;
  last: number;
  /** Readable records, and how many of them are acknowledged or given up. */
  count: number;
  passed: number;
  /** Where the readable records end. */
  end: number;
  /** Bytes of the file: more than `end` where a write failed halfway. */
  fileBytes: number;
  /** Bytes of its records one by one: so much memory is needed to read it. */
  rawBytes: number;
  /** Its header says that no blocks are in it: it gets none. */
  readonly isPlain: boolean;
}

/** Numbers of the first and the last of a group of records, and how many they are. */
export interface SegmentGroup {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

export function emptySegment(number: number, fileBytes = 0): Segment {
  return {
    number,
    covers: number,
    first: 0,
    last: 0,
    count: 0,
    passed: 0,
    end: 0,
    fileBytes,
    rawBytes: 0,
    isPlain: false,
  };
}

/** How many records of a segment go with everything up to `seq`: exact where its numbers have no gaps. */
export function passedBy({ first, last, count, passed }: Segment, seq: number): number {
  if (seq >= last) return count;
  if (seq < first) return passed;
  const share = (seq - first + 1) / (last - first + 1);
  return Math.min(count - 1, Math.max(passed, Math.round(share * count)));
}

export function heldIn({ count, passed }: Segment): number {
  return count - passed;
}

/** How large a segment grows: sixteen in the whole, so that the part that is dropped at once is small. */
export function segmentBytes(maxBytes: number): number {
  return Math.min(1_048_576, Math.floor(maxBytes / 16));
}

/** How much its records may take one by one: a few segments at a time are rewritten in memory. */
export function rawBytesOf(segmentSize: number): number {
  return 2 * segmentSize;
}

/** The group that is thinned next: neighbours, oldest first, that make one segment when half of them is gone. */
export function thinGroup(segments: readonly Segment[], afterNumber: number, room: number): readonly Segment[] {
  const all = segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  const group: Segment[] = [];
  let before = 0;
  let [bytes, raw] = [0, 0];
  for (const segment of segments) {
    const isOld = before + segment.fileBytes <= all / 2;
    before += segment.fileBytes;
    if (segment.number <= afterNumber) continue;
    const isLarge = bytes + segment.fileBytes > 2 * room || raw + segment.rawBytes > 2 * rawBytesOf(room);
    if ((!isOld && before > segment.fileBytes) || (isLarge && group.length > 0)) break;
    group.push(segment);
    bytes += segment.fileBytes;
    raw += segment.rawBytes;
  }
  return group;
}
