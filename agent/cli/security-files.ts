import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LoadedConfig } from '../../config/load.ts';
import { good, type SecurityFinding } from './security-finding.ts';

/** `public`: everybody may read it; `private`: only who it belongs to, or its group; `secret`: that, and no more. */
export type Privacy = 'public' | 'private' | 'secret';

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;
const ROOT = 0;
/** Where the unit's StateDirectory= is. */
const STATE = '/var/lib/fieldward';

/** Why a file could not be looked at. */
export type Unseen = 'absent' | 'forbidden' | 'failed';

const UNSEEN: Readonly<Record<Unseen, string>> = {
  absent: 'it is not there; the folders of the state are made when the service starts for the first time',
  forbidden: 'it can not be looked at by this user: check as root',
  failed: 'it can not be looked at: see `dmesg` and `findmnt` for the disk that it lies on',
};

/** What a file's mode means for what is in it. Pure. */
export function judgeMode(
  name: string,
  privacy: Privacy,
  found: { readonly mode: number; readonly gid: number } | Unseen,
): SecurityFinding {
  if (typeof found === 'string') return { name, state: 'unknown', advice: UNSEEN[found] };
  const { mode, gid } = found;
  if ((mode & OTHERS_WRITE) !== 0) {
    return { name, state: 'bad', advice: 'every user of this machine may change it: take that away (chmod o-w)' };
  }
  if (privacy === 'secret' && (mode & OTHERS_READ) !== 0) {
    return { name, state: 'bad', advice: 'every user of this machine may read it: take that away (chmod o-rwx)' };
  }
  if ((mode & GROUP_WRITE) !== 0 && gid !== ROOT) {
    return { name, state: 'weak', advice: 'its whole group may change it: take that away (chmod g-w)' };
  }
  if (privacy === 'private' && (mode & OTHERS_READ) !== 0) {
    return { name, state: 'weak', advice: 'every user of this machine may read it: take that away (chmod o-rwx)' };
  }
  return good(name);
}

/** Modes of the config, of what it names, and of the folders that hold what must survive. */
export async function inspectFiles({ config }: LoadedConfig, file: string): Promise<readonly SecurityFinding[]> {
  const { mqtt, commands, outbox } = config;
  const wanted: readonly (readonly [name: string, privacy: Privacy, path: string | undefined])[] = [
    ['config file', 'private', file],
    ['folder of the config', 'public', dirname(file)],
    ['mqtt.passwordFile', 'secret', mqtt.passwordFile],
    ['mqtt.keyFile', 'secret', mqtt.keyFile],
    ['mqtt.certFile', 'public', mqtt.certFile],
    ['mqtt.caFile', 'public', mqtt.caFile],
    ...commands.signing.keys.map(
      ({ publicKeyFile }, k) => [`commands.signing.keys[${k}].publicKeyFile`, 'public', publicKeyFile] as const,
    ),
    ['outbox.directory', 'secret', outbox.directory ?? STATE],
    ['commands.directory', 'secret', commands.directory ?? STATE],
  ];
  return Promise.all(
    wanted.flatMap(([name, privacy, path]) =>
      path === undefined
        ? []
        : [
            stat(path).then(
              (found) => judgeMode(name, privacy, found),
              (thrown) => judgeMode(name, privacy, unseen(thrown)),
            ),
          ],
    ),
  );
}

function unseen(thrown: unknown): Unseen {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent';
  return code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'failed';
}
