import { AMOUNTS, LIMITS } from '../limits.ts';
import type { Finding, Path } from '../problem.ts';
import { asNumber, asText, get, list } from '../source/data.ts';

/**
 * The rules that buses and devices must keep among themselves; see {@link file://./mqtt.ts} on why they are not in the
 * schema.
 */
export function busRules(root: unknown): readonly Finding[] {
  const findings: Finding[] = [];
  const busIds = new Unique(findings, 'another bus has this id');
  const deviceIds = new Unique(findings, 'another device has this id');
  const ports = new Unique(findings, 'another bus has this port');
  for (const [b, bus] of list(get(root, 'buses')).entries()) {
    const at: Path = ['buses', b];
    const port = get(bus, 'port');
    busIds.add(asText(get(bus, 'id')), [...at, 'id']);
    ports.add(asText(get(port, 'path')), [...at, 'port', 'path']);
    ports.add(serverOf(port), [...at, 'port', 'tcpPort']);
    findings.push(...ordered(port, [...at, 'port'], 'reopenMinMs', 'reopenMaxMs', LIMITS.port));
    const devices = list(get(bus, 'devices'));
    const queue = asNumber(get(get(bus, 'throttle'), 'maxQueue'));
    const needed = devices.length + AMOUNTS.queueReserve;
    if (queue !== undefined && queue < needed) {
      const message = `must be at least ${needed}: one for each device of the bus and ${AMOUNTS.queueReserve} for commands`;
      findings.push({ path: [...at, 'throttle', 'maxQueue'], message });
    }
    for (const [d, device] of devices.entries()) {
      deviceIds.add(asText(get(device, 'id')), [...at, 'devices', d, 'id']);
      findings.push(...ordered(device, [...at, 'devices', d], 'probeMinMs', 'probeMaxMs', LIMITS.device));
    }
  }
  return findings;
}

/** The address of a serial server in one form, however its name is written. */
function serverOf(port: unknown): string | undefined {
  const host = asText(get(port, 'host'));
  const tcpPort = asNumber(get(port, 'tcpPort'));
  return host === undefined || tcpPort === undefined
    ? undefined
    : `${host.toLowerCase().replace(/\.$/, '')} ${tcpPort}`;
}

function ordered<Key extends string>(
  value: unknown,
  path: Path,
  lower: Key,
  upper: Key,
  limits: Readonly<Record<Key, { readonly default: number }>>,
): readonly Finding[] {
  const least = asNumber(get(value, lower)) ?? limits[lower].default;
  const most = asNumber(get(value, upper)) ?? limits[upper].default;
  if (most >= least) return [];
  const key = get(value, upper) === undefined ? lower : upper;
  return [{ path: [...path, key], message: `${upper} must not be below ${lower}` }];
}

class Unique {
  readonly #seen = new Set<string>();
  readonly #findings: Finding[];
  readonly #message: string;

  constructor(findings: Finding[], message: string) {
    this.#findings = findings;
    this.#message = message;
  }

  add(value: string | undefined, path: Path): void {
    if (value === undefined) return;
    if (this.#seen.has(value)) this.#findings.push({ path, message: this.#message });
    this.#seen.add(value);
  }
}
