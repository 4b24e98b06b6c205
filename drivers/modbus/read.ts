import type { Dialogue } from '../contract/dialogue.ts';
import type { Sample } from '../contract/reading.ts';
import type { Options } from './options.ts';
import { blocks, rulesFor, type Span } from './plan.ts';
import { type PointOptions, REGISTER_KINDS, type RegisterKind, widthOf } from './point.ts';
import { bitAt, type ReadFunction } from './request.ts';
import { dialogue, type ExchangeSetup } from './rtu/exchange.ts';
import { halves, NARROWER_MAY_HELP } from './split.ts';
import { type RemarkOn, remarkOn } from './values/remark.ts';
import { type ValueCodec, valueCodec } from './values/value.ts';

/** A point, and how its value lies in its registers. */
export interface Mapped extends Span {
  readonly point: PointOptions;
  readonly codec: ValueCodec;
  readonly remarkOn?: RemarkOn | undefined;
}

export const READ: Readonly<Record<RegisterKind, ReadFunction>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

export interface ReadSetup extends ExchangeSetup {
  readonly options: Options;
}

export function mapped(point: PointOptions, device: Pick<Options, 'wordOrder' | 'byteOrder'>): Mapped {
  return {
    point,
    codec: valueCodec(point, device),
    remarkOn: remarkOn(point, device),
    address: point.address,
    count: widthOf(point),
  };
}

/** The dialogues that read these points: by kind of register, then by address. */
export function readDialogues(setup: ReadSetup, points: readonly Mapped[]): readonly Dialogue[] {
  return REGISTER_KINDS.flatMap((kind) => {
    const ofKind = points.filter(({ point }) => point.register === kind);
    return blocks(ofKind, rulesFor(kind, setup.options, setup.line)).map((block) => {
      const members = block.members.flatMap((index) => ofKind[index] ?? []);
      return readDialogue(setup, kind, members);
    });
  });
}

/** One request from the first to the last address of these points. */
function readDialogue(setup: ReadSetup, kind: RegisterKind, members: readonly Mapped[]): Dialogue {
  const start = Math.min(...members.map(({ address }) => address));
  const end = Math.max(...members.map(({ address, count }) => address + count));
  const request = { function: READ[kind], address: start, count: end - start };
  return dialogue(
    setup,
    request,
    members.map(({ point }) => point.name),
    (data) => samplesOf(members, data, start, kind),
    (refused) =>
      NARROWER_MAY_HELP.has(refused.code) ? halves(members).map((half) => readDialogue(setup, kind, half)) : [],
  );
}

/** The values of the points in what was read from `start` on. */
export function samplesOf(
  members: readonly Mapped[],
  data: Uint8Array,
  start: number,
  kind: RegisterKind,
): readonly Sample[] {
  return members.map((member) => {
    const { point, address, count } = member;
    const at = address - start;
    if (kind === 'coil' || kind === 'discrete') return { point: point.name, value: bitAt(data, at) };
    return sampleOf(member, data.subarray(at * 2, (at + count) * 2));
  });
}

function sampleOf({ point, codec, remarkOn }: Mapped, registers: Uint8Array): Sample {
  const value = codec.decode(registers);
  const exact = codec.exact?.(registers);
  const remark = remarkOn?.(registers);
  return { point: point.name, value, ...(exact !== undefined && { exact }), ...(remark !== undefined && { remark }) };
}
