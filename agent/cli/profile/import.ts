import { AMOUNTS } from '../../../config/limits.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { validated } from '../../../config/source/words.ts';
import type { Driver } from '../../../drivers/contract/driver.ts';
import type { Catalogue } from '../../../drivers/registry/loader.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { readCsv } from './csv.ts';
import { type ListedRegister, type RegisterList, registerList } from './register-list.ts';

/** `fieldward profile import FILE.csv`. */
export async function importProfile(file: string, io: CliIo, catalogue: Catalogue): Promise<ExitCode> {
  const content = await readTextFile(file, AMOUNTS.profileBytes);
  if (!content.ok) {
    io.err(`fieldward: the list ${content.message}`);
    return EXIT.config;
  }
  const lines = readCsv(content.text);
  const list = lines === undefined ? undefined : registerList(lines);
  if (list === undefined) {
    io.err(
      'fieldward: this is no list of registers: neither modpoll’s (device, poll, ref), nor one whose first line names columns, among them name, address and type',
    );
    return EXIT.config;
  }
  const driver = await catalogue.load('modbus-rtu');
  const { text, taken, left } = profileText(list, driver);
  io.out(text);
  io.err(`${taken} of ${taken + left} registers were taken. Lines that begin with "#?" say what is still to be done.`);
  return taken > 0 ? EXIT.ok : EXIT.config;
}

/** The profile of a list. Pure. */
function profileText({ model, registers }: RegisterList, { point: schema }: Driver) {
  const names = new Set<string>();
  const points: string[] = [];
  let taken = 0;
  for (const row of registers) {
    const point = { name: nameOf(row, names), ...row.point };
    const writable = row.canBeWritten && isGuarded(row) ? { ...point, writable: true } : point;
    const checked = validated(schema, writable, []);
    const wrong = [
      ...row.unknown,
      ...(checked.ok ? [] : checked.findings.map(({ path, message }) => `${path.join('.')} ${message}`)),
    ];
    if (wrong.length > 0 || names.has(point.name)) {
      points.push(`  #? line ${row.line}, left out: ${wrong.length > 0 ? wrong.join('; ') : 'too many of one name'}`);
      continue;
    }
    names.add(point.name);
    taken += 1;
    points.push(`  - ${flow(writable)}`);
    if (row.canBeWritten && !isGuarded(row)) {
      points.push('  #? the list says that it can be written: add writable: true, with min and max');
    }
    if (looksOneBased(row))
      points.push(`  #? ${row.point.address} may be a number of the manual: then the address is ${oneBased(row)}`);
  }
  const text = [
    '#? maker: who makes the device',
    model === undefined || model === '' || !PRINTABLE.test(model)
      ? '#? model: which model it is'
      : `model: ${JSON.stringify(model.slice(0, 64))}`,
    '#? sources: the list’s own document, and a second one that did not copy from it, as',
    '#? sources: [{ kind: vendor, title: "…", version: "…" }, { kind: software, title: "…" }]',
    '#? options: { maxRegisters: …, maxHole: … }, minGapMs: … and probe, where the manual tells them',
    'points:',
    ...points,
    '#? vectors: what registers hold, and which values that must give, one for each type at least, as',
    '#? vectors: [{ register: holding, address: 0, registers: "08FD", values: { voltage: 230.1 } }]',
  ].join('\n');
  return { text, taken, left: registers.length - taken };
}

/** No number is written without bounds. */
function isGuarded({ point }: ListedRegister): boolean {
  return point.type === 'bool' || (point.min !== undefined && point.max !== undefined);
}

const OFFSETS: Readonly<Record<string, number>> = { holding: 40_001, input: 30_001, discrete: 10_001 };

function oneBased({ point }: ListedRegister): number {
  return Number(point.address) - (OFFSETS[String(point.register)] ?? 0);
}

function looksOneBased(row: ListedRegister): boolean {
  const isOne = oneBased(row) >= 0 && oneBased(row) < 9999;
  return String(row.point.register) in OFFSETS && isOne;
}

/** An id of the title; another number behind it where it is taken. */
function nameOf({ title, point }: ListedRegister, taken: ReadonlySet<string>): string {
  const plain = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 56);
  const base = plain === '' ? `register-${Number(point.address) || 0}` : plain.replace(/-+$/, '');
  for (let number = 1; number < 1000; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
  return base;
}

const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u;

/** JSON's texts are YAML's texts in double quotes; words of ours stand bare. */
function flow(point: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(point).map(([key, value]) => {
    const isWord = typeof value === 'string' && /^[a-z][a-z0-9-]*$/.test(value) && !RESERVED.test(value);
    return `${key}: ${isWord ? value : JSON.stringify(value)}`;
  });
  return `{ ${pairs.join(', ')} }`;
}

/** Bare they would be no texts, or look like none to a reader who knows YAML 1.1. */
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/;
