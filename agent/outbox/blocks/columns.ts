import type { OutboxRecord } from '../outbox.ts';
import { varints } from './varint.ts';

/** A number as JSON has it, and digits of times: these change from one reading to the next. Not those within names. */
const NUMBER = /(?<![\w.-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;
/** Where a number was. No JSON text holds this character. */
const SLOT = '\0';
/** The first byte of each number: this, and how many characters it begins with that the one before it has too. */
export const NUMBER_MARK = 0x80;
const MOST_SHARED = 0x7f;

/** Records put so that like stands beside like, which is what a deflater makes small. */
export interface Columns {
  readonly body: Buffer;
  /** The texts without their numbers, one after the other: the gateway's own keys. */
  readonly templates: Buffer;
}

interface Row {
  readonly device: number;
  readonly values: readonly string[];
}

/**
 * `[templates][devices][each record's template][its device][how much its number grew][columns]`. A column is what stands at one
 * slot of a template, in all its records, those of a device together. Each record comes back byte for byte (`rows.ts`).
 * @param records in ascending order of `seq`, at least one
 * @returns undefined where a text holds what marks a slot
 */
export function columnsOf(records: readonly OutboxRecord[]): Columns | undefined {
  const templates = new Map<string, { readonly index: number; readonly rows: Row[] }>();
  const devices = new Map<string, number>();
  const ofTemplate: number[] = [];
  const ofDevice: number[] = [];
  const grew: number[] = [];
  let previous: number | undefined;
  for (const { seq, device, payload } of records) {
    if (payload.includes(SLOT)) return undefined;
    const values: string[] = [];
    const text = payload.replace(NUMBER, (value) => {
      values.push(value);
      return SLOT;
    });
    const template = templates.get(text) ?? { index: templates.size, rows: [] };
    templates.set(text, template);
    const owner = devices.get(device) ?? devices.size;
    devices.set(device, owner);
    template.rows.push({ device: owner, values });
    ofTemplate.push(template.index);
    ofDevice.push(owner);
    if (previous !== undefined) grew.push(seq - previous);
    previous = seq;
  }
  const texts = [...templates.keys()].map((text) => Buffer.from(text));
  const names = [...devices.keys()].map((name) => Buffer.from(name));
  const numbers = [...templates.values()].map(({ rows }) => columnText(rows)).join('');
  return {
    body: Buffer.concat([
      ...list(texts),
      ...list(names),
      varints([...ofTemplate, ...ofDevice, ...grew]),
      Buffer.from(numbers, 'latin1'),
    ]),
    templates: Buffer.concat(texts),
  };
}

function list(texts: readonly Buffer[]): Buffer[] {
  return [varints([texts.length]), ...texts.flatMap((text) => [varints([text.length]), text])];
}

function columnText(rows: Row[]): string {
  // stable: the records of a device stay in their order
  rows.sort((one, other) => one.device - other.device);
  const slots = rows[0]?.values.length ?? 0;
  let text = '';
  for (let slot = 0; slot < slots; slot += 1) {
    let before = '';
    for (const { values } of rows) {
      const value = values[slot] ?? '';
      const shared = sharedLength(before, value);
      text += String.fromCharCode(NUMBER_MARK + shared) + value.slice(shared);
      before = value;
    }
  }
  return text;
}

function sharedLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length, MOST_SHARED);
  let length = 0;
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1;
  return length;
}
