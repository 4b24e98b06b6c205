/** openHAB's reading of our `.things` file: a checker of ours for the forms that it uses. */
export interface Channel {
  readonly thing: string;
  readonly id: string;
  readonly type: 'number' | 'switch';
  readonly options: Readonly<Record<string, string>>;
  /** The value that the item gets: a number, ON, OFF, or UNDEF. @throws Error where openHAB would keep the old state */
  shown(payload: string): string;
}

export interface Things {
  /** Topics that say whether a Thing is there. */
  readonly availability: readonly string[];
  readonly channels: readonly Channel[];
}

const THING = /^Thing topic ([A-Za-z0-9-]+) "[^"]+" \[ (.+) \] \{$/;
const CHANNEL = /^Type (number|switch) : ([A-Za-z0-9-]+) "[^"]+" \[ (.+) \]$/;

/** @throws Error for a line that it does not know */
export function thingsOf(text: string): Things {
  const availability: string[] = [];
  const channels: Channel[] = [];
  let [depth, thing] = [0, ''];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('//') || line === 'Channels:') continue;
    const [, id, options = ''] = THING.exec(line) ?? [];
    const [, type, channel = '', more = ''] = CHANNEL.exec(line) ?? [];
    if (line.startsWith('Bridge mqtt:broker:') && depth === 0 && line.endsWith('{')) depth += 1;
    else if (line === '}') depth -= 1;
    else if (id !== undefined && depth === 1) {
      [depth, thing] = [2, id];
      const { availabilityTopic = '', payloadAvailable, payloadNotAvailable } = optionsOf(options);
      if (payloadAvailable !== 'online' || payloadNotAvailable !== 'offline') throw new Error(line);
      availability.push(availabilityTopic);
    } else if ((type === 'number' || type === 'switch') && depth === 2) {
      channels.push(channelOf(thing, channel, type, optionsOf(more)));
    } else throw new Error(`no line of a things file: ${line}`);
  }
  if (depth !== 0) throw new Error('brackets');
  return { availability, channels };
}

function optionsOf(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([A-Za-z]+)=(?:"([^"]*)"|(\w+))(?:, |$)/g)];
  if (pairs.map(([all]) => all).join('') !== text) throw new Error(`no options: ${text}`);
  return Object.fromEntries(pairs.map(([, key, quoted, bare]) => [key, quoted ?? bare ?? '']));
}

function channelOf(thing: string, id: string, type: Channel['type'], options: Channel['options']): Channel {
  const shown = (payload: string): string => {
    const text = transformed(options.transformationPattern, payload);
    if (type === 'switch') {
      if (text !== options.on && text !== options.off) throw new Error(`neither on nor off: ${text}`);
      return text === options.on ? 'ON' : 'OFF';
    }
    if (text === 'NaN') return 'UNDEF';
    if (text === '' || !Number.isFinite(Number(text))) throw new Error(`no number: ${text}`);
    return text;
  };
  return { thing, id, type, options, shown };
}

function transformed(pattern: string | undefined, payload: string): string {
  if (pattern === undefined) return payload;
  const path = /^JSONPATH:\$((?:\.[A-Za-z]+)+)$/.exec(pattern)?.[1];
  if (path !== undefined) {
    const keys = path.slice(1).split('.');
    const value = keys.reduce((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], JSON.parse(payload));
    if (value === undefined || value === null) throw new Error(`nothing at ${path}`);
    return String(value);
  }
  const [, from, to = ''] = /^REGEX:s\/([^/]+)\/([^/]*)\/$/.exec(pattern) ?? [];
  if (from === undefined) throw new Error(`no transformation that this knows: ${pattern}`);
  return payload.replace(new RegExp(from), to);
}
