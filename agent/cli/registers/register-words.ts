import { type RawType, REGISTER_KINDS, type RegisterKind, WORDS } from '../../../drivers/modbus/point.ts';
import { readValue } from '../ctl/value.ts';

/** Registers side by side, as they are named on the command line. */
export interface RegisterBlock {
  readonly register: RegisterKind;
  readonly address: number;
  readonly count: number;
}

export interface RegisterValue {
  readonly register: 'coil' | 'holding';
  readonly address: number;
  readonly value: number | boolean | string;
}

/** The most that one command reads: as much as a device gives in a few requests. */
export const MOST_REGISTERS = 2000;

const BLOCK = /^([a-z]{4,8}):([0-9]{1,5})(?:\.\.([0-9]{1,5}))?$/;
const LAST = 65_535;

/** `holding:0..9`, `coil:3`; undefined: it is none. */
export function blockOf(word: string): RegisterBlock | undefined {
  const [, kind, first, last = first] = BLOCK.exec(word) ?? [];
  const register = REGISTER_KINDS.find((each) => each === kind);
  const [address, end] = [Number(first), Number(last)];
  if (register === undefined || end > LAST || end < address || end - address >= MOST_REGISTERS) return undefined;
  return { register, address, count: end - address + 1 };
}

/** `holding:5=230.5`, `coil:3=true`; undefined: it is none. */
export function assignmentOf(word: string): RegisterValue | undefined {
  const at = word.indexOf('=');
  const block = at < 0 ? undefined : blockOf(word.slice(0, at));
  const value = readValue(word.slice(at + 1));
  if (block === undefined || block.count !== 1 || value === undefined) return undefined;
  const { register, address } = block;
  if (register === 'coil') return typeof value === 'boolean' ? { register, address, value } : undefined;
  return register === 'holding' && typeof value !== 'boolean' ? { register, address, value } : undefined;
}

/** `float32,uint16`; undefined: one of them is no type of numbers. */
export function typesOf(text: unknown): readonly RawType[] | undefined {
  if (typeof text !== 'string') return undefined;
  const types = text.split(',').map((each) => NUMBERS.find((type) => type === each));
  return types.some((type) => type === undefined) ? undefined : [...new Set(types.flatMap((type) => type ?? []))];
}

/** Of numbers: a bit is one of these with `bits` in the config, and a text has a length. */
export const NUMBERS = (Object.keys(WORDS) as RawType[]).filter((type) => type !== 'bool' && type !== 'string');
