import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Other people's data: it lies beside the repository, and no part of it is copied into it. */
const FOLDER = fileURLToPath(new URL('../../../shared/captures', import.meta.url));

/** One value that a capture is known to hold. Fields that only some protocols have are in it too. */
export interface CapturedValue {
  readonly key: string | null;
  readonly value: unknown;
  readonly unit?: string | null;
  /** As sent. */
  readonly raw?: string;
  /** The time of the reading of a meter behind the meter, UTC. */
  readonly at?: string;
  readonly [field: string]: unknown;
}

/** Keys in hexadecimal. */
export interface CapturedKeys {
  readonly encryptionKey?: string;
  readonly authenticationKey?: string;
}

/** Some bytes of the line: mostly a frame, but it may be a stream with noise or several messages. */
export interface CapturedFrame {
  /** `file#place`, for the names of tests. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** `tx`: the bytes that we have to send. */
  readonly dir: 'rx' | 'tx';
  /** true: readings may come out of it. false: none may. null: left open. */
  readonly ok: boolean | null;
  readonly why: string | undefined;
  readonly values: readonly CapturedValue[];
  /** Its own keys over the capture's. */
  readonly keys: CapturedKeys;
  /** The frame as the file has it, for the fields that one protocol alone has. */
  readonly document: Readonly<Record<string, unknown>>;
}

export interface Capture {
  readonly name: string;
  readonly frames: readonly CapturedFrame[];
  /** The whole file. */
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * A suite over one folder of captures. Where the folder is absent the suite is skipped under a name that says so.
 * @param folder of the protocol: `dsmr`, `sml` …
 */
export function describeCaptures(folder: string, body: (captures: readonly Capture[]) => void): void {
  const path = join(FOLDER, folder);
  if (!existsSync(path)) {
    describe.skip('skipped: ../shared/captures not found', () => {
      test(folder, () => undefined);
    });
    return;
  }
  const captures = readdirSync(path)
    .filter((file) => file.endsWith('.expected.json'))
    .sort()
    .map((file) => readCapture(path, file));
  describe(`captures of ${folder}`, () => {
    test('are there', () => {
      expect(captures.length).toBeGreaterThan(0);
    });
    body(captures);
  });
}

/** The frames that come from the device, of all captures, with their capture. */
export function framesOf(captures: readonly Capture[]): readonly (CapturedFrame & { readonly capture: Capture })[] {
  return captures.flatMap((capture) =>
    capture.frames.filter(({ dir }) => dir === 'rx').map((frame) => ({ ...frame, capture })),
  );
}

/**
 * The same bytes in other chunks: whole, byte by byte, in two at every place (of long ones at about 200 places), and in
 * pieces of changing length.
 */
export function* cutsOf(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  const stride = Math.max(1, Math.floor(bytes.length / 200));
  for (let at = 1; at < bytes.length; at += stride) yield [bytes.subarray(0, at), bytes.subarray(at)];
  for (const factor of [3, 7, 31]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0, length = factor; at < bytes.length; at += length, length = ((length * 5 + 1) % factor) + 1) {
      pieces.push(bytes.subarray(at, at + length));
    }
    yield pieces;
  }
}

function readCapture(path: string, file: string): Capture {
  const document = readDocument(path, file);
  const frames = Array.isArray(document.frames) ? document.frames : [];
  return {
    name: file.replace(/\.expected\.json$/, ''),
    document,
    frames: frames.map((frame, index) => readFrame(path, file, document, frame, index)),
  };
}

function readFrame(
  path: string,
  file: string,
  document: Readonly<Record<string, unknown>>,
  // biome-ignore lint/suspicious/noExplicitAny: the folder's README describes the form; a test fails where it is not kept
  frame: any,
  index: number,
): CapturedFrame {
  return {
    name: `${file.replace(/\.expected\.json$/, '')}#${index}`,
    bytes: bytesOf(path, document, frame),
    dir: frame.dir ?? 'rx',
    ok: frame.ok ?? null,
    why: frame.why,
    values: valuesOf(path, frame),
    keys: { ...(document.keys as CapturedKeys | undefined), ...frame.keys },
    document: frame,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function bytesOf(path: string, document: Readonly<Record<string, unknown>>, frame: any): Uint8Array {
  if (typeof frame.hex === 'string') return Uint8Array.from(Buffer.from(frame.hex.replace(/\s/g, ''), 'hex'));
  const file = frame.file ?? document.file;
  if (typeof file !== 'string') throw new Error('a frame has neither hex nor file');
  const whole = Uint8Array.from(readFileSync(join(path, file)));
  const offset = frame.offset ?? 0;
  return whole.slice(offset, frame.length === undefined ? undefined : offset + frame.length);
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function valuesOf(path: string, frame: any): readonly CapturedValue[] {
  if (frame.valuesAs === undefined) return frame.values ?? [];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const other = readDocument(path, frame.valuesAs.file).frames as any[];
  return valuesOf(path, other[frame.valuesAs.frame ?? 0]);
}

function readDocument(path: string, file: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(path, file), 'utf8'));
}
