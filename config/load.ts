import { isAbsolute, join } from 'node:path';
import type { Device } from '../drivers/contract/driver.ts';
import type { Catalogue } from '../drivers/registry/loader.ts';
import type { BusBudget } from './budget/budget.ts';
import type { BusConfig, Config } from './config.ts';
import { checkContents } from './credentials/contents.ts';
import { type FoundCredentials, fileFinder, findCredentials, type ServiceView } from './credentials/credentials.ts';
import { checkFolders } from './credentials/folders.ts';
import { findMetricsFiles, type MetricsFiles } from './credentials/metrics-files.ts';
import { checkPublicKeys } from './credentials/public-keys.ts';
import { DeviceChecker, type DriverOutcome } from './devices.ts';
import { homeAssistantRules } from './home-assistant/rules.ts';
import { AMOUNTS } from './limits.ts';
import { leastPollOf, type Plant, type PreparedBus, prepareDevices } from './plant.ts';
import { type Finding, formatPath, type Path, type Problem, sortProblems } from './problem.ts';
import { OwnProfiles } from './profiles/own.ts';
import { busRules } from './rules/buses.ts';
import { mqttRules, mqttWarnings } from './rules/mqtt.ts';
import { signingRules, signingWarnings } from './rules/signing.ts';
import { sparkplugRules } from './rules/sparkplug.ts';
import { defaultStaleAfter } from './schema/device.ts';
import { rootSchema } from './schema/root.ts';
import { freezeDeep, get, list } from './source/data.ts';
import { type Environment, environmentProblem, readEnvironment, variableAt } from './source/environment.ts';
import { hashOf, readTextFile } from './source/file.ts';
import { knownKeys } from './source/known-keys.ts';
import { layer } from './source/layers.ts';
import { validated } from './source/words.ts';
import { parseYaml, type Source } from './source/yaml.ts';

export interface LoadRequest {
  readonly file: string;
  /** Its content, where it is not to be read from disk. */
  readonly text?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly catalogue: Catalogue;
  /** Of a service whose config is checked from outside. */
  readonly service?: ServiceView | undefined;
}

export interface LoadedConfig {
  readonly ok: true;
  /** Deeply frozen. */
  readonly config: Config;
  /** Every driver that the config names. */
  readonly drivers: ReadonlyMap<string, DriverOutcome>;
  /** By id: the devices as `create` made them for the check; absent where the driver can not run. */
  readonly devices: ReadonlyMap<string, Device>;
  /** By bus: the load that its line carries. */
  readonly budgets: ReadonlyMap<string, BusBudget>;
  readonly warnings: readonly Problem[];
  /** SHA-256 of the file, hexadecimal: which config is running. */
  readonly hash: string;
}

export interface RefusedConfig {
  readonly ok: false;
  /** By place, at most 100. */
  readonly problems: readonly Problem[];
  /** So many more there are. */
  readonly omitted: number;
}

/**
 * Reads, lays over, validates and freezes the config. Never throws: all faults come back as problems, together, and
 * none holds anything that stood in the file, in the environment or in a secret.
 */
export async function loadConfig(request: LoadRequest): Promise<LoadedConfig | RefusedConfig> {
  const { file } = request;
  const content =
    request.text === undefined
      ? await readTextFile(file, AMOUNTS.fileBytes)
      : { ok: true as const, text: request.text, hash: hashOf(request.text) };
  if (!content.ok) return refuse([{ file, line: 0, column: 0, path: '', message: content.message }]);
  const environment = readEnvironment(request.environment);
  const source = parseYaml(content.text);
  const place = placer(file, source, environment);
  if (source.problems.length > 0) {
    const syntax = source.problems.map(({ position, path, message }) => ({
      file,
      ...position,
      path: formatPath(knownPart(path)),
      message,
    }));
    return refuse([...syntax, ...environment.problems]);
  }

  const { data, findings: misplaced } = layer(source.data, environment);
  const credentialsFolder = request.environment.CREDENTIALS_DIRECTORY;
  const find = fileFinder(file, credentialsFolder, request.service);
  const checker = new DeviceChecker(request.catalogue, find, new OwnProfiles(file));
  const plant = await prepareDevices(data, checker);
  const credentials = await findCredentials(data, file, credentialsFolder, request.service);
  const contents = await checkContents(data, credentials.files);
  const ofSparkplug = await checkContents(data, credentials.sparkplugFiles, 'sparkplug');
  const folders = await checkFolders(data);
  const metrics = await findMetricsFiles(data, find);
  const publicKeys = await checkPublicKeys(credentials.publicKeyFiles);
  const homeAssistant = homeAssistantRules(data, plant);
  const checked = validated(rootSchema, data, []);
  const findings = [
    ...misplaced,
    // Where a whole section is missing or misplaced, its keys are not missing too.
    ...(checked.ok ? [] : checked.findings.filter(({ path }) => !misplaced.some((outer) => lies(path, outer.path)))),
    ...mqttRules(data),
    ...sparkplugRules(data),
    ...busRules(data),
    ...signingRules(data, plant),
    ...homeAssistant.refused,
    ...checker.findings,
    ...credentials.findings,
    ...contents.findings,
    ...ofSparkplug.findings,
    ...folders,
    ...metrics.findings,
    ...publicKeys.findings,
  ];
  const elsewhere = [...environment.problems, ...checker.problems];
  if (!checked.ok || findings.length + elsewhere.length > 0) {
    const placed = findings.slice(0, MOST_PLACED).map(place);
    return refuse([...placed, ...elsewhere], Math.max(0, findings.length - MOST_PLACED));
  }
  const warnings = [
    ...mqttWarnings(data),
    ...checker.warnings,
    ...homeAssistant.warned,
    ...credentials.warnings,
    ...contents.warnings,
    ...ofSparkplug.warnings,
    ...metrics.warnings,
    ...publicKeys.warnings,
    ...signingWarnings(data),
  ];
  const config = freezeDeep(assemble(checked.data, data, plant, { ...credentials, metrics }, request.environment));
  return {
    ok: true,
    config,
    drivers: checker.drivers,
    devices: devicesById(config, plant),
    budgets: budgetsById(config, plant),
    warnings: sortProblems(warnings.slice(0, MOST_PLACED).map(place)),
    hash: content.hash,
  };
}

/** To find a place costs a walk; a hostile file could ask for hundreds of thousands. */
const MOST_PLACED = 10_000;

function refuse(problems: readonly Problem[], more = 0): RefusedConfig {
  const sorted = sortProblems(problems);
  const shown = sorted.slice(0, AMOUNTS.problems);
  return { ok: false, problems: shown, omitted: sorted.length - shown.length + more };
}

/** In a text that is not even YAML, any text may stand in the place of a key: only known keys are shown. */
function knownPart(path: Path): Path {
  const end = path.findIndex(
    (key, index) => typeof key === 'string' && !knownKeys(rootSchema, path.slice(0, index)).includes(key),
  );
  return end < 0 ? path : path.slice(0, end);
}

function placer(file: string, source: Source, environment: Environment): (finding: Finding) => Problem {
  return ({ path, message, at }) => {
    const variable = variableAt(environment, path);
    if (variable !== undefined) return environmentProblem(variable.name, message);
    return { file, ...source.locate(path, at ?? 'value'), path: formatPath(path), message };
  };
}

function lies(path: Finding['path'], outer: Finding['path']): boolean {
  return outer.every((segment, index) => path[index] === segment);
}

function assemble(
  config: Config,
  written: unknown,
  plant: Plant,
  { files, sparkplugFiles, publicKeyFiles, metrics }: FoundCredentials & { readonly metrics: MetricsFiles },
  environment: LoadRequest['environment'],
): Config {
  const state = firstFolder(environment.STATE_DIRECTORY);
  const runtime = firstFolder(environment.RUNTIME_DIRECTORY);
  const folder = (name: string) => (state === undefined ? {} : { directory: join(state, name) });
  const { signing } = config.commands;
  const keys = signing.keys.map((key, k) => ({ ...key, publicKeyFile: publicKeyFiles[k] ?? key.publicKeyFile }));
  return {
    ...config,
    mqtt: { ...config.mqtt, ...files },
    ...(config.sparkplug && { sparkplug: { ...config.sparkplug, ...sparkplugFiles } }),
    ...(config.metrics?.otlp && { metrics: { ...config.metrics, otlp: { ...config.metrics.otlp, ...metrics.files } } }),
    outbox: { ...folder('outbox'), ...(runtime && { runtimeDirectory: runtime }), ...config.outbox },
    commands: { ...folder('commands'), ...config.commands, signing: { ...signing, keys } },
    buses: config.buses.map((bus, b) => ({
      ...bus,
      ...(bus.recorder && { recorder: { ...bus.recorder, ...folder('recordings') } }),
      port: withSilence(
        bus,
        get(get(list(get(written, 'buses'))[b], 'port'), 'silentReopenMs') !== undefined,
        plant[b],
      ),
      devices: bus.devices.map((device, d) => {
        const prepared = plant[b]?.devices[d];
        if (prepared === undefined) return device;
        const { options, points, minGapMs } = prepared;
        const identity = { ...prepared.identity, ...device.identity };
        const spared = sparing(
          device,
          leastPollOf(prepared.device),
          get(list(get(list(get(written, 'buses'))[b], 'devices'))[d], 'staleAfterMs'),
        );
        return { ...spared, identity, minGapMs, options: structuredClone(options), points };
      }),
    })),
  };
}

/** A device whose driver spares it has its longer period, and is stale as much later. */
function sparing<T extends { readonly pollMs: number; readonly staleAfterMs: number }>(
  device: T,
  leastPollMs: number,
  writtenStaleAfter: unknown,
): T {
  if (device.pollMs >= leastPollMs) return device;
  const staleAfterMs = writtenStaleAfter === undefined ? defaultStaleAfter(leastPollMs) : device.staleAfterMs;
  return { ...device, pollMs: leastPollMs, staleAfterMs };
}

/** A device that talks once an hour is not silent before that. */
function withSilence({ port, devices }: BusConfig, isWritten: boolean, prepared: PreparedBus | undefined) {
  if (isWritten || !('host' in port)) return port;
  const talking = devices.filter((_, d) => prepared?.devices[d]?.device?.kind === 'stream');
  const silentReopenMs = Math.max(port.silentReopenMs, ...talking.map(({ staleAfterMs }) => staleAfterMs));
  return { ...port, silentReopenMs };
}

/** systemd gives several folders as one text with colons. */
function firstFolder(variable: string | undefined): string | undefined {
  const first = variable?.split(':')[0];
  return first !== undefined && isAbsolute(first) ? first : undefined;
}

function devicesById(config: Config, plant: Plant): ReadonlyMap<string, Device> {
  const devices = new Map<string, Device>();
  for (const [b, bus] of config.buses.entries()) {
    for (const [d, { id }] of bus.devices.entries()) {
      const device = plant[b]?.devices[d]?.device;
      if (device !== undefined) devices.set(id, device);
    }
  }
  return devices;
}

function budgetsById(config: Config, plant: Plant): ReadonlyMap<string, BusBudget> {
  const budgets = new Map<string, BusBudget>();
  for (const [b, { id }] of config.buses.entries()) {
    const budget = plant[b]?.budget;
    if (budget !== undefined) budgets.set(id, budget);
  }
  return budgets;
}
