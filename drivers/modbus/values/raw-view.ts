import type { PollDevice, RawTable, RawView } from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { Sample } from '../../contract/reading.ts';
import type { Span } from '../plan.ts';
import type { RegisterKind } from '../point.ts';
import { type Mapped, READ, type ReadSetup } from '../read.ts';
import { bitAt } from '../request.ts';
import { NARROWER_MAY_HELP } from '../split.ts';
import type { Ask } from '../wire.ts';
import { rawTable } from './raw-table.ts';
import { MOST_WORDS } from './readings.ts';

const END = 65_536;

/** A point's own sample: the first address, and the registers or bits in hexadecimal. */
const PIECE = /^([0-9]{1,5}):((?:[0-9A-F]{2})+)$/;

/**
 * The registers of points and their neighbours: the one before, and as many behind as the widest type takes from the
 * next address on. The points' own are asked first, alone: some devices are silent where they have no register.
 */
export function rawView(setup: ReadSetup, members: readonly Mapped[]): RawView {
  const names = members.map(({ point }) => point.name);
  const byName = new Map(members.map((member) => [member.point.name, member]));
  const device: PollDevice = {
    kind: 'poll',
    points: names.map((name) => ({ name, type: 'text', writable: false })),
    plan: (wanted) => {
      const found = wanted.flatMap((name) => byName.get(name) ?? []);
      const around = found.flatMap((member) => neighbourhood(setup, member));
      return setup.wire.dialogues([...found.map((member) => reading(member, member)), ...around]);
    },
    write() {
      throw new Fault('command/not-writable');
    },
  };
  return { device, tables: (samples) => members.flatMap((member) => tableOf(setup, member, samples)) };
}

/** In one request where the device allows so many, so that all of it is of the same moment. */
function neighbourhood(setup: ReadSetup, member: Mapped): readonly Ask[] {
  const { address, count, point } = member;
  const bits = isBits(point.register);
  const start = Math.max(0, address - 1);
  const end = Math.min(END, address + 1 + (bits ? 1 : Math.max(MOST_WORDS, count)));
  const parts = [spanOf(start, address), spanOf(address + count, end)].flat();
  const most = bits ? setup.options.maxCoils : setup.options.maxRegisters;
  const whole = spanOf(start, end).filter((span) => span.count <= most);
  const narrower = () => parts.map((part) => reading(member, part, () => firstOf(member, part)));
  return whole.length === 0 ? narrower() : whole.map((span) => reading(member, span, narrower));
}

/** A device may have the next register and not the last of so many. */
function firstOf(member: Mapped, { address, count }: Span): readonly Ask[] {
  return count < 2 ? [] : [reading(member, { address, count: 1 })];
}

function spanOf(start: number, end: number): readonly Span[] {
  return end > start ? [{ address: start, count: end - start }] : [];
}

function reading({ point }: Mapped, span: Span, split?: () => readonly Ask[]): Ask {
  const { address, count } = span;
  const { name, register } = point;
  return {
    request: { function: READ[register], address, count },
    points: [name],
    samples(data) {
      const bytes = isBits(register) ? Uint8Array.from({ length: count }, (_, at) => (bitAt(data, at) ? 1 : 0)) : data;
      return [{ point: name, value: `${address}:${hexOf(bytes)}` }];
    },
    split: split && ((refused) => (NARROWER_MAY_HELP.has(refused.code) ? split() : [])),
  };
}

function tableOf(setup: ReadSetup, member: Mapped, samples: readonly Sample[]): readonly RawTable[] {
  const registers = new Map<number, Uint8Array>();
  const size = isBits(member.point.register) ? 1 : 2;
  for (const { point, value } of samples) {
    const [, from, hex = ''] = (point === member.point.name && PIECE.exec(String(value))) || [];
    if (from === undefined) continue;
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    for (let at = 0; at + size <= bytes.length; at += size) {
      registers.set(Number(from) + at / size, bytes.subarray(at, at + size));
    }
  }
  return registers.size === 0 ? [] : [rawTable(member, setup.options, registers)];
}

function isBits(register: RegisterKind): boolean {
  return register === 'coil' || register === 'discrete';
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}
