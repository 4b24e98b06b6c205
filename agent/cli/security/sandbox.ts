import { readFile } from 'node:fs/promises';
import { showUnit } from '../service/systemctl.ts';
import { good, type SecurityFinding } from './finding.ts';

interface Wanted {
  readonly name: string;
  readonly holds: (value: string) => boolean;
  /** Without it somebody who has taken the agent over has the machine or the secrets, not only less comfort. */
  readonly grave?: boolean;
}

const is = (wanted: string) => (value: string) => value === wanted;
const yes = is('yes');
const some = (value: string) => value !== '' && value !== 'no' && value !== 'infinity';

/** The settings of the package's unit, as `systemctl show` prints them on systemd 252 and 257. */
const WANTED: Readonly<Record<string, Wanted>> = {
  User: { name: 'a user of its own', holds: (value) => value !== '' && value !== 'root', grave: true },
  NoNewPrivileges: { name: 'no new privileges', holds: yes, grave: true },
  CapabilityBoundingSet: { name: 'no capabilities', holds: is(''), grave: true },
  ProtectSystem: { name: 'the system can not be written', holds: is('strict'), grave: true },
  ProtectHome: { name: 'no view of /home', holds: some },
  RootDirectory: { name: 'a root folder of its own', holds: (value) => some(value) && value !== '/' },
  PrivateTmp: { name: 'a /tmp of its own', holds: some },
  PrivateUsers: { name: 'no view of other users', holds: some },
  ProtectProc: { name: 'no view of other processes', holds: is('invisible') },
  ProtectKernelTunables: { name: 'no kernel settings', holds: yes },
  ProtectKernelModules: { name: 'no kernel modules', holds: yes },
  ProtectKernelLogs: { name: 'no kernel log', holds: yes },
  ProtectControlGroups: { name: 'no control groups', holds: some },
  ProtectClock: { name: 'no setting of the clock', holds: yes },
  ProtectHostname: { name: 'no setting of the host name', holds: some },
  RestrictNamespaces: { name: 'no namespaces', holds: yes },
  RestrictRealtime: { name: 'no realtime scheduling', holds: yes },
  RestrictSUIDSGID: { name: 'no set-user-id files', holds: yes },
  LockPersonality: { name: 'no other execution domain', holds: yes },
  NoExecPaths: { name: 'nothing else can be executed', holds: some },
  DevicePolicy: {
    name: 'only serial ports of all devices',
    holds: (value) => value === 'closed' || value === 'strict',
    grave: true,
  },
  RestrictAddressFamilies: {
    name: 'only Internet sockets',
    holds: (value) =>
      some(value) && !value.startsWith('~') && !/AF_(NETLINK|PACKET|BLUETOOTH|CAN|ALG|VSOCK)\b/.test(value),
  },
  SocketBindDeny: { name: 'no listening sockets', holds: is('any') },
  IPAddressDeny: { name: 'a limit on addresses', holds: some },
  SystemCallFilter: { name: 'a filter of system calls', holds: (value) => some(value) && !value.startsWith('~') },
  SystemCallArchitectures: { name: 'system calls of this processor only', holds: is('native') },
  LimitCORE: { name: 'no core files', holds: is('0') },
  NotifyAccess: { name: 'only the agent speaks for the agent', holds: is('main') },
  WatchdogUSec: { name: 'a watchdog', holds: (value) => some(value) && value !== '0' },
  SyslogLevelPrefix: { name: 'no priorities from device text', holds: is('no') },
  MemoryMax: { name: 'a limit of memory', holds: some },
};

const RESTORE = 'see `systemctl cat fieldward` for the drop-in that takes it away, or reinstall the package';

/** The lines of `systemctl show`, name → value. Pure. */
export function parseUnit(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  return values;
}

/** The findings on the unit's settings, directive by directive; those that this systemd does not know are left out. Pure. */
export function judgeUnit(values: ReadonlyMap<string, string>): readonly SecurityFinding[] {
  const findings = Object.entries(WANTED).flatMap(([directive, { name, holds, grave }]): SecurityFinding[] => {
    const value = values.get(directive);
    if (value === undefined) return [];
    if (holds(value)) return [good(`sandbox: ${name}`)];
    return [
      {
        name: `sandbox: ${name}`,
        state: grave === true ? 'bad' : 'weak',
        advice: `${directive}= of the unit is not what the package says: ${RESTORE}`,
      },
    ];
  });
  if (values.get('NeedDaemonReload') !== 'yes') return findings;
  const advice = 'run `systemctl daemon-reload`, then `systemctl restart fieldward`';
  return [...findings, { name: 'sandbox: the unit as it lies on the disk', state: 'weak', advice }];
}

/**
 * The limits that the kernel sets to the running process: a directive that the kernel or a container does not support
 * is dropped without a word. Pure.
 * @param status the text of /proc/PID/status (proc_pid_status(5))
 */
export function judgeProcess(status: string): readonly SecurityFinding[] {
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
  const wanted: readonly (readonly [name: string, value: string | undefined, holds: (value: string) => boolean])[] = [
    ['not root', field('Uid'), (value) => value !== '0'],
    ['no capabilities in effect', field('CapEff'), (value) => /^0+$/.test(value)],
    ['no new privileges in effect', field('NoNewPrivs'), is('1')],
    ['filter of system calls in effect', field('Seccomp'), is('2')],
  ];
  return wanted.map(([name, value, holds]) => {
    if (value === undefined) return { name: `process: ${name}`, state: 'unknown', advice: 'see /proc/PID/status' };
    if (holds(value)) return good(`process: ${name}`);
    const advice = 'the kernel does not do what the unit asks for: see the journal of the start, and the container';
    return { name: `process: ${name}`, state: 'bad', advice };
  });
}

/** The sandbox of the running unit. */
export async function inspectSandbox(
  show: (properties: readonly string[]) => Promise<string | undefined> = showUnit,
  readStatus: (pid: string) => Promise<string> = (pid) => readFile(`/proc/${pid}/status`, 'utf8'),
): Promise<readonly SecurityFinding[]> {
  const shown = await show([...Object.keys(WANTED), 'ActiveState', 'MainPID', 'NeedDaemonReload']);
  const values = parseUnit(shown ?? '');
  const pid = values.get('MainPID') ?? '0';
  if (!/^[1-9][0-9]*$/.test(pid)) {
    const advice = 'the unit does not run: start it by `systemctl start fieldward`, then check again';
    return [{ name: 'sandbox', state: 'unknown', advice }];
  }
  const status = await readStatus(pid).catch(() => '');
  return [...judgeUnit(values), ...judgeProcess(status)];
}
