import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { showUnit } from '../service/systemctl.ts';
import { good, type SecurityFinding } from './finding.ts';
import { parseUnit } from './sandbox.ts';

/** The right owner of a file: `root`, or `agent` for files that the agent itself writes. */
export type FileKeeper = 'root' | 'agent';

/** The user numbers that nobody else on the machine has. */
export interface Owners {
  /** The user that checks: root, or the person whose own files are checked. */
  readonly self: number;
  /** The user that the agent runs as. */
  readonly agents: ReadonlySet<number>;
}

const ROOT = 0;

/** Of a file or a folder: its owner may change it under any mode (chmod(2)). Pure. */
export function judgeOwner(name: string, keeper: FileKeeper, uid: number, owners: Owners): SecurityFinding {
  if (uid === ROOT || uid === owners.self) return good(name);
  if (!owners.agents.has(uid)) {
    const right = keeper === 'agent' ? "to the agent's user" : 'to root';
    return { name, state: 'bad', advice: `another user owns it and may change it: give it ${right} (chown)` };
  }
  if (keeper === 'agent') return good(name);
  return { name, state: 'weak', advice: 'the agent itself may change it: give it to root (chown root)' };
}

/**
 * The users who may own the files. The agent's user is the one of the unit; where there is no unit, the owner of the
 * folders that the agent writes to. Never throws.
 */
export async function findOwners(
  states: readonly string[],
  show: (properties: readonly string[]) => Promise<string | undefined> = showUnit,
  readUsers: () => Promise<string> = () => readFile('/etc/passwd', 'utf8'),
): Promise<Owners> {
  const self = userInfo().uid;
  const user = parseUnit((await show(['User'])) ?? '').get('User') ?? '';
  const known = user === '' ? undefined : uidOf(user, await readUsers().catch(() => ''));
  if (known !== undefined) return { self, agents: new Set([known]) };
  const found = await Promise.all(states.map((path) => stat(path).catch(() => undefined)));
  return { self, agents: new Set(found.flatMap((each) => (each === undefined ? [] : [each.uid]))) };
}

/** By the text of /etc/passwd (passwd(5)). Pure. */
export function uidOf(user: string, users: string): number | undefined {
  if (/^[0-9]+$/.test(user)) return Number(user);
  for (const line of users.split('\n')) {
    const [name, , uid = ''] = line.split(':');
    if (name === user && /^[0-9]+$/.test(uid)) return Number(uid);
  }
  return undefined;
}
