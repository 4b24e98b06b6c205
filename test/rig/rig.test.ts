import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { SerialPort } from 'serialport';
import { afterEach, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { parseLog, type Rig, startRig } from '../support/rig.ts';

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

/** Holding registers 0 and 1 of unit 1. */
const REQUEST = Buffer.from('010300000002c40b', 'hex');

describe('the rig', () => {
  it('answers on each of its lines, logs what it served, and counts from zero', async () => {
    rig = await startRig({ baud: 115_200, units: '1-2', lines: 2 });
    expect(rig.links).toHaveLength(2);
    const answer = await ask(rig.links[1] ?? '', REQUEST, 9);
    expect(answer.subarray(0, 3).toString('hex')).toBe('010304');
    const [transaction] = await rig.transactions();
    expect(transaction).toMatchObject({ line: 1, unit: 1, function: 3, address: 0, quantity: 2, what: 'ok' });
    expect(answer.readUInt16BE(3)).toBe(transaction?.counter);
    expect(answer.readUInt16BE(5)).toBe((1 << 8) | 1);
    expect(transaction?.answerEndNs).toBeGreaterThan(transaction?.requestEndNs ?? 0n);
    expect((await rig.summary()).lines[1]).toMatchObject({ requests: 1, responses: 1, t35_violations: 0 });
    await rig.zero();
    expect((await rig.summary()).lines[1]).toMatchObject({ requests: 0, responses: 0 });
  });

  it('hangs up and comes back under the same name', async () => {
    rig = await startRig({ baud: 115_200, units: '1', options: { 'recreate-ms': 100 } });
    const link = rig.links[0] ?? '';
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link)).toMatch(/^\/dev\/pts\//);
    rig.hangUp();
    await until(() => !existsSync(link));
    await until(() => existsSync(link));
    expect((await ask(link, REQUEST, 9)).length).toBe(9);
    expect((await rig.stop()).lines[0]?.hangups).toBe(1);
    expect(existsSync(link)).toBe(false);
  });

  it('injects the faults that it is told to', async () => {
    const dropping = await startRig({ baud: 115_200, units: '1', options: { drop: 1 } });
    rig = dropping;
    // the rig has judged the request once it logs it, and nothing came until then
    const judged = async () => (await dropping.transactions()).length > 0;
    expect((await ask(dropping.links[0] ?? '', REQUEST, judged)).length).toBe(0);
    expect((await dropping.transactions())[0]?.what).toBe('drop');
  });

  it('refuses to start with an option that there is none of', async () => {
    await expect(startRig({ baud: 115_200, units: '1', options: { surely: 1 } })).rejects.toThrow('did not start');
  });
});

it('reads a log that ends in the middle of a row', () => {
  const rows = 'head\n0,7,3,3,0,10,1000,2000,3000,4000,-1,25,ok\n0,8,3,3,0';
  expect(parseLog(rows)).toEqual([
    {
      line: 0,
      counter: 7,
      unit: 3,
      function: 3,
      address: 0,
      quantity: 10,
      requestEndNs: 2000n,
      answerEndNs: 4000n,
      what: 'ok',
    },
  ]);
});

/** @param enough how many bytes are waited for, or until when */
async function ask(path: string, request: Buffer, enough: number | (() => Promise<boolean>)): Promise<Buffer> {
  const port = new SerialPort({ path, baudRate: 115_200, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  try {
    let received = Buffer.alloc(0);
    port.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
    });
    port.write(request);
    await until(typeof enough === 'number' ? () => received.length >= enough : enough);
    return received;
  } finally {
    await new Promise<void>((resolve) => port.close(() => resolve()));
  }
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  const give = performance.now() + PATIENCE_MS;
  while (!(await met())) {
    if (performance.now() > give) throw new Error('no answer');
    await wait(5);
  }
}
