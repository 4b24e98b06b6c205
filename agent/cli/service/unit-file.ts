/** One `LoadCredential=` and its kin. */
export interface Handed {
  /** The name that the service sees; of a folder, the part before `_` and the file's name. */
  readonly name: string;
  /** Where it comes from; undefined: out of the unit itself, encrypted, or from a place that is not known here. */
  readonly from: string | undefined;
}

/** The settings of a unit that decide how its service sees a config. */
export interface UnitFile {
  /** By name; a later one replaces an earlier one. */
  readonly handed: ReadonlyMap<string, Handed>;
  /** Patterns of `ImportCredential=`. */
  readonly imported: readonly RegExp[];
  /** The first folder of StateDirectory=, absolute. */
  readonly stateDirectory: string | undefined;
  /** The value of `--config` in its command. */
  readonly config: string | undefined;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly isDynamicUser: boolean;
  /** Environment=, name → value. */
  readonly environment: ReadonlyMap<string, string>;
  readonly environmentFiles: readonly string[];
}

const STATE_ROOT = '/var/lib/';

/**
 * Reads the text of `systemctl cat`: a unit with its drop-ins, in the order in which systemd reads them. `systemctl
 * show` prints none of the credentials. Pure; lines that it does not know it passes over.
 */
export function parseUnitFile(text: string): UnitFile {
  const settings = serviceSettings(text);
  const all = (name: string) => settings.get(name) ?? [];
  const last = (name: string) => all(name).at(-1);
  const handed = new Map<string, Handed>();
  for (const value of all('LoadCredential')) {
    const { name, rest } = split(value);
    handed.set(name, { name, from: plainPath(rest) });
  }
  for (const value of [...all('LoadCredentialEncrypted'), ...all('SetCredential'), ...all('SetCredentialEncrypted')]) {
    const { name } = split(value);
    if (!handed.has(name)) handed.set(name, { name, from: undefined });
  }
  const environment = new Map<string, string>();
  for (const word of all('Environment').flatMap(wordsOf)) {
    const at = word.indexOf('=');
    if (at > 0) environment.set(word.slice(0, at), word.slice(at + 1));
  }
  const command = wordsOf(last('ExecStart') ?? '');
  const option = command.indexOf('--config');
  const state = wordsOf(last('StateDirectory') ?? '')[0]?.split(':')[0];
  return {
    handed,
    imported: all('ImportCredential').map(globOf),
    stateDirectory: state === undefined ? undefined : `${STATE_ROOT}${state}`,
    config: option < 0 ? undefined : command[option + 1],
    user: last('User'),
    group: last('Group'),
    isDynamicUser: /^(yes|true|on|1)$/.test(last('DynamicUser') ?? ''),
    environment,
    environmentFiles: all('EnvironmentFile').map((file) => file.replace(/^-/, '')),
  };
}

/** The settings of [Service]; an empty value takes back all that was said before (systemd.unit(5)). */
function serviceSettings(text: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>();
  let section = '';
  let begun = '';
  for (const line of text.split('\n')) {
    // a comment between two lines of one value is passed over
    if (/^\s*[#;]/.test(line)) continue;
    const whole = begun + line.trim();
    if (whole.endsWith('\\')) {
      begun = `${whole.slice(0, -1)} `;
      continue;
    }
    begun = '';
    const [, header] = /^\[(.*)\]$/.exec(whole) ?? [];
    if (header !== undefined) section = header;
    const [, name = '', value = ''] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(whole) ?? [];
    if (section !== 'Service' || name === '') continue;
    settings.set(name, value === '' ? [] : [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

function split(value: string): { readonly name: string; readonly rest: string } {
  const at = value.indexOf(':');
  // without a source systemd looks for the name itself in its own stores
  return at < 0 ? { name: value, rest: '' } : { name: value.slice(0, at), rest: value.slice(at + 1) };
}

/** An absolute path without specifiers of systemd. */
function plainPath(value: string): string | undefined {
  const path = value.replaceAll('%%', '\0');
  return path.startsWith('/') && !path.includes('%') ? path.replaceAll('\0', '%') : undefined;
}

function wordsOf(value: string): readonly string[] {
  return Array.from(value.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, double, single, bare]) => {
    return double ?? single ?? bare ?? '';
  });
}

function globOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
