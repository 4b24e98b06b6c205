import { describe, expect, it } from 'vitest';
import { readArguments, USAGE } from '../../scripts/bench-program/arguments.ts';
import { CASES } from '../../scripts/bench-program/cases/cases.ts';
import { pollsPerS } from '../../scripts/bench-program/cases/commands-case.ts';
import { cost } from '../../scripts/bench-program/cases/dead-case.ts';
import { against } from '../../scripts/bench-program/cases/lines-case.ts';
import { floodMessage } from '../../scripts/bench-program/command-flood.ts';
import { latenciesToWire, type Sent } from '../../scripts/bench-program/commander.ts';
import { ratios } from '../../scripts/bench-program/figures.ts';
import { sweepEnds } from '../../scripts/bench-program/freshness.ts';
import { readMeterMap } from '../../scripts/bench-program/meter-map.ts';
import { planFor } from '../../scripts/bench-program/peers.ts';
import { holdingRegisters, withoutHoles } from '../../scripts/bench-program/quantity.ts';
import { deviceId, deviceOf } from '../../scripts/bench-program/subject.ts';
import { body, head, json } from '../../scripts/bench-program/table.ts';

describe('the arguments of the bench', () => {
  it('are one line at its speeds where nothing is said', () => {
    const { cases, bauds, seconds, peers } = readArguments([]);
    expect(cases.map(({ name }) => name)).toEqual(['line']);
    expect({ bauds, seconds, peers }).toEqual({ bauds: undefined, seconds: 20, peers: false });
  });

  it('name cases and speeds', () => {
    const { cases, bauds } = readArguments(['--case', 'dead,line', '--baud', '9600,115200']);
    expect(cases.map(({ name }) => name)).toEqual(['line', 'dead']);
    expect(bauds).toEqual([9600, 115_200]);
    expect(readArguments(['--case', 'all']).cases).toEqual(CASES);
  });

  it('leave each case its own time to warm up, but where one is given', () => {
    expect(readArguments([])).not.toHaveProperty('warmUpS');
    expect(readArguments(['--warm-up', '60']).warmUpS).toBe(60);
  });

  it.each([
    ['--case', 'lin'],
    ['--case', ''],
    ['--baud', '9600,'],
    ['--baud', '1e4'],
    ['--seconds', '0'],
    ['--warm-up', '-1'],
    ['--second', '1'],
    ['stray'],
  ])('refuse %s %s', (...args) => {
    expect(() => readArguments(args)).toThrow();
  });

  it('are all told', () => {
    for (const { name } of CASES) expect(USAGE).toContain(`    ${name} `);
  });
});

describe('the meter of the bench', () => {
  it('has 40 points in 15 runs without a hole, none over another', async () => {
    const { quantities, maxRegisters } = await readMeterMap();
    expect(quantities).toHaveLength(40);
    const groups = withoutHoles(quantities, maxRegisters);
    expect(groups).toHaveLength(15);
    expect(groups.flat()).toEqual(quantities);
    const addresses = quantities.flatMap(({ address }) => [address, address + 1]);
    expect(new Set(addresses).size).toBe(80);
  });
});

describe('the plan of a peer', () => {
  const [first, second, , fourth] = holdingRegisters(4);
  const quantities = [first, second, fourth].filter((each) => each !== undefined);

  it('has a request for each point', () => {
    expect(planFor({ units: [5], quantities, options: {} }, 'points').split('\n')).toEqual([
      '5 3 0 1 uint16 peer/bench/line-0-unit-5/readings r0',
      '5 3 1 1 uint16 peer/bench/line-0-unit-5/readings r1',
      '5 3 3 1 uint16 peer/bench/line-0-unit-5/readings r3',
      '',
    ]);
  });

  it('or one for each run of points, unit after unit', () => {
    expect(planFor({ units: [5, 6], quantities, options: {} }, 'groups').split('\n')).toEqual([
      '5 3 0 2 uint16 peer/bench/line-0-unit-5/readings r0,r1',
      '5 3 3 1 uint16 peer/bench/line-0-unit-5/readings r3',
      '6 3 0 2 uint16 peer/bench/line-0-unit-6/readings r0,r1',
      '6 3 3 1 uint16 peer/bench/line-0-unit-6/readings r3',
      '',
    ]);
  });

  it('asks for no more at once than the device allows', () => {
    expect(withoutHoles(holdingRegisters(10), 4).map((group) => group.length)).toEqual([4, 4, 2]);
  });
});

it('a device is found by the topic of its readings', () => {
  expect(deviceOf(`any/bench/${deviceId(11, 7)}/readings`)).toEqual({ line: 11, unit: 7 });
  expect(deviceOf('fieldward/bench/status')).toBeUndefined();
});

it('a sweep ends when every value has come anew', () => {
  const came = ['a', 'b', 'a', 'c', 'b', 'c', 'a'].map((name, index) => ({
    line: 0,
    unit: 1,
    values: { [name]: 1 },
    atNs: BigInt(index),
  }));
  expect(sweepEnds(came, 3)).toEqual([3n, 6n]);
  expect(sweepEnds(came, 4)).toEqual([]);
});

it('lines are held against the one line of the same run', () => {
  const one = { lines: 1, shareOfLimit: 0.5, leastShareOfLimit: 0.5, rssMiB: 60 };
  const many = { lines: 8, shareOfLimit: 0.375, leastShareOfLimit: 0.25, rssMiB: 74 };
  expect(against(one, one)).toEqual({ ofOneLine: 1, leastOfOneLine: 1 });
  expect(against(one, many)).toEqual({ ofOneLine: 0.75, leastOfOneLine: 0.5, rssMiBPerFurtherLine: 2 });
});

it('dead units cost what the living ones lose', () => {
  const figures = cost({ pollsPerS: 128 }, { pollsPerS: 124, probes: 5, seconds: 16 });
  expect(figures).toEqual({ ofWithoutDead: 0.968_75, lostMsPerS: 31.25, lostMsPerProbe: 100 });
  expect(cost({ pollsPerS: 100 }, { pollsPerS: 100, probes: 0, seconds: 20 })).not.toHaveProperty('lostMsPerProbe');
});

describe('a command', () => {
  const asked = { line: 0, counter: 1, unit: 3, function: 3, address: 9, quantity: 1, answerEndNs: 0n, what: 'ok' };
  const read: Sent = { kind: 'read', unit: 3, publishedNs: 5_000_000n, repliedNs: 30_000_000n, outcome: 'done' };
  const log = [
    { ...asked, requestEndNs: 4_000_000n },
    { ...asked, requestEndNs: 10_000_000n, address: 0, quantity: 10 },
    { ...asked, requestEndNs: 11_000_000n, unit: 2 },
    { ...asked, requestEndNs: 12_000_000n },
    { ...asked, requestEndNs: 20_000_000n, function: 6, quantity: 777 },
  ];

  it('is on the wire with the first byte of its own request, which is no poll', () => {
    expect(latenciesToWire([read], 'read', log, 4_000_000)).toEqual([3]);
    expect(latenciesToWire([{ ...read, kind: 'write' }], 'write', log, 4_000_000)).toEqual([11]);
  });

  it('has no latency where it never was', () => {
    expect(latenciesToWire([{ ...read, unit: 7 }], 'read', log, 4_000_000)).toEqual([]);
    expect(latenciesToWire([{ ...read, repliedNs: 11_500_000n }], 'read', log, 4_000_000)).toEqual([]);
  });

  it('is no poll', () => {
    const poll = { ...asked, address: 0, quantity: 10, requestEndNs: 1n };
    const answered = [500_000_000n, 1_500_000_000n, 2_500_000_000n].map((answerEndNs) => ({ ...poll, answerEndNs }));
    const failed = { ...poll, answerEndNs: 600_000_000n, what: 'badcrc' };
    const command = { ...asked, answerEndNs: 700_000_000n, requestEndNs: 1n };
    expect(pollsPerS([...answered, failed, command], 0n, 2)).toBe(1);
  });
});

it('a flood has a fifth each of reads, unknown, expired, badly signed and repeated commands', () => {
  const devices = ['one', 'two'];
  const setup = { url: '', root: 'a/b', devices, point: 'p', keyId: 'k', perS: 1, seconds: 1 };
  const [read, unknown, expired, signed, copy] = [5, 6, 7, 8, 9].map((index) => floodMessage(setup, index, 0));
  expect(read?.topic).toBe('a/b/two/command/read');
  expect(JSON.parse(read?.payload ?? '')).toMatchObject({
    expiresAt: '1970-01-01T00:00:10.000Z',
    args: { points: ['p'] },
  });
  expect(unknown?.topic).toBe('a/b/two/command/fire');
  expect(JSON.parse(expired?.payload ?? '')).toMatchObject({ expiresAt: '1969-12-31T23:59:59.000Z' });
  expect(signed?.payload).toMatch(/^e[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/);
  expect(copy).toEqual(read);
});

describe('what the bench prints', () => {
  const [line] = CASES;
  if (line === undefined) throw new Error('there is a case');
  const theirs = { pollsPerS: 50, rssMiB: 0 };
  const compared = ratios({ pollsPerS: 100, rssMiB: 10 }, theirs, ['pollsPerS', 'rssMiB', 'stray']);
  const row = { case: 'line', subject: 'c', baud: 9600, figures: theirs, ratios: compared };

  it('has only ratios that there are', () => {
    expect(compared).toEqual({ pollsPerS: 2 });
  });

  it('has a line for a row and one for its ratios, under the heads', () => {
    const [above, names, end] = head(line).trimStart().split('\n');
    expect([above, end]).toEqual([`line: ${line.summary}`, '']);
    const [measured, ratio] = body(line, row).split('\n');
    expect(measured).toHaveLength(names?.length ?? 0);
    expect(measured).toMatch(/^c +9600 +50\.00 /);
    expect(ratio).toBe('  fieldward is                 ×2.00');
    expect(body(line, { ...row, ratios: undefined }).split('\n')).toHaveLength(2);
  });

  it('is one flat object for a program', () => {
    expect(JSON.parse(json(row))).toEqual({
      case: 'line',
      subject: 'c',
      baud: 9600,
      pollsPerS: 50,
      rssMiB: 0,
      fieldwardRatios: { pollsPerS: 2 },
    });
  });
});
