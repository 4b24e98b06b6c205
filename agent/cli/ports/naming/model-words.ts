import type { BusConfig } from '../../../../config/config.ts';
import type { FittingModel } from './model-finder.ts';

/** The line to print of a unit. */
export function modelLine(unit: number, fitting: readonly FittingModel[]): string {
  const verb = fitting.some(({ certain }) => certain) ? 'is' : 'may be';
  const words = new Map<string, string[]>();
  for (const { maker, model, serial, driver, profile } of fitting) {
    const name = `${maker} ${model}${serial === undefined ? '' : `, serial number ${serial}`}`;
    words.set(name, [...(words.get(name) ?? []), profile ?? driver]);
  }
  const parts = Array.from(words, ([name, profiles]) => `${name} (${profiles.join(', ')})`);
  return `unit ${unit}: ${verb} ${parts.join('; or ')}`;
}

/** The same for programs. */
export function modelsOf(fitting: readonly FittingModel[]): readonly object[] {
  return fitting.map(({ driver, profile, maker, model, serial, certain }) => {
    return { driver, profile, maker, model, serial, certain };
  });
}

/** The part of an entry that no answer of the unit tells. */
export interface EntryChoice {
  readonly id?: string | undefined;
  /** Milliseconds; undefined: the default. */
  readonly pollMs?: number | undefined;
}

/** A unit as a device of the config. */
export function deviceEntry(
  unit: number,
  driver: string,
  fitting: readonly FittingModel[],
  { id = `unit-${unit}`, pollMs }: EntryChoice = {},
): object {
  const [first] = fitting;
  const period = pollMs === undefined ? {} : { pollMs };
  const more = unit >= 1 && unit <= 247 ? {} : { anyUnit: true };
  if (first === undefined) return { id, driver, ...period, options: { unit, ...more }, points: [FIRST_POINT] };
  const profile = first.profile === undefined ? {} : { profile: first.profile };
  return { id, driver: first.driver, ...period, options: { unit, ...more, ...first.options, ...profile } };
}

/** Of a unit that nobody knows: the register that it was found by. */
const FIRST_POINT = { name: 'first', register: 'holding', address: 0, type: 'uint16' };

/** A unit as a line of the config. */
export function deviceLine(
  unit: number,
  driver: string,
  fitting: readonly FittingModel[],
  choice?: EntryChoice,
): string {
  const others = fitting.slice(1).map((each) => each.profile ?? each.driver);
  const doubt = others.length === 0 ? '' : ` # or ${others.join(', ')}`;
  return `- ${flow(deviceEntry(unit, driver, fitting, choice))}${doubt}`;
}

/** The findings of a scan, as a whole config to begin with. */
export function configLines(port: BusConfig['port'], devices: readonly string[]): readonly string[] {
  return [
    '# A config to begin with: put it into fieldward.yaml, and run `fieldward check fieldward.yaml`.',
    'gateway: gateway-1',
    'mqtt: { url: mqtt://localhost:1883 }',
    'buses:',
    '  - id: line-1',
    `    port: ${flow(portEntry(port))}`,
    '    devices:',
    ...devices.map((line) => `      ${line}`),
  ];
}

/** The settings of a port that a scan knows. */
export function portEntry(port: BusConfig['port']): object {
  if ('host' in port) return { host: port.host, tcpPort: port.tcpPort };
  const { path, baudRate, dataBits, parity, stopBits } = port;
  return { path, baudRate, dataBits, parity, stopBits };
}

/** YAML on one line; a text that needs no quotes has none. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, each]) => `${key}: ${flow(each)}`);
    return `{ ${pairs.join(', ')} }`;
  }
  return typeof value === 'string' && !/^[A-Za-z/][A-Za-z0-9/._-]*$/.test(value)
    ? JSON.stringify(value)
    : String(value);
}
