import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { formatProblem } from '../../config/problem.ts';
import { readEnvironment } from '../../config/source/environment.ts';
import { catalogueWith, load, minimal } from './support.ts';

const CANARY = 'Hunter2%Canary!';

/** A config with every key that there is. */
const FULL = {
  gateway: 'gw',
  mqtt: {
    url: 'mqtts://broker.example',
    protocolVersion: 5,
    topicPrefix: 'fieldward',
    allowPlaintext: false,
    username: 'user',
    passwordFile: 'pw',
    caFile: 'pw',
    certFile: 'pw',
    keyFile: 'pw',
    keepaliveMs: 30_000,
    connectTimeoutMs: 15_000,
    reconnectMinMs: 1_000,
    reconnectMaxMs: 60_000,
  },
  outbox: { directory: '/var/lib/x', maxBytes: 67_108_864, whenFull: 'thin', syncIntervalMs: 5_000 },
  commands: { enabled: true, allow: ['read'], maxAgeMs: 30_000 },
  log: { level: 'info' },
  buses: [
    {
      id: 'a',
      port: { path: '/dev/ttyS0', baudRate: 9_600, dataBits: 8, parity: 'none', stopBits: 1, echo: false },
      throttle: { gapMs: 0, maxQueue: 64, maxWaitMs: 2_000, maxRunMs: 10_000, commandBurst: 4 },
      devices: [
        {
          id: 'm',
          driver: 'asked',
          options: { unit: 1, timeoutMs: 300, profile: 'p' },
          points: [{ name: 'p', unit: 'V', min: 0, max: 1, step: 1, deadband: 0, address: 1, enum: { 0: 'off' } }],
          pollMs: 1_000,
          minGapMs: 0,
          staleAfterMs: 10_000,
          commands: { allow: ['read'] },
        },
      ],
    },
    { id: 'b', port: { host: 'h', tcpPort: 4001 }, devices: [{ id: 'n', driver: 'broken', options: { x: 1 } }] },
  ],
};

type Path = readonly (string | number)[];

/** Every place of a tree: collections and leaves. */
function places(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    places(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? inner : [path, ...inner];
}

type Parent = Record<string | number, unknown>;

function withAt(path: Path, change: (parent: Parent, key: string | number) => void): unknown {
  const copy = structuredClone(FULL) as unknown as Parent;
  let parent = copy;
  for (const segment of path.slice(0, -1)) parent = parent[segment] as Parent;
  change(parent, path.at(-1) ?? '');
  return copy;
}

async function everythingSaid(config: unknown): Promise<string> {
  const loaded = await load(stringify(config), { files: { pw: CANARY }, catalogue: await catalogue });
  return [...(loaded.ok ? loaded.warnings : loaded.problems)].map(formatProblem).join('\n');
}

const catalogue = catalogueWith({
  p: 'maker: M\nmodel: M\nsources: [{ kind: vendor, title: S }]\npoints: [{ name: q, address: 1 }]\n',
});

describe('a secret never comes back in a message', () => {
  test('the config that the others are made from is good', async () => {
    expect(await everythingSaid(FULL)).not.toContain('is required');
  });

  const changes: readonly [string, (parent: Parent, key: string | number) => void][] = [
    ['in the place of each value', (parent, key) => void Object.assign(parent, { [key]: CANARY })],
    ['in a list in the place of each value', (parent, key) => void Object.assign(parent, { [key]: [CANARY] })],
    [
      'as a key in the place of each value',
      (parent, key) => void Object.assign(parent, { [key]: { [CANARY]: CANARY } }),
    ],
    [
      'as a key beside each key',
      (parent, key) => void Object.assign(parent, { [typeof key === 'string' ? CANARY : key]: { [CANARY]: 1 } }),
    ],
    [
      'beside a null and numbers out of all bounds',
      (parent, key) => void Object.assign(parent, { [key]: { value: null, x: 5e300, [CANARY]: Number.NaN } }),
    ],
  ];

  test.each(changes)('%s', async (_, change) => {
    let refused = 0;
    for (const path of places(FULL)) {
      const said = await everythingSaid(withAt(path, change));
      expect(said, path.join('.')).not.toContain('Hunter2');
      if (said !== '') refused += 1;
    }
    expect(refused).toBeGreaterThan(50);
  });

  test('in every environment variable', async () => {
    const { VARIABLES } = await import('../../config/source/environment.ts');
    for (const { name } of VARIABLES) {
      const loaded = await load(minimal(), { environment: { [name]: CANARY, STATE_DIRECTORY: CANARY } });
      const said = (loaded.ok ? loaded.warnings : loaded.problems).map(formatProblem).join('\n');
      expect(said).not.toContain('Hunter2');
    }
  });
});

/** Trees that look a little like a config: our keys and anything else. */
const KEYS = [
  'gateway',
  'mqtt',
  'url',
  'buses',
  'port',
  'path',
  'devices',
  'driver',
  'options',
  'points',
  'name',
  'id',
  'enum',
  'commands',
  'allow',
  'log',
  '__proto__',
  'constructor',
  'toString',
];
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('asked', 'talks', 'broken'),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('tree'), { maxKeys: 6 }),
  ),
}));

test('no document whatever makes the loading fail', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (document) => {
      const loaded = await load(JSON.stringify(document), { catalogue: await catalogue });
      expect(loaded.ok).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('no text whatever makes the loading fail', async () => {
  const fragment = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '? ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '&a ',
    '*a',
    '!t ',
    '|\n',
    '>',
    '#',
    '%',
    '---\n',
    '\t',
    '  ',
    'mqtt:',
    'buses:',
    '<<',
    '\u0000',
    '\ufeff',
    '1',
    '~',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fragment, { maxLength: 60 }), async (parts) => {
      expect((await load(parts.join(''), { catalogue: await catalogue })).ok).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('no part of a good config that is replaced by anything makes the loading fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places(FULL)), tree, async (path, value) => {
      const config = withAt(path, (parent, key) => {
        parent[key] = value;
      });
      await load(JSON.stringify(config), { files: { pw: 'x' }, catalogue: await catalogue });
    }),
    { numRuns: 200 },
  );
});

test('no environment whatever makes the reading fail', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string().map((name) => `FIELDWARD_${name}`),
        fc.string(),
      ),
      (environment) => {
        readEnvironment(environment);
      },
    ),
  );
});
