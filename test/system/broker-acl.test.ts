import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessList, type Door, Fleet, shipped } from '../support/fleet.ts';
import { mosquittoMissing } from '../support/mosquitto.ts';

/** Each column is a client with a certificate of that name; nobody's name is in no access list. */
const CLIENTS = {
  G1: { name: 'plant7-gw01', door: 'gateways' },
  G2: { name: 'plant7-gw02', door: 'gateways' },
  OP: { name: 'operator', door: 'people' },
  O7: { name: 'operator-plant7', door: 'people' },
  RD: { name: 'reader', door: 'people' },
  R7: { name: 'reader-plant7', door: 'people' },
  AD: { name: 'admin', door: 'people' },
  NO: { name: 'nobody', door: 'people' },
  SC: { name: 'scada', door: 'people' },
} as const satisfies Record<string, { name: string; door: Door }>;

/**
 * The rights to read (r) and write (w), by topic and user. Each place holds two cells: a right that is not there is
 * refused. `command/state` and the like read as a device named `command`: there is no such command, and no device may
 * be named so.
 */
const MATRIX = `
  topic                                                   G1  G2  OP  O7  RD  R7  AD  NO  SC
  fieldward/plant7-gw01/availability                      w   -   r   r   r   r   -   -   -
  fieldward/plant7-gw01/status                            w   -   r   r   r   r   -   -   -
  fieldward/plant7-gw01/meter-1/availability              w   -   r   r   r   r   -   -   -
  fieldward/plant7-gw01/meter-1/state                     w   -   -   -   r   r   -   -   -
  fieldward/plant7-gw01/meter-1/readings                  w   -   -   -   r   r   -   -   -
  fieldward/plant7-gw01/meter-1/values/power              w   -   -   -   r   r   -   -   -
  fieldward/plant7-gw01/meter-1/identity                  w   -   -   -   r   r   -   -   -
  fieldward/plant7-gw01/meter-1/meta                      w   -   -   -   r   r   -   -   -
  fieldward/plant7-gw01/command/ping                      r   -   w   w   -   -   -   -   -
  fieldward/plant7-gw01/command/ping/reply                w   -   r   r   -   -   -   -   -
  fieldward/plant7-gw01/meter-1/command/write             r   -   w   w   -   -   -   -   -
  fieldward/plant7-gw01/meter-1/command/write/reply       w   -   r   r   -   -   -   -   -
  fieldward/plant7-gw01/reply/desk-1/7                    w   -   r   r   -   -   -   -   -
  fieldward/plant7-gw01/command/state                     rw  -   w   w   r   r   -   -   -

  fieldward/plant7-gw02/availability                      -   w   r   -   r   -   -   -   -
  fieldward/plant7-gw02/status                            -   w   r   -   r   -   -   -   -
  fieldward/plant7-gw02/meter-1/availability              -   w   r   -   r   -   -   -   -
  fieldward/plant7-gw02/meter-1/state                     -   w   -   -   r   -   -   -   -
  fieldward/plant7-gw02/meter-1/readings                  -   w   -   -   r   -   -   -   -
  fieldward/plant7-gw02/meter-1/values/power              -   w   -   -   r   -   -   -   -
  fieldward/plant7-gw02/meter-1/identity                  -   w   -   -   r   -   -   -   -
  fieldward/plant7-gw02/meter-1/meta                      -   w   -   -   r   -   -   -   -
  fieldward/plant7-gw02/command/ping                      -   r   w   -   -   -   -   -   -
  fieldward/plant7-gw02/command/ping/reply                -   w   r   -   -   -   -   -   -
  fieldward/plant7-gw02/meter-1/command/write             -   r   w   -   -   -   -   -   -
  fieldward/plant7-gw02/meter-1/command/write/reply       -   w   r   -   -   -   -   -   -
  fieldward/plant7-gw02/reply/desk-1/7                    -   w   r   -   -   -   -   -   -

  fieldward/plant7-gw01x/availability                     -   -   r   -   r   -   -   -   -
  fieldward/plant7-gw01x/meter-1/readings                 -   -   -   -   r   -   -   -   -
  fieldward/plant7-gw01x/command/ping                     -   -   w   -   -   -   -   -   -
  fieldward/plant7-gw01x/meter-1/command/write            -   -   w   -   -   -   -   -   -
  fieldward/plant7-gw01x/reply/desk-1/7                   -   -   r   -   -   -   -   -   -
  fieldward/operator/status                               -   -   r   -   r   -   -   -   -
  fieldward/operator/command/ping                         -   -   w   -   -   -   -   -   -

  fieldward/plant7-gw01                                   -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/meter-1                           -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/readings                          -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/meter-1/status                    -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/meter-1/values                    -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/meter-1/readings/more             -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/command                           -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/command/ping/more                 -   -   -   -   -   -   -   -   -
  fieldward/plant7-gw01/meter-1/command/write/reply/more  -   -   -   -   -   -   -   -   -
  fieldward/availability                                  -   -   -   -   -   -   -   -   -
  plant7-gw01/availability                                -   -   -   -   -   -   -   -   -
  other/plant7-gw01/command/ping                          -   -   -   -   -   -   -   -   -
  $SYS/broker/version                                     -   -   -   -   -   -   r   -   -

  spBv1.0/Plant7/NBIRTH/plant7-gw01                       w   -   -   -   -   -   -   -   r
  spBv1.0/Plant7/NDATA/plant7-gw01                        w   -   -   -   -   -   -   -   r
  spBv1.0/Plant7/NDEATH/plant7-gw01                       w   -   -   -   -   -   -   -   r
  spBv1.0/Plant7/DBIRTH/plant7-gw01/meter-1               w   -   -   -   -   -   -   -   r
  spBv1.0/Plant7/DDATA/plant7-gw01/meter-1                w   -   -   -   -   -   -   -   r
  spBv1.0/Plant7/DDEATH/plant7-gw01/meter-1               w   -   -   -   -   -   -   -   r
  spBv1.0/Plant7/NCMD/plant7-gw01                         r   -   -   -   -   -   -   -   w
  spBv1.0/Plant7/DCMD/plant7-gw01/meter-1                 r   -   -   -   -   -   -   -   w
  spBv1.0/Plant7/DDATA/plant7-gw02/meter-1                -   w   -   -   -   -   -   -   r
  spBv1.0/Plant7/DCMD/plant7-gw02/meter-1                 -   r   -   -   -   -   -   -   w
  spBv1.0/STATE/scada                                     r   r   -   -   -   -   -   -   rw
  spBv1.0/STATE/other                                     r   r   -   -   -   -   -   -   -
  spBv1.0/Plant7/DDATA/plant7-gw01                        -   -   -   -   -   -   -   -   -
  spBv1.0/Plant7/OTHER/plant7-gw01                        -   -   -   -   -   -   -   -   -
`;

type Client = keyof typeof CLIENTS;
/** `G1 fieldward/…` → `-`, `r`, `w` or `rw` */
type Cells = Readonly<Record<string, string>>;

const [HEAD = [], ...ROWS] = MATRIX.split('\n').flatMap((line) =>
  line.trim() === '' ? [] : [line.trim().split(/ +/)],
);
const COLUMNS = HEAD.slice(1) as Client[];
const TOPICS = ROWS.map(([topic = '']) => topic);
const EXPECTED: Cells = Object.fromEntries(
  ROWS.flatMap(([topic, ...marks]) => COLUMNS.map((who, at) => [`${who} ${topic}`, marks[at] ?? ''])),
);

const FILTERS = [
  '#',
  'fieldward/#',
  'fieldward/plant7-gw02/#',
  'fieldward/+/command/#',
  'fieldward/+/+/command/#',
  'fieldward/+/+/command/+/reply',
  'fieldward/+/reply/#',
  '+/+/+/readings',
  '$share/WHO/fieldward/#',
  'spBv1.0/#',
  '$SYS/#',
];

describe.skipIf(mosquittoMissing !== undefined)('the access lists of systemd/broker', () => {
  let fleet: Fleet;
  let prober: MqttClient;
  let witness: MqttClient;
  const clients = new Map<Client, MqttClient>();
  const heard = new Map<Client, Set<string>>();
  const witnessed = new Set<string>();
  const everybody = <T>(act: (client: MqttClient, who: Client) => Promise<T>) =>
    Promise.all([...clients].map(([who, client]) => act(client, who)));

  beforeAll(async () => {
    const named = (door: Door) => Object.values(CLIENTS).flatMap((each) => (each.door === door ? [each.name] : []));
    fleet = await Fleet.start(named('gateways'), named('people'));
    for (const who of COLUMNS) {
      const client = await fleet.connectAs(CLIENTS[who].name, CLIENTS[who].door);
      const topics = new Set<string>();
      client.on('message', (topic) => topics.add(topic));
      clients.set(who, client);
      heard.set(who, topics);
    }
    prober = await fleet.connect('people', undefined, {}, fleet.broker.url);
    witness = await fleet.connect('people', undefined, {}, fleet.broker.url);
    witness.on('message', (topic, payload) => witnessed.add(`${payload} ${topic}`));
    await witness.subscribeAsync('#', { qos: 1 });
  });

  afterAll(async () => {
    await everybody((client) => client.endAsync(true));
    await prober?.endAsync(true);
    await witness?.endAsync(true);
    await fleet?.dispose();
  });

  /** Subscribes as everybody, publishes on every topic, and tells what came: mosquitto grants every subscription. */
  async function reading(filters: string[]): Promise<ReadonlyMap<Client, readonly string[]>> {
    for (const topics of heard.values()) topics.clear();
    const asked = (who: Client) => filters.map((filter) => filter.replace('/WHO/', `/${who}/`));
    await everybody((client, who) => client.subscribeAsync(asked(who), { qos: 0 }));
    // The broker says some of $SYS itself, and lets nobody write there.
    const probes = TOPICS.filter((topic) => !topic.startsWith('$'));
    await Promise.all(probes.map((topic) => prober.publishAsync(topic, 'probe', { qos: 1 })));
    // Messages that the broker had to deliver are on their way before the answer to this.
    await everybody((client, who) => client.unsubscribeAsync(asked(who)));
    return new Map([...heard].map(([who, topics]) => [who, [...topics].sort()]));
  }

  async function writing(): Promise<ReadonlySet<string>> {
    witnessed.clear();
    const accepted = new Set<string>();
    await everybody((client, who) =>
      Promise.all(
        TOPICS.map(async (topic) => {
          const cell = `${who} ${topic}`;
          const reason = await client.publishAsync(topic, who, { qos: 1 }).then(
            () => 0,
            ({ code }: { code: number }) => code,
          );
          // MQTT 5, 3.4.2.1: 135, not authorized
          expect([0, 135], cell).toContain(reason);
          if (reason === 0) accepted.add(cell);
        }),
      ),
    );
    await witness.subscribeAsync('a-round-trip');
    // Refused messages arrived nowhere, and accepted ones did arrive.
    expect([...witnessed].sort()).toEqual([...accepted].sort());
    return accepted;
  }

  async function survey(): Promise<Cells> {
    const read = await reading(TOPICS);
    const written = await writing();
    const cell = (who: Client, topic: string) =>
      `${read.get(who)?.includes(topic) ? 'r' : ''}${written.has(`${who} ${topic}`) ? 'w' : ''}` || '-';
    return Object.fromEntries(COLUMNS.flatMap((who) => TOPICS.map((topic) => [`${who} ${topic}`, cell(who, topic)])));
  }

  it('let each role read and write what its column says, and nothing else', async () => {
    expect(Object.keys(EXPECTED)).toHaveLength(9 * 61);
    expect(Object.values(EXPECTED).every((marks) => /^(-|r|w|rw)$/.test(marks))).toBe(true);
    expect(await survey()).toEqual(EXPECTED);
  });

  it.each(FILTERS)('bring through %s only what may be read', async (filter) => {
    const sought = filter.replace(/^\$share\/[^/]+\//, '');
    for (const [who, topics] of await reading([filter])) {
      const known = TOPICS.filter((topic) => EXPECTED[`${who} ${topic}`]?.includes('r') && matches(sought, topic));
      // The broker has many topics under $SYS: one stands for all in the matrix.
      const came = topics.filter((topic) => !topic.startsWith('$SYS/') || topic === '$SYS/broker/version');
      expect(came, `${who} ${filter}`).toEqual(known.sort());
      if (who !== 'AD') expect(topics.filter((topic) => topic.startsWith('$'))).toEqual([]);
    }
  });

  it.each<AccessList>(['gateways.acl', 'people.acl'])('have no line in %s that no cell asks for', async (name) => {
    const lines = shipped(name).split('\n');
    const rules = lines.flatMap((line, at) => (/^(user|topic|pattern) /.test(line) ? [at] : []));
    expect(rules.length).toBeGreaterThan(9);
    try {
      for (const at of rules) {
        await fleet.allow(name, lines.toSpliced(at, 1).join('\n'));
        const cells = await survey();
        const changed = Object.keys(EXPECTED).filter((cell) => cells[cell] !== EXPECTED[cell]);
        expect(changed.length, `nothing changes without line ${at + 1}: ${lines[at]}`).toBeGreaterThan(0);
      }
    } finally {
      await fleet.allow(name, lines.join('\n'));
    }
    expect(await survey()).toEqual(EXPECTED);
  });

  it('can not keep a client out of a shared subscription, where what it may not read is lost to the others', async () => {
    const reader = clients.get('RD');
    const nobody = clients.get('NO');
    const group = '$share/historians/fieldward/+/+/readings';
    const send = async (from: number) => {
      const topics = [0, 1, 2, 3].map((each) => `fieldward/plant7-gw01/meter-${from + each}/readings`);
      await Promise.all(topics.map((topic) => prober.publishAsync(topic, 'probe', { qos: 1 })));
      await reader?.subscribeAsync('a-round-trip');
      return topics.filter((topic) => heard.get('RD')?.has(topic)).length;
    };
    await reader?.subscribeAsync(group);
    expect(await send(10)).toBe(4);
    await nobody?.subscribeAsync(group);
    expect(await send(20)).toBe(2);
    await nobody?.unsubscribeAsync(group);
    await reader?.unsubscribeAsync(group);
    expect(heard.get('NO')?.size).toBe(0);
  });

  it('shut out a stolen gateway with the two lines at the end of gateways.acl', async () => {
    const lines = shipped('gateways.acl');
    const shut = lines.replace('# user plant7-gw09\n# topic deny #', 'user plant7-gw01\ntopic deny #');
    expect(shut).not.toBe(lines);
    try {
      await fleet.allow('gateways.acl', shut);
      const expected = Object.entries(EXPECTED).map(([cell, marks]) => [cell, cell.startsWith('G1 ') ? '-' : marks]);
      expect(await survey()).toEqual(Object.fromEntries(expected));
    } finally {
      await fleet.allow('gateways.acl', lines);
    }
  });
});

/** MQTT 5, 4.7.1 and 4.7.2: wildcards at the beginning do not match topics that begin with $. */
function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const pattern = filter
    .split('/')
    .map((level) => (level === '+' ? '[^/]*' : level.replace(/[$.]/g, '\\$&')))
    .join('/')
    .replace(/\/?#$/, '(/.*)?');
  return new RegExp(`^${pattern === '(/.*)?' ? '.*' : pattern}$`).test(topic);
}
