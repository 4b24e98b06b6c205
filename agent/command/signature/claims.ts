/** The destination that a signed request names, and the request itself. */
export interface Claims {
  readonly gateway: string;
  /** Absent for commands of the gateway itself. */
  readonly device: string | undefined;
  readonly command: string;
  /** The JSON that was signed, without these three: the rest stands as it stood. */
  readonly payload: Uint8Array;
}

const CLAIMS: ReadonlySet<string> = new Set(['gateway', 'device', 'command']);

/**
 * Takes the claims out of signed content. They are cut out of the text and nothing is written anew, so that the
 * envelope judges what was signed: a member twice, a number that no double holds, a key in escapes.
 * Pure. Undefined where a claim is missing, stands twice or is no text.
 */
export function takeClaims(content: Uint8Array): Claims | undefined {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const members = membersOf(text);
  const names = members.map(({ name }) => name).filter((name) => CLAIMS.has(name));
  if (new Set(names).size !== names.length) return undefined;
  const { gateway, device, command } = parsed as Readonly<Record<string, unknown>>;
  if (typeof gateway !== 'string' || typeof command !== 'string') return undefined;
  if (device !== undefined && typeof device !== 'string') return undefined;
  const rest = members.filter(({ name }) => !CLAIMS.has(name)).map((member) => member.text);
  return { gateway, device, command, payload: new TextEncoder().encode(`{${rest.join(',')}}`) };
}

interface Member {
  /** As the parser reads it, with any escapes in its writing. */
  readonly name: string;
  readonly text: string;
}

/** The members of an object that was parsed before, in the order of the text. One pass, no recursion. */
function membersOf(text: string): readonly Member[] {
  const members: Member[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text[i];
    if (unit === '"') i = endOfString(text, i);
    else if (unit === '{' || unit === '[') {
      depth++;
      if (depth === 1) from = i + 1;
    } else if (unit === '}' || unit === ']') depth--;
    const ends = (unit === ',' && depth === 1) || (unit === '}' && depth === 0);
    if (!ends) continue;
    const name = text.indexOf('"', from);
    if (name >= 0 && name < i) {
      members.push({ name: JSON.parse(text.slice(name, endOfString(text, name) + 1)), text: text.slice(from, i) });
    }
    from = i + 1;
  }
  return members;
}

/** The closing quote of the string that opens there. */
function endOfString(text: string, opening: number): number {
  let i = opening + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
