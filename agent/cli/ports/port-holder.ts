import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { cleanText } from '../../../drivers/framing/text.ts';

/** A program that has a port open. */
export interface PortHolder {
  readonly pid: number;
  /** As the kernel has it: at most 15 characters. */
  readonly name: string;
  /** The unit of the service manager that it belongs to. */
  readonly unit?: string | undefined;
  /** Whether it is an agent of ours. */
  readonly isAgent?: boolean;
}

const PROCESS = /^[1-9][0-9]*$/;
const MOST = 8;

/**
 * The programs that have this port open, as far as this user may see: other users' are seen by root alone. For the
 * command line: such names belong neither into the status nor into the log.
 * @param proc where the kernel tells of its processes (proc(5))
 */
export function portHolders(path: string, proc = '/proc'): readonly PortHolder[] {
  const target = attempt(() => realpathSync(path));
  const port = attempt(() => statSync(path));
  if (target === undefined || port === undefined) return [];
  const holders: PortHolder[] = [];
  for (const pid of attempt(() => readdirSync(proc)) ?? []) {
    if (!PROCESS.test(pid) || Number(pid) === ownNumber(proc)) continue;
    const folder = `${proc}/${pid}/fd`;
    const isOpen = (attempt(() => readdirSync(folder)) ?? []).some((descriptor) => {
      if (attempt(() => readlinkSync(`${folder}/${descriptor}`)) !== target) return false;
      // in a container a device of another kernel's list may have the same name
      const open = attempt(() => statSync(`${folder}/${descriptor}`));
      return open === undefined || (open.dev === port.dev && open.ino === port.ino);
    });
    if (!isOpen) continue;
    const name = cleanText(attempt(() => readFileSync(`${proc}/${pid}/comm`, 'utf8')) ?? '', 64);
    holders.push({
      pid: Number(pid),
      name,
      isAgent: /\/agent\/main\.js\0run\0/.test(attempt(() => readFileSync(`${proc}/${pid}/cmdline`, 'utf8')) ?? ''),
      unit: unitOf(attempt(() => readFileSync(`${proc}/${pid}/cgroup`, 'utf8')) ?? ''),
    });
    if (holders.length === MOST) break;
  }
  return holders;
}

/** A line for each; one that says why there is none. */
export function describeHolders(path: string, holders = portHolders(path)): readonly string[] {
  if (holders.length === 0) return ['Which program it is can not be seen: try again as root.'];
  return holders.map(({ pid, name, unit, isAgent }) => {
    if (unit === 'fieldward.service')
      return `Fieldward’s own service holds it (process ${pid}): systemctl stop fieldward`;
    if (isAgent === true) return `Fieldward itself holds it (process ${pid}): end that \`fieldward run\` first`;
    const remedy = unit === undefined ? '' : `, ${unit}: systemctl stop ${unit}`;
    return `Process ${pid} holds it (${name === '' ? 'unknown' : name}${remedy})`;
  });
}

function unitOf(cgroup: string): string | undefined {
  return /\/([A-Za-z0-9:_.@\\-]{1,128}\.service)\s*$/m.exec(cgroup)?.[1];
}

function ownNumber(proc: string): number {
  return Number(attempt(() => readlinkSync(`${proc}/self`)) ?? 0);
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    // it ended meanwhile, or this user may not see it
    return undefined;
  }
}
