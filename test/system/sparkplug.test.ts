import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  temporaryFolder,
} from '../support/agent-process.ts';
import { sparkplugHost } from '../support/sparkplug-host.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const points = [
  { name: 'counter', register: 'holding', address: 0, type: 'uint16' },
  { name: 'mark', register: 'holding', address: 1, type: 'uint16', unit: 'V' },
  { name: 'level', register: 'holding', address: 4, type: 'uint16', writable: true, min: 0, max: 100, step: 5 },
];

interface Scene {
  readonly mqtt?: object;
  readonly sparkplug?: object;
  /** By default one, with the points above. */
  readonly devices?: readonly object[];
}

async function scene(more: Scene = {}) {
  const { devices = [rigDevice(1, { points })] } = more;
  const rig = await rigFor({ baud: 115_200, units: `1-${devices.length}` });
  const broker = await brokerFor();
  const host = await sparkplugHost(broker.url);
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const directory = await temporaryFolder();
  const config = await configFile({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000, ...more.mqtt },
    sparkplug: { groupId: 'Plant7', edgeNodeId: 'gw01', ...more.sparkplug },
    outbox: { directory: join(directory, 'outbox') },
    commands: { enabled: true, allow: ['read', 'write', 'restart'], directory: join(directory, 'commands') },
    buses: [rigBus('line', rig.links[0] ?? '', devices)],
  });
  const run = () => agentFor({ args: ['run', '--config', config] });
  /** The `bdSeq` of the newest message of a type. */
  const number = (type: string) =>
    host
      .said()
      .findLast((message) => message.type === type)
      ?.payload.metrics.find(({ name }) => name === 'bdSeq')?.value;
  const count = (type: string) => host.types().filter((each) => each === type).length;
  return { rig, broker, host, witness, run, number, count };
}

/** Readings of the counter that the outbox's own topic has between these two, and that came as Sparkplug data. */
function lives(mqttVersion: 4 | 5) {
  return async () => {
    const { host, run, number, count } = await scene({ mqtt: { protocolVersion: mqttVersion } });
    const first = run();
    await host.until('data', () => host.values('unit-1', 'counter').length > 3);
    expect(host.types().slice(0, 2)).toEqual(['NBIRTH', 'DBIRTH unit-1']);
    const born = Number(number('NBIRTH'));
    first.signal('SIGKILL');
    await host.until('its will', () => count('NDEATH') === 1);
    expect(number('NDEATH')).toBe(born);
    await first.ended;

    const second = run();
    await host.until('it is born anew', () => count('NBIRTH') === 2);
    expect(number('NBIRTH')).toBe((born + 1) % 256);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    await host.until('its goodbye', () => count('NDEATH') >= 2);
    expect(number('NDEATH')).toBe((born + 1) % 256);
    host.grade();
  };
}

it(
  'dies with a will when it is killed, counts its births over restarts, and says its death when it is stopped',
  lives(5),
);

it('does the same with MQTT 3.1.1', lives(4));

it('waits for its primary host, and sends what was read while that was away once, as historical', async () => {
  const { host, witness, run, count } = await scene({ sparkplug: { primaryHost: 'scada' } });
  await host.state(false, 1000);
  const agent = run();
  await witness.until('readings', () => witness.readings('unit-1').length > 20);
  expect(host.types()).toEqual([]);
  await host.state(true, 2000);
  await host.until('what waited and live data', () =>
    host.values('unit-1', 'counter').some(([, historical]) => !historical),
  );
  const waited = host.values('unit-1', 'counter').filter(([, historical]) => historical).length;
  expect(waited).toBeGreaterThan(20);

  await host.state(false, 3000);
  await host.until('its death', () => count('NDEATH') >= 1);
  const before = witness.readings('unit-1').length;
  await witness.until('readings without the host', () => witness.readings('unit-1').length > before + 20);
  await host.state(true, 4000);
  const more = () => host.values('unit-1', 'counter').filter(([, historical]) => historical).length - waited;
  await host.until('what waited', () => more() >= 20 && host.values('unit-1', 'counter').at(-1)?.[1] === false);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });

  // every reading up to the last that came is there once: by its value, which the device counts up, and its time
  const told = host.values('unit-1', 'counter').map(([value, , timestamp]) => `${value} ${timestamp}`);
  expect(new Set(told).size).toBe(told.length);
  const last = told.at(-1);
  const read = witness.readings('unit-1').map(({ at, values }) => `${values?.counter} ${Date.parse(at)}`);
  expect(told.toSorted()).toEqual(read.slice(0, read.indexOf(last ?? '') + 1).toSorted());
  host.grade();
});

it('writes what the host commands through every check, and tells what was read back', async () => {
  const { host, witness, rig, run } = await scene();
  run();
  await host.until('data', () => host.values('unit-1', 'counter').length > 3);
  await host.write('unit-1', [{ name: 'level', type: 'UInt16', value: 45 }]);
  await host.until('the value', () => host.values('unit-1', 'level').some(([value]) => value === 45));
  await host.write('unit-1', [{ name: 'level', type: 'UInt16', value: 46 }]);
  await host.write('unit-1', [{ name: 'mark', type: 'UInt16', value: 1 }]);
  await host.write('unit-1', [{ name: '__proto__', type: 'UInt16', value: 1 }]);
  await host.write('unit-1', [{ name: 'level', type: 'String', value: '45' }]);
  const refused = async () => Number((await askOf(witness, 'command/status')).values.commands.refused);
  await host.until('all of them were refused', async () => (await refused()) >= 4);
  const written = (await rig.transactions()).filter((each) => [5, 6, 15, 16].includes(each.function));
  expect(written.map(({ address, quantity }) => [address, quantity])).toEqual([[4, 45]]);
  host.grade();
});

it('is born anew in a storm of requests now and then, and goes on with its data', async () => {
  const { host, run, count } = await scene();
  run();
  await host.until('data', () => host.values('unit-1', 'counter').length > 3);
  for (let asked = 0; asked < 300; asked += 1) {
    await host.rebirth();
    if (asked % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const births = count('NBIRTH');
  await host.until('the last one', () => count('NBIRTH') > births);
  const seen = host.values('unit-1', 'counter').length;
  await host.until('data', () => host.values('unit-1', 'counter').length > seen + 10);
  // 10 s of asking, and one birth for each 5 s of them; a slow machine asks for longer
  expect(births).toBeGreaterThan(1);
  const times = host
    .said()
    .filter(({ type }) => type === 'NBIRTH')
    .map(({ payload }) => payload.timestamp ?? 0);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4990);
  host.grade();
});

it('comes back after a broker that died or stood still, with a new number, and loses no reading that it had not sent', async () => {
  const { host, broker, run, count, number } = await scene({ mqtt: { keepaliveMs: 5000 } });
  const agent = run();
  await host.until('data', () => host.values('unit-1', 'counter').length > 3);
  const born = Number(number('NBIRTH'));
  await broker.kill();
  await broker.start();
  await host.hears();
  await host.until('it is born anew', () => count('NBIRTH') >= 2);
  expect((Number(number('NBIRTH')) - born + 256) % 256).toBeGreaterThan(0);
  await host.until('live data', () => host.values('unit-1', 'counter').at(-1)?.[1] === false);

  const thawed = number('NBIRTH');
  process.kill(broker.pid ?? 0, 'SIGSTOP');
  const losses = () => agent.stdout.split('"event":"broker not connected"').length;
  const before = losses();
  await host.until('both connections have noticed', () => losses() >= before + 2);
  process.kill(broker.pid ?? 0, 'SIGCONT');
  await host.until('it is born anew', () => number('NBIRTH') !== thawed);
  await host.until('live data', () => host.values('unit-1', 'counter').at(-1)?.[1] === false);
});

it('tells 100 devices with 50 points each, and each of their readings', async () => {
  const many = Array.from({ length: 50 }, (_, address) => {
    return { name: `r${address}`, register: 'holding', address, type: 'uint16' };
  });
  const devices = Array.from({ length: 100 }, (_, at) => rigDevice(at + 1, { points: many, pollMs: 0 }));
  const { host, run } = await scene({ devices });
  const agent = run();
  const told = (type: string) => new Set(host.types().filter((each) => each.startsWith(`${type} `)));
  await host.until('all are born', () => told('DBIRTH').size === 100);
  await host.until('all have told data', () => told('DDATA').size === 100);
  const births = host.said().filter(({ type }) => type === 'DBIRTH');
  for (const { payload } of births) expect(payload.metrics).toHaveLength(50);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  host.grade();
});
