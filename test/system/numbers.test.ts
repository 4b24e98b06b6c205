import { expect, it } from 'vitest';
import { agentFor, brokerFor, configFile, rigBus, rigDevice, rigFor } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';
import { witnessOf } from '../support/witness.ts';

const holding = (name: string, address: number, more: object) => ({ name, register: 'holding', address, ...more });
const free = { writable: true, min: 0, max: 1e12 };

const MOST = '0x7FFFFFFFFFFFFFFF';
const POINTS = [
  holding('big', 4, { type: 'float32', ...free }),
  holding('double', 8, { type: 'float64', ...free }),
  holding('high', 12, { type: 'uint32', ...free }),
  holding('low', 14, { type: 'uint32', ...free }),
  holding('wide', 12, { type: 'int64', errorValue: MOST }),
  holding('plain', 12, { type: 'int64' }),
  holding('guarded', 16, { type: 'uint16', ...free, writableWhen: { point: 'plain', equals: 0 } }),
  holding('swapped', 4, { type: 'float32', wordOrder: 'little' }),
];

/** JSON as YAML: a number that JSON.stringify can't write is put in afterwards. */
function exactly(text: string): string {
  return text.replace('"equals": 0', `"equals": ${MOST}`);
}

async function staged() {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const buses = [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points: POINTS })])];
  const commands = { enabled: true, allow: ['read', 'write'] };
  const config = { gateway: 'system', mqtt: { url: broker.url }, commands, buses };
  const file = await configFile(config, undefined, exactly);
  return { broker, witness, file };
}

it('keeps every digit, from the registers to the command line', async () => {
  const { broker, witness, file } = await staged();
  const agent = agentFor({ args: ['run', '--config', file] });
  await witness.until('online', () => witness.latest('unit-1/availability') === 'online');
  const ctl = async (line: string) => {
    const program = toolFor({ args: ['ctl', 'system', ...line.split(' '), '--url', broker.url] });
    const { code } = await program.ended;
    return { code, out: program.stdout, err: program.stderr };
  };
  const big = await ctl('write unit-1 big=12345678.91');
  expect(big).toMatchObject({ code: 0, out: expect.stringMatching(/^verified .*\n {2}big {2}12345679\n$/s) });
  const double = await ctl('write unit-1 double=12345678.91');
  expect(double.out).toMatch(/^verified .*\n {2}double {2}12345678\.91\n$/s);
  const lost = await ctl('write unit-1 double=9007199254740993');
  expect(lost).toMatchObject({ code: 64, err: expect.stringContaining('more digits than can be kept') });

  await ctl('write unit-1 high=2147483647 low=4294967040');
  expect((await ctl('read unit-1 wide --json')).out).toContain('"wide":9223372036854776000');
  expect(await ctl('write unit-1 guarded=1')).toMatchObject({ err: expect.stringContaining('command/interlock') });
  await ctl('write unit-1 low=4294967295');
  expect((await ctl('read unit-1 wide --json')).out).toContain('"wide":null');
  expect(await ctl('write unit-1 guarded=1')).toMatchObject({ code: 0, out: expect.stringMatching(/^verified/) });
  await ctl('write unit-1 big=230.1');
  await agent.stop();

  const poll = toolFor({ args: ['poll', 'unit-1', '--once', '--config', file] });
  expect(await poll.ended).toEqual({ code: 0, signal: null });
  expect(poll.stdout).toMatch(/\n {2}big +230\.1\n/);
  expect(poll.stderr).toMatch(/^swapped: looks like swapped words: try wordOrder: big\. /);
  const json = toolFor({ args: ['poll', 'unit-1', '--once', '--json', '--config', file] });
  await json.ended;
  expect(JSON.parse(json.stdout)).toMatchObject({ remarks: { swapped: expect.stringContaining('wordOrder: big') } });

  const raw = toolFor({ args: ['poll', 'unit-1', 'swapped', '--raw', '--config', file] });
  expect(await raw.ended).toEqual({ code: 0, signal: null });
  expect(raw.stdout).toMatch(/\nswapped: holding 4: float32, wordOrder: little\n +from 3 +from 4 +from 5\n/);
  expect(raw.stdout).toMatch(/\n {2}registers +[\dA-F]{4} 4366 +4366 199A +199A [\dA-F]{4}\n/);
  expect(raw.stdout).toMatch(/\n {2}float32 +\S+ +230\.1 +\S+\n/);
  expect(raw.stdout).toMatch(/\n\* float32, wordOrder: little +/);
  expect(raw.stderr).toMatch(/swapped: usual numbers come as: float32 from 4/);
  const unknown = toolFor({ args: ['poll', 'unit-1', 'nothing', '--raw', '--config', file] });
  expect(await unknown.ended).toEqual({ code: 64, signal: null });
  const named = toolFor({ args: ['poll', 'unit-1', 'big', '--config', file] });
  expect(await named.ended).toEqual({ code: 64, signal: null });
});
