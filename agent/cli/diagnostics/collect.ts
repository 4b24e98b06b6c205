import { readFile } from 'node:fs/promises';
import { arch, release } from 'node:os';
import { configJsonSchema } from '../../../config/json-schema.ts';
import { AMOUNTS } from '../../../config/limits.ts';
import { loadConfig } from '../../../config/load.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { parseYaml } from '../../../config/source/yaml.ts';
import type { Catalogue } from '../../../drivers/registry/loader.ts';
import { readAgent } from '../apply/agent-view.ts';
import type { CliIo } from '../io.ts';
import { loadAll } from '../load-all.ts';
import { Allowed } from './allowed.ts';
import type { BundleEntry } from './tar.ts';

/** The machine's own facts; tests hand in their own. */
export interface MachineSources {
  /** The last lines of the service's journal; undefined: there is none, or this user may not read it. */
  readonly journal: () => Promise<string | undefined>;
  /** `systemctl show` of the service. */
  readonly unit: (properties: readonly string[]) => Promise<string | undefined>;
  readonly osRelease: () => Promise<string>;
}

export interface CollectOptions {
  readonly config: string;
  readonly runtime: string;
  readonly catalogue: Catalogue;
  readonly environment: CliIo['environment'];
  readonly version: string;
  readonly node: string | undefined;
  readonly sources: MachineSources;
}

const LOG_LINES = 2000;
const LOG_BYTES = 2_097_152;
const UNIT = ['ActiveState', 'SubState', 'Result', 'NRestarts', 'ExecMainCode', 'ExecMainStatus', 'NeedDaemonReload'];
const UNIT_LINE = /^([A-Za-z]+)=([A-Za-z0-9-]{0,40})$/;
const OS_LINE = /^(ID|ID_LIKE|VERSION_ID|VERSION_CODENAME|BUILD_ID)="?([A-Za-z0-9 ._+-]{0,60})"?$/;

/** Everything of a bundle but traces. Each part is there or says that it is not; none of them throws for another. */
export async function collect(options: CollectOptions): Promise<readonly BundleEntry[]> {
  const { config, runtime, catalogue, environment, sources, version, node } = options;
  const { drivers, failed } = await loadAll(catalogue);
  const allowed = new Allowed(configJsonSchema(drivers));
  const osRelease = await sources.osRelease().catch(() => '');
  const agent = await readAgent(runtime);
  const content = await readTextFile(config, AMOUNTS.fileBytes);
  const source = content.ok ? parseYaml(content.text) : undefined;
  const loaded = await loadConfig({ file: config, environment, catalogue });
  const problems = (loaded.ok ? loaded.warnings : loaded.problems).map(({ line, column, path, message }) => {
    return { line, column, path: allowed.place(path), message };
  });
  const unit = (await sources.unit(UNIT)) ?? '';
  // the config comes first: its ids are what the log may name
  const reduced = source?.data === undefined ? null : allowed.config(source.data);
  const log = logOf(await sources.journal(), allowed);
  return [
    entry('versions.json', {
      ...{ fieldward: version, node, kernel: release().replace(/[^0-9.].*$/, ''), architecture: arch() },
      os: Object.fromEntries(matches(osRelease, OS_LINE)),
      driversLeftOut: failed,
    }),
    entry('status.json', agent?.status ?? null),
    entry('config.json', reduced),
    entry('check.json', { ok: loaded.ok, problems, hash: content.ok ? content.hash : null }),
    entry('unit.json', Object.fromEntries(matches(unit, UNIT_LINE))),
    { name: 'log.jsonl', content: Buffer.from(log.text) },
    entry('log.json', { kept: log.kept, leftOut: log.leftOut }),
  ];
}

function entry(name: string, content: unknown): BundleEntry {
  return { name, content: Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`) };
}

function matches(text: string, pattern: RegExp): readonly (readonly [string, string])[] {
  return text.split('\n').flatMap((line) => {
    const [, name, value] = pattern.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}

/** The newest lines that the agent itself wrote, oldest first. */
function logOf(journal: string | undefined, allowed: Allowed) {
  const kept: string[] = [];
  let [bytes, leftOut] = [0, 0];
  for (const line of (journal ?? '')
    .split('\n')
    .filter((each) => each !== '')
    .reverse()) {
    const clean = kept.length < LOG_LINES ? allowed.line(line) : undefined;
    if (clean === undefined || bytes + clean.length > LOG_BYTES) leftOut += 1;
    else {
      kept.push(clean);
      bytes += clean.length + 1;
    }
  }
  return {
    text: kept
      .reverse()
      .map((line) => `${line}\n`)
      .join(''),
    kept: kept.length,
    leftOut,
  };
}

export function readOsRelease(): Promise<string> {
  return readFile('/etc/os-release', 'utf8');
}
