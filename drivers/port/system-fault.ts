import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';

const BY_ERRNO: Readonly<Record<string, FaultCode>> = {
  ENOENT: 'port/missing',
  ENOTDIR: 'port/missing',
  ELOOP: 'port/missing',
  ENODEV: 'port/missing',
  ENXIO: 'port/missing',
  EACCES: 'port/permission',
  EPERM: 'port/permission',
  EBUSY: 'port/busy',
  ENOTTY: 'port/not-a-device',
  EINVAL: 'port/unsupported',
};

/** The fault for an error of the operating system before a port is open, by its error number. */
export function openingFault(thrown: unknown): Fault {
  return new Fault(BY_ERRNO[errorNumber(thrown)] ?? 'port/failed', undefined, thrown);
}

/** The symbol of an error number, `ENOENT` and the like, or nothing. */
export function errorNumber(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : '';
}

/**
 * The binding gives texts without numbers: `Error: ` or `Error `, then the text of strerror (glibc's words, musl's
 * words), then its own. Only the beginning is looked at, because the path stands at the end.
 */
const BY_PHRASE: readonly (readonly [RegExp, FaultCode])[] = [
  [/^Error:? (No such file or directory|No such device)/, 'port/missing'],
  [/^Error:? (Permission denied|Operation not permitted)/, 'port/permission'],
  [/^Error:? (Device or resource busy|Resource busy|Resource temporarily unavailable)/, 'port/busy'],
  [/^Error:? (Inappropriate ioctl for device|Not a tty)/, 'port/not-a-device'],
  [/^Error:? Invalid argument/, 'port/unsupported'],
  [/^Error baud rate of/, 'port/unsupported'],
  [/^Invalid (data bits|parity|stop bits) setting/, 'port/unsupported'],
];

/** The fault for what the binding throws when it can not open a port. */
export function bindingFault(thrown: unknown): Fault {
  const text = thrown instanceof Error ? thrown.message : '';
  const code = BY_PHRASE.find(([phrase]) => phrase.test(text))?.[1] ?? 'port/failed';
  return new Fault(code, undefined, thrown);
}
