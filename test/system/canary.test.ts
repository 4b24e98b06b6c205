import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  temporaryFolder,
} from '../support/agent-process.ts';
import { collectorThatGrumbles } from '../support/collector.ts';
import { witnessOf } from '../support/witness.ts';

/** No text with this word must come out anywhere. */
const CANARY = 'canary7f3a';
const P = 'fieldward/system';

describe('nothing that is secret comes out', () => {
  it('of a running agent: no credential, user name, path or environment', async () => {
    const folder = await temporaryFolder();
    const rig = await rigFor({ baud: 115_200, units: '1', lines: 1, options: { drop: 0.2 } });
    const path = join(folder, `port-${CANARY}`);
    await symlink(rig.links[0] ?? '', path);
    await mkdir(join(folder, 'credentials'));
    await writeFile(join(folder, 'credentials', 'mqtt-password'), `password-${CANARY}`);
    await writeFile(join(folder, 'credentials', 'otlp-headers'), `authorization: Bearer ${CANARY}\n`);
    const collector = await collectorThatGrumbles(CANARY);
    const broker = await brokerFor();
    const witness = await witnessOf(broker.url, P);
    const file = await configFile({
      gateway: 'system',
      mqtt: { url: broker.url, username: `user-${CANARY}`, passwordFile: 'mqtt-password' },
      outbox: { directory: join(folder, `outbox-${CANARY}`) },
      metrics: {
        textfile: { path: join(folder, `metrics-${CANARY}.prom`), everyMs: 1000 },
        otlp: { url: `${collector.url}/${CANARY}`, headersFile: 'otlp-headers', everyMs: 1000 },
      },
      commands: { enabled: true, allow: ['read', 'write', 'reopen', 'status', 'diagnostics', 'ping'] },
      buses: [
        rigBus('line', path, [rigDevice(1, { commands: { allow: ['read', 'write'] } })]),
        rigBus('missing', `/dev/serial/by-id/usb-${CANARY}`, [rigDevice(1, { id: 'absent' })]),
        { id: 'far', port: { host: `${CANARY}.invalid`, tcpPort: 4001 }, devices: [rigDevice(1, { id: 'remote' })] },
      ],
    });
    const agent = agentFor({
      args: ['run', '--config', file],
      env: {
        CREDENTIALS_DIRECTORY: join(folder, 'credentials'),
        HOME: `/home/${CANARY}`,
        HOSTNAME: CANARY,
        SECRET: CANARY,
      },
    });
    await witness.until('readings', () => witness.readings('unit-1').length > 5);
    await witness.until(
      'faults',
      () => Object.values(witness.status()?.buses ?? {}).filter((each) => !each.open).length === 2,
    );
    const requests = [
      'ping',
      'status',
      'diagnostics',
      'reopen',
      `no-${CANARY}`,
      'unit-1/command/read',
      'unit-1/command/write',
    ];
    for (const [index, name] of requests.entries()) {
      const id = `q-${index}`;
      const expiresAt = new Date(Date.now() + 10_000).toISOString();
      const args = { bus: `bus-${CANARY}`, [`point-${CANARY}`]: `value-${CANARY}`, counter: CANARY };
      const topic = name.includes('/') ? `${P}/${name}` : `${P}/command/${name}`;
      await witness.client.publishAsync(topic, JSON.stringify({ id, expiresAt, args }), { qos: 1 });
    }
    await witness.client.publishAsync(`${P}/command/ping`, `{ "id": "${CANARY}`, { qos: 1 });
    await witness.until(
      'the replies',
      () => witness.messages.filter((each) => each.topic.endsWith('/reply')).length >= 5,
    );
    await rig.stop();
    await witness.until(
      'the loss of the port',
      () => Object.values(witness.status()?.buses ?? {}).filter((each) => !each.open).length === 3,
    );
    await witness.until('the metrics', () => collector.heard.length > 1);
    const metrics = await readFile(join(folder, `metrics-${CANARY}.prom`), 'utf8');
    await witness.until('the collector’s refusal', () => (witness.latest('status') ?? '').includes('metrics/partial'));
    expect(await agent.stop()).toEqual({ code: 0, signal: null });

    expect(metrics).toContain('fieldward_bus_open{gateway="system",bus="line"}');
    expect(metrics).not.toContain(CANARY);
    expect(collector.heard[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
    expect(collector.heard[0]?.body).toContain('fieldward_device_health');
    expect(collector.heard.map(({ body }) => body).join()).not.toContain(CANARY);
    const own = witness.messages.filter((each) => !/\/command\/[^/]+$/.test(each.topic));
    expect(own.filter((each) => each.topic.includes(CANARY) && !each.topic.includes(`no-${CANARY}`))).toEqual([]);
    expect(own.filter((each) => each.text.includes(CANARY))).toEqual([]);
    expect(agent.stdout).not.toBe('');
    expect(agent.stdout).not.toContain(CANARY);
    expect(agent.stderr).not.toContain(CANARY);
  });

  it('of a refused config: no value, whatever the field', async () => {
    const bad = {
      gateway: `Gateway ${CANARY}`,
      mqtt: {
        url: `mqtt://user:${CANARY}@127.0.0.1`,
        protocolVersion: CANARY,
        topicPrefix: `+/${CANARY}`,
        username: [CANARY],
        passwordFile: `\0${CANARY}`,
        caFile: { a: CANARY },
        keepaliveMs: CANARY,
      },
      outbox: { directory: [CANARY], maxBytes: CANARY, whenFull: CANARY },
      commands: { enabled: CANARY, allow: [CANARY], maxAgeMs: CANARY },
      log: { level: CANARY },
      buses: [
        {
          id: `Bus ${CANARY}`,
          port: { path: `../${CANARY}`, baudRate: CANARY, parity: CANARY },
          throttle: { gapMs: CANARY },
          devices: [
            { id: `D ${CANARY}`, driver: `driver-${CANARY}`, options: { unit: CANARY }, pollMs: CANARY },
            {
              id: 'meter',
              driver: 'modbus-rtu',
              options: { unit: CANARY, profile: CANARY },
              points: [{ name: `N ${CANARY}`, register: CANARY }],
            },
            { id: 'text', driver: 'lines', options: { template: CANARY } },
          ],
        },
        { id: 'far', port: { host: `a b ${CANARY}`, tcpPort: CANARY }, devices: CANARY },
      ],
    };
    const env = {
      FIELDWARD_MQTT__KEEPALIVE_MS: CANARY,
      FIELDWARD_LOG__LEVEL: CANARY,
      FIELDWARD_OUTBOX__MAX_BYTES: CANARY,
      FIELDWARD_COMMANDS__ENABLED: CANARY,
    };
    for (const args of [['check'], ['run', '--config']]) {
      for (const environment of [{}, env]) {
        const agent = agentFor({ args: [...args, await configFile(bad)], env: environment });
        expect(await agent.ended).toEqual({ code: 78, signal: null });
        expect(agent.stderr.split('\n').length).toBeGreaterThan(10);
        expect(agent.stdout + agent.stderr).not.toContain(CANARY);
      }
    }
  });

  it('of a file that is no YAML at all', async () => {
    const file = join(await temporaryFolder(), 'fieldward.yaml');
    for (const text of [`a: [${CANARY}`, `${CANARY}: *${CANARY}`, `"${CANARY}`, `a: !${CANARY} b`, `- ${CANARY}\0`]) {
      await writeFile(file, text);
      const agent = agentFor({ args: ['check', file] });
      expect(await agent.ended).toEqual({ code: 78, signal: null });
      expect(agent.stdout + agent.stderr).not.toContain(CANARY);
    }
  });

  it('of a broker that can not be found or refuses us', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'password'), CANARY);
    await writeFile(join(folder, 'passwords'), '');
    const broker = await brokerFor({
      lines: [`password_file ${join(folder, 'passwords')}`, 'allow_anonymous false'],
    });
    for (const url of [broker.url, `mqtts://${CANARY}.invalid:8883`]) {
      const agent = agentFor({
        args: [
          'run',
          '--config',
          await configFile({
            gateway: 'system',
            mqtt: {
              url,
              username: CANARY,
              passwordFile: join(folder, 'password'),
              reconnectMinMs: 100,
              reconnectMaxMs: 1000,
            },
            buses: [rigBus('line', '/dev/serial/by-id/usb-none', [rigDevice(1)])],
          }),
        ],
      });
      await expect.poll(() => agent.stdout).toMatch(/link\/(credentials|refused|name|unreachable)/);
      expect(await agent.stop()).toEqual({ code: 0, signal: null });
      expect(agent.stdout + agent.stderr).not.toContain(CANARY);
    }
  });
});
