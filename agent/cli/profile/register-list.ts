import type { CsvLine } from './csv.ts';

/** A row of a list of registers: the keys of a point as far as it tells them, and its other words. */
export interface ListedRegister {
  readonly line: number;
  /** As the list has it. */
  readonly title: string;
  readonly point: Readonly<Record<string, string | number | boolean>>;
  /** The list says that it can be written. */
  readonly canBeWritten: boolean;
  /** The parts of the row that are not understood, in constant words. */
  readonly unknown: readonly string[];
}

export interface RegisterList {
  readonly model?: string | undefined;
  readonly registers: readonly ListedRegister[];
}

/** Reads modpoll's form or one with a line of headings; undefined: it is neither. */
export function registerList(lines: readonly CsvLine[]): RegisterList | undefined {
  const words = new Set(lines.map(({ cells }) => cells[0]?.toLowerCase()));
  if (words.has('poll') && words.has('ref')) return fromModpoll(lines);
  const [head, ...rows] = lines;
  const columns = head?.cells.map((cell) => COLUMNS[cell.toLowerCase().replace(/[ _-]/g, '')]) ?? [];
  const needed = ['name', 'address', 'type'].every((column) => columns.includes(column));
  return needed ? { registers: rows.map((row) => fromColumns(row, columns)) } : undefined;
}

const COLUMNS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  name: 'name',
  point: 'name',
  register: 'register',
  registertype: 'register',
  address: 'address',
  type: 'type',
  datatype: 'type',
  unit: 'unit',
  scale: 'scale',
  offset: 'offset',
  decimals: 'decimals',
  min: 'min',
  max: 'max',
  length: 'length',
  wordorder: 'wordOrder',
  byteorder: 'byteOrder',
  writable: 'writable',
  access: 'access',
  description: 'description',
  label: 'description',
});

const KINDS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  coil: 'coil',
  coils: 'coil',
  discrete: 'discrete',
  discreteinput: 'discrete',
  input: 'input',
  inputregister: 'input',
  holding: 'holding',
  holdingregister: 'holding',
  '1': 'coil',
  '2': 'discrete',
  '3': 'holding',
  '4': 'input',
});

const TYPES: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  bit: 'bool',
  boolean: 'bool',
  word: 'uint16',
  u16: 'uint16',
  s16: 'int16',
  i16: 'int16',
  dword: 'uint32',
  u32: 'uint32',
  s32: 'int32',
  i32: 'int32',
  u64: 'uint64',
  s64: 'int64',
  i64: 'int64',
  float: 'float32',
  real: 'float32',
  f32: 'float32',
  double: 'float64',
  f64: 'float64',
});

/** modpoll's words for the orders of bytes and of words, in this order. */
const ORDERS: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.assign(Object.create(null), {
  BE_BE: {},
  BE_LE: { wordOrder: 'little' },
  LE_BE: { byteOrder: 'little' },
  LE_LE: { wordOrder: 'little', byteOrder: 'little' },
});

function fromModpoll(lines: readonly CsvLine[]): RegisterList {
  const registers: ListedRegister[] = [];
  let model: string | undefined;
  let block: { kind: string | undefined; order: Readonly<Record<string, string>> | undefined } = {
    kind: undefined,
    order: undefined,
  };
  for (const { number, cells } of lines) {
    const [word = '', ...rest] = cells;
    if (word.toLowerCase() === 'device') model ??= rest[0];
    if (word.toLowerCase() === 'poll') {
      block = { kind: kindOf(rest[0] ?? ''), order: ORDERS[(rest[3] ?? 'BE_BE').toUpperCase()] };
    }
    if (word.toLowerCase() !== 'ref') continue;
    const [name = '', address = '', type = '', access = '', unit = '', scale = ''] = rest;
    const row = rowOf(number, { name, address, type, unit, scale, access });
    const unknown = [
      ...(block.kind === undefined ? ['the kind of register of its block is not known'] : []),
      ...(block.order === undefined ? ['the order of bytes and words of its block is not known'] : []),
    ];
    const isWide = /(?:32|64)$/.test(String(row.point.type));
    const { wordOrder, ...byteOrder } = block.order ?? {};
    const order = { ...(row.point.type !== 'bool' && byteOrder), ...(isWide && wordOrder && { wordOrder }) };
    const point = { ...row.point, ...order, ...(block.kind !== undefined && { register: block.kind }) };
    registers.push({ ...row, point, unknown: [...unknown, ...row.unknown] });
  }
  return { model, registers };
}

function fromColumns({ number, cells }: CsvLine, columns: readonly (string | undefined)[]): ListedRegister {
  const values: Record<string, string> = {};
  for (const [place, column] of columns.entries()) if (column !== undefined) values[column] ??= cells[place] ?? '';
  return rowOf(number, { register: 'holding', ...withoutEmpty(values) });
}

function withoutEmpty(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

function rowOf(line: number, given: Readonly<Record<string, string>>): ListedRegister {
  const values = withoutEmpty(given);
  const point: Record<string, string | number | boolean> = {};
  const unknown: string[] = [];
  const kind = values.register === undefined ? undefined : kindOf(values.register);
  if (kind !== undefined) point.register = kind;
  else if (values.register !== undefined) unknown.push('the kind of register is not known');
  for (const key of ['address', 'scale', 'offset', 'decimals', 'min', 'max', 'length'] as const) {
    const value = values[key];
    const number = value === undefined ? undefined : numberOf(value);
    if (number !== undefined && !(key === 'scale' && number === 1)) point[key] = number;
    else if (value !== undefined && number === undefined) unknown.push(`${key} is no number`);
  }
  Object.assign(point, typeOf(values.type ?? ''));
  for (const key of ['wordOrder', 'byteOrder'] as const) {
    const order = values[key]?.toLowerCase();
    if (order === 'big' || order === 'little') point[key] = order;
    else if (order !== undefined) unknown.push(`${key} is neither big nor little`);
  }
  if (values.unit !== undefined) point.unit = values.unit;
  const title = values.name ?? '';
  const label = values.description ?? title;
  if (label !== '') point.label = label.slice(0, 64).trim();
  const canBeWritten = /^(?:true|yes|1|x)$/i.test(values.writable ?? '') || /w/i.test(values.access ?? '');
  return { line, title, point, canBeWritten, unknown };
}

function kindOf(word: string): string | undefined {
  return KINDS[word.toLowerCase().replace(/[ _-]/g, '')];
}

/** `string16` of modpoll is a text of 16 bytes. */
function typeOf(word: string): Readonly<Record<string, string | number>> {
  const plain = word.toLowerCase();
  const bytes = /^string([0-9]{1,3})$/.exec(plain)?.[1];
  if (bytes !== undefined) return { type: 'string', length: Math.ceil(Number(bytes) / 2) };
  return plain === '' ? {} : { type: TYPES[plain] ?? plain };
}

function numberOf(text: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number(text);
  const plain = text.replace(',', '.');
  return /^-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:e-?[0-9]{1,2})?$/i.test(plain) ? Number(plain) : undefined;
}
