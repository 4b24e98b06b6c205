import type { SerialPortConfig, TcpPortConfig } from '../../../config/config.ts';

/** A device that answered or was heard. */
export interface FoundEntry {
  /** As the scan would call it; ids are made different where two are the same. */
  readonly id: string;
  readonly driver: string;
  readonly profile?: string | undefined;
  /** It speaks when it likes: it has no period. */
  readonly speaks?: true;
  /** As an entry of the config under this id: lines of YAML, the first begins with `- `. */
  readonly lines: (id: string) => readonly string[];
}

/** A line or server, and the devices on it. */
export interface FoundBus {
  readonly port: Pick<SerialPortConfig, 'path' | 'baudRate' | 'dataBits' | 'parity' | 'stopBits'> | TcpPortConfig;
  readonly devices: readonly FoundEntry[];
  /** For the person who goes on with the file. */
  readonly remark?: string | undefined;
}

/** The answers that the config is made of. File names are those of the credentials. */
export interface Answers {
  readonly gateway: string;
  readonly url: string;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** A bus as the config names it. */
export interface NamedBus extends FoundBus {
  readonly id: string;
  readonly devices: readonly (FoundEntry & { readonly name: string })[];
}

/** Gives each bus and each device an id that no other has. Pure. */
export function withIds(buses: readonly FoundBus[]): readonly NamedBus[] {
  const taken = new Set<string>();
  const free = (wish: string): string => {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? wish : `${wish}-${number}`;
      if (taken.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
  return buses.map((bus, at) => ({
    ...bus,
    id: `line-${at + 1}`,
    devices: bus.devices.map((device) => ({ ...device, name: free(device.id) })),
  }));
}

const CREDENTIALS = ['username', 'passwordFile', 'caFile', 'certFile', 'keyFile'] as const;

/**
 * The config as YAML. Pure.
 * @param pollMs of the devices that are asked; undefined: the default
 */
export function configText(answers: Answers, buses: readonly NamedBus[], pollMs?: number): string {
  const mqtt = CREDENTIALS.flatMap((key) => (answers[key] === undefined ? [] : `  ${key}: ${yaml(answers[key])}`));
  const lines = [
    '# Made by `fieldward init`. Every key there is: fieldward.yaml(5). `fieldward check` names what is wrong, with its line.',
    `gateway: ${yaml(answers.gateway)}`,
    '',
    'mqtt:',
    // its form leaves nothing that YAML would take for something else
    `  url: ${answers.url}`,
    ...mqtt,
    '  # meta: true # for `fieldward console`: labels, units and write limits of the points',
    '',
    'buses:',
    ...buses.flatMap((bus) => busLines(bus, pollMs)),
  ];
  return `${lines.join('\n')}\n`;
}

function busLines({ id, port, devices, remark }: NamedBus, pollMs: number | undefined): readonly string[] {
  return [
    `  - id: ${id}`,
    ...(remark === undefined ? [] : [`    # ${remark}`]),
    `    port: { ${portWords(port)} }`,
    ...(devices.length === 0 ? ['    devices: []'] : ['    devices:']),
    ...devices.flatMap((device) => deviceLines(device, pollMs).map((line) => `      ${line}`)),
  ];
}

/** A flow mapping takes the period before its end; a block has its own where it needs one. */
function deviceLines(device: NamedBus['devices'][number], pollMs: number | undefined): readonly string[] {
  const lines = device.lines(device.name);
  const [first = '', ...rest] = lines;
  if (pollMs === undefined || device.speaks === true || !first.startsWith('- { ')) return lines;
  return [first.replace(/^(- \{ id: [a-z0-9-]+, driver: [a-z0-9-]+)/, `$1, pollMs: ${pollMs}`), ...rest];
}

function portWords(port: FoundBus['port']): string {
  if ('host' in port) return `host: ${yaml(port.host)}, tcpPort: ${port.tcpPort}`;
  const { path, baudRate, dataBits, parity, stopBits } = port;
  const frame = dataBits === 8 && stopBits === 1 ? '' : `, dataBits: ${dataBits}, stopBits: ${stopBits}`;
  return `path: ${yaml(path)}, baudRate: ${baudRate}, parity: ${parity}${frame}`;
}

/** Text of YAML in block and flow: plain where nothing else can be read from it. */
function yaml(text: string): string {
  const isPlain = /^[A-Za-z/][A-Za-z0-9/._-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
