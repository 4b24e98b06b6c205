import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { LoadedConfig, RefusedConfig } from '../../config/load.ts';
import { loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import type { Dialogue, LineNeed } from '../../drivers/contract/dialogue.ts';
import type { Device, Driver, Setup } from '../../drivers/contract/driver.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { single } from '../../drivers/contract/single.ts';
import { silenceMs } from '../../drivers/modbus/rtu/silence.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import type { DriverTable } from '../../drivers/registry/table.ts';
import { wholeNumber } from '../../drivers/schema/number.ts';
import { commonPoint, consistentPoint } from '../../drivers/schema/point.ts';
import { id } from '../../drivers/schema/text.ts';
import { newFolder } from '../support/folder.ts';

const pollPoint = z.strictObject({ ...commonPoint, address: wholeNumber(0, 65_535) }).superRefine(consistentPoint);

interface AskedOptions {
  readonly unit: number;
  readonly timeoutMs: number;
  readonly needs?: LineNeed | undefined;
}

/** A driver whose devices are asked. `options.unit: 13` makes `create` refuse, 14 throw, 15 make nothing. */
export const asked: Driver = {
  contract: 1,
  name: 'asked',
  summary: 'a device that is asked',
  options: z.strictObject({
    unit: wholeNumber(1, 247),
    timeoutMs: wholeNumber(10, 10_000).default(300),
    profile: id().optional(),
    needs: z.enum(['line-speed', 'break', 'network']).optional(),
  }),
  point: pollPoint,
  create({ options, points, line }: Setup<AskedOptions, z.output<typeof pollPoint>>) {
    if (options.unit === 13) throw new Fault('driver/create');
    if (options.unit === 14) throw new TypeError('secret');
    if (options.unit === 15) return undefined as unknown as Device;
    const asking = (name: string): Dialogue => ({
      ...(options.needs && { needs: [options.needs] }),
      ...single({
        ...{ key: name, points: [name], samples: () => [] },
        exchange: {
          request: new Uint8Array(8),
          answer: { usual: 9, most: 512 },
          timeout: milliseconds(options.timeoutMs),
          quietBefore: milliseconds(silenceMs(line)),
          signature: 'x',
          lateWithin: milliseconds(1000),
          judge: () => ({ state: 'more' }),
        },
      }),
    });
    return {
      kind: 'poll',
      points: points.map(({ name, writable, pollMs }) => ({ name, type: 'number', writable, pollMs })),
      plan: (names) => names.map(asking),
      write: () => [],
    };
  },
};

/** A driver whose devices talk by themselves. It takes no points and no profile. */
export const talks: Driver = {
  contract: 1,
  name: 'talks',
  summary: 'a device that talks by itself',
  options: z.strictObject({}),
  point: z.never({ error: 'the points of this driver are fixed' }),
  create: () => ({
    kind: 'stream',
    points: [],
    framer: () => ({ push() {}, discarded: 0 }),
    decode: () => ({ samples: [] }),
  }),
};

const TABLE: DriverTable = {
  asked: async () => ({ driver: asked }),
  talks: async () => ({ driver: talks }),
  broken: () => Promise.reject(new Error('secret-in-the-module')),
};

/** A catalogue of the drivers above, with profiles for `asked`. */
export async function catalogueWith(
  profiles: Readonly<Record<string, string>> = {},
  more: DriverTable = {},
): Promise<Catalogue> {
  const drivers = await newFolder();
  await mkdir(join(drivers, 'asked/profiles'), { recursive: true });
  for (const [name, text] of Object.entries(profiles)) {
    await writeFile(join(drivers, 'asked/profiles', `${name}.yaml`), text);
  }
  return openCatalogue({ table: { ...TABLE, ...more }, folder: drivers, integrity: 'source' });
}

export interface Given {
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: Readonly<Record<string, string>>;
  readonly catalogue?: Catalogue;
  /** Files beside the config. */
  readonly files?: Readonly<Record<string, string>>;
  /** Their rights; default: everybody may read them. */
  readonly fileMode?: number;
}

/** Loads a text as the file `c.yaml`, whose folder is left out of what is printed. */
export async function load(text: string | Uint8Array, given: Given = {}): Promise<LoadedConfig | RefusedConfig> {
  const beside = await newFolder();
  const file = join(beside, 'c.yaml');
  await writeFile(file, text);
  for (const [name, content] of Object.entries(given.files ?? {})) {
    await writeFile(join(beside, name), content, { mode: given.fileMode ?? 0o644 });
  }
  const catalogue = given.catalogue ?? (await catalogueWith(given.profiles));
  return loadConfig({ file, environment: given.environment ?? {}, catalogue });
}

/** The problems, printed, with `c.yaml` for the file; empty for a good config. */
export async function problems(text: string | Uint8Array, given: Given = {}): Promise<readonly string[]> {
  const loaded = await load(text, given);
  if (loaded.ok) return [];
  return loaded.problems.map((problem) => formatProblem({ ...problem, file: short(problem.file) }));
}

export async function warnings(text: string, given: Given = {}): Promise<readonly string[]> {
  const loaded = await good(text, given);
  return loaded.warnings.map((problem) => formatProblem({ ...problem, file: short(problem.file) }));
}

/** A config that must be good. */
export async function good(text: string, given: Given = {}): Promise<LoadedConfig> {
  const loaded = await load(text, given);
  if (!loaded.ok) throw new TypeError(`refused: ${loaded.problems.map(formatProblem).join('; ')}`);
  return loaded;
}

function short(file: string): string {
  return file.endsWith('/c.yaml') ? 'c.yaml' : file;
}

/** The smallest good config; `extra` lines come before `buses`. */
export function minimal(extra = '', device = ''): string {
  return `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
${extra}
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
      - { id: m, driver: asked, options: { unit: 1 }, points: [{ name: p, address: 0 }]${device === '' ? '' : `, ${device}`} }
`;
}
