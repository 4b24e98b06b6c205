import { readFile, stat } from 'node:fs/promises';
import { isLoopback, parseBrokerUrl } from '../../../config/schema/text.ts';

/** Kinds of ports that the unit of the package opens to the agent (DeviceAllow= there): ttyUSB, ttyACM, ttyS, boards. */
const OPENED = new Set([188, 166, 4, 204]);
/** The group that the unit runs with. */
const GROUP = 'dialout';
const GROUP_READS_AND_WRITES = 0o060;
const OTHERS_READ_AND_WRITE = 0o006;

/** A port as the kernel has it. */
export interface PortNode {
  readonly major: number;
  /** The name of its group; undefined where it has none, where the group may not open the port, and where everybody may. */
  readonly group?: string | undefined;
}

/** The nodes of this machine's ports; those that are not there are passed over. @param root where `etc` is */
export async function portNodes(paths: readonly string[], root: string): Promise<readonly PortNode[]> {
  const groups = await readFile(`${root}/etc/group`, 'utf8').catch(() => '');
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return found.flatMap((node) => {
    if (node === undefined || !node.isCharacterDevice()) return [];
    const isFree = (node.mode & OTHERS_READ_AND_WRITE) === OTHERS_READ_AND_WRITE;
    const mayOpen = (node.mode & GROUP_READS_AND_WRITES) === GROUP_READS_AND_WRITES && node.gid !== 0 && !isFree;
    // makedev(3): the major number lies in these bits
    return [{ major: (node.rdev >> 8) & 0xfff, group: mayOpen ? groupName(groups, node.gid) : undefined }];
  });
}

/** By the text of /etc/group (group(5)). Pure. */
export function groupName(groups: string, gid: number): string | undefined {
  const line = groups.split('\n').find((each) => each.split(':')[2] === String(gid));
  const [name = ''] = line?.split(':') ?? [];
  return /^[a-z_][a-z0-9_-]{0,30}$/.test(name) ? name : undefined;
}

/** The lines that the unit lacks for these ports; empty: it fits as it is. Pure. */
export function neededLines(nodes: readonly PortNode[]): readonly string[] {
  const majors = [...new Set(nodes.map(({ major }) => major))].filter((major) => !OPENED.has(major));
  const group = serviceGroup(nodes);
  return [
    ...majors.sort((a, b) => a - b).map((major) => `DeviceAllow=char-${major} rw`),
    ...(group === GROUP ? [] : [`Group=${group}`]),
  ];
}

/** The group that the service is to run with, and that must be able to read the config. Pure. */
export function serviceGroup(nodes: readonly PortNode[]): string {
  const [group, ...others] = new Set(nodes.flatMap(({ group: own }) => own ?? []));
  return group === undefined || others.length > 0 ? GROUP : group;
}

/** The drop-in of the unit. Pure. */
export function overrideText(needed: readonly string[], url: string): string {
  const { host = '' } = parseBrokerUrl(url) ?? {};
  const isAddress = /^[0-9.]+$|:/.test(host) && !isLoopback(host);
  const address = isAddress ? host : '192.0.2.7';
  return `# Made by \`fieldward init\`; \`systemctl edit fieldward\` opens it. An upgrade leaves it as it is.
[Service]
${needed.length === 0 ? '# The ports of this machine need nothing here.\n' : `${needed.join('\n')}\n`}
# Where the broker keeps its address, the agent needs nobody else to talk to, but the resolver where it is a name:
#IPAddressAllow=
#IPAddressAllow=${address}
`;
}
