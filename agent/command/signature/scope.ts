import type { SigningKeyConfig } from '../../../config/config.ts';

/** The target of a request. */
export interface SignedTarget {
  readonly device?: string | undefined;
  readonly command: string;
}

/** `select` and `operate` are ways of writing: a key that may write may do these, and no other key. */
export function scopeOf(command: string): string {
  return command === 'select' || command === 'operate' ? 'write' : command;
}

/**
 * Whether the limits of a key leave room for a request. A limit to devices or points also closes what names none, like
 * `restart`; such a command is open only where `commands` lists it.
 * @param args as they came: not yet checked by anything
 */
export function mayDo(
  limits: Pick<SigningKeyConfig, 'commands' | 'devices' | 'points'>,
  target: SignedTarget,
  args: Readonly<Record<string, unknown>>,
): boolean {
  const scope = scopeOf(target.command);
  const isListed = limits.commands?.includes(scope);
  if (isListed === false) return false;
  if (limits.devices !== undefined) {
    const named = target.device === undefined ? isListed : limits.devices.includes(target.device);
    if (named !== true) return false;
  }
  if (limits.points === undefined) return true;
  if (scope !== 'read' && scope !== 'write') return isListed === true;
  const points = pointsOf(target.command, args);
  return points?.every((point) => limits.points?.includes(point)) === true;
}

/** The points that a request names; undefined where it names none, which for `read` means all. */
function pointsOf(command: string, args: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  if (command === 'read') {
    const named = own(args, 'points');
    return Array.isArray(named) && named.length > 0 && named.every((each) => typeof each === 'string')
      ? named
      : undefined;
  }
  const values = command === 'operate' ? own(args, 'values') : args;
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return undefined;
  const points = Object.keys(values);
  return points.length > 0 ? points : undefined;
}

function own(args: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(args, key) ? args[key] : undefined;
}
