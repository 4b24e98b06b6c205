import type { FileHandle } from 'node:fs/promises';
import type { LineSettings } from '../../../drivers/port/line.ts';
import type { CaptureRecord } from '../../capture/capture.ts';
import { pcapHead, pcapPacket } from '../../capture/pcap.ts';
import { captureHead, captureText } from '../../capture/write.ts';
import type { Clock } from '../../clock/clock.ts';
import { createOutput, fileReason } from '../trace/capture-file.ts';

/** Bytes that wait for a disk that is slow; bytes beyond them are lost and counted. */
const MOST_WAITING = 4 * 1024 * 1024;
const NOTHING_LOST = { frames: 0, bytes: 0 };

/** The files that take what is heard: pcap, the text form, both or none. */
export class HeardFiles {
  readonly #pcap: FileHandle | undefined;
  readonly #output: FileHandle | undefined;
  readonly #clock: Clock;
  #packets: Uint8Array[] = [];
  #texts: string[] = [];
  #waiting = 0;
  #lost = NOTHING_LOST;
  #beganAt = 0;
  #beganWall = 0;
  #failed: string | undefined;

  private constructor(pcap: FileHandle | undefined, output: FileHandle | undefined, clock: Clock) {
    this.#pcap = pcap;
    this.#output = output;
    this.#clock = clock;
  }

  /** @returns a sentence where one of them can not be written */
  static async open(
    paths: { readonly pcap?: unknown; readonly output?: unknown },
    clock: Clock,
  ): Promise<HeardFiles | string> {
    const opened: (FileHandle | undefined)[] = [];
    for (const path of [paths.pcap, paths.output]) {
      try {
        opened.push(typeof path === 'string' ? await createOutput(path) : undefined);
      } catch (thrown) {
        for (const file of opened) await file?.close();
        return `${opened.length === 0 ? '--pcap' : '--output'}: the file can not be written: ${fileReason(thrown)}`;
      }
    }
    return new HeardFiles(opened[0], opened[1], clock);
  }

  /** Why what was heard is not whole in the files. */
  get failed(): string | undefined {
    return this.#failed;
  }

  begin(line: LineSettings | undefined): void {
    this.#beganAt = this.#clock.now();
    this.#beganWall = this.#clock.wall();
    if (this.#pcap) this.#packets.push(pcapHead());
    if (this.#output) this.#texts.push(captureHead({ began: this.#beganWall, line }));
  }

  /** `at` by the clock of the portions. The bytes are not used after the call. */
  passed(record: Extract<CaptureRecord, { readonly kind: 'sent' | 'received' }>): void {
    if ((this.#pcap ?? this.#output) === undefined || this.#failed !== undefined) return;
    if (this.#waiting > MOST_WAITING) {
      this.#lost = { frames: this.#lost.frames + 1, bytes: this.#lost.bytes + record.bytes.length };
      return;
    }
    const at = Math.max(0, record.at - this.#beganAt);
    if (this.#lost.frames > 0) this.#take({ kind: 'lost', at, count: this.#lost.bytes });
    this.#lost = NOTHING_LOST;
    this.#take({ ...record, at });
  }

  async flush(): Promise<void> {
    const [packets, texts] = [this.#packets, this.#texts];
    this.#packets = [];
    this.#texts = [];
    this.#waiting = 0;
    try {
      if (packets.length > 0) await this.#pcap?.appendFile(Buffer.concat(packets));
      if (texts.length > 0) await this.#output?.appendFile(texts.join(''));
    } catch (thrown) {
      this.#failed ??= `the file could not be written: ${fileReason(thrown)}`;
    }
  }

  async close(): Promise<void> {
    await this.#pcap?.close();
    await this.#output?.close();
  }

  #take(record: CaptureRecord): void {
    const packet = this.#pcap && pcapPacket(record, this.#beganWall);
    const text = this.#output && captureText(record);
    if (packet) this.#packets.push(packet);
    if (text) this.#texts.push(text);
    this.#waiting += (packet?.length ?? 0) + (text?.length ?? 0);
  }
}
