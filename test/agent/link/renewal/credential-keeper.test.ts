import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClockState } from '../../../../agent/clock/clock.ts';
import type { Credentials } from '../../../../agent/link/connection/credentials.ts';
import { CredentialKeeper } from '../../../../agent/link/renewal/credential-keeper.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { makeCertificates, type Pair } from '../../../support/certificates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { newFolder } from '../../../support/folder.ts';

const DAY = 86_400_000;
const made = makeCertificates(await newFolder());
const renewed = made.clientFor(200);
let folder: string;
let clock: FakeClock;
let state: ClockState;
let lines: string[];
let stop: AbortController;

const path = (name: string) => join(folder, name);
const put = ({ cert, key }: Pair) => {
  copyFileSync(cert, path('cert'));
  copyFileSync(key, path('key'));
};

beforeEach(async () => {
  folder = await newFolder();
  clock = new FakeClock(Date.now());
  state = 'synchronized';
  lines = [];
  stop = new AbortController();
  copyFileSync(made.ca, path('ca'));
  put(made.client);
});

function keeper(): CredentialKeeper {
  const note = (event: string, _facts?: unknown, fault?: { code: string }) =>
    void lines.push(`${event} ${fault?.code}`);
  const log = { ...silentLog, warn: note };
  const files = { caFile: path('ca'), certFile: path('cert'), keyFile: path('key') };
  return new CredentialKeeper(files, { clock, log, clockState: () => state });
}

/** As a connection does. */
async function connected(one: CredentialKeeper): Promise<Credentials> {
  const credentials = await one.load(true);
  one.accepted(true, credentials);
  return credentials;
}

const LOOK = 3_000;

/** Lets the looks of so long happen. Each waits for the file system, which the clock knows nothing of. */
async function pass(milliseconds: number, isOver = () => false): Promise<void> {
  const isWaiting = () => isOver() || (clock.nextAt ?? 0) - clock.now() === LOOK;
  for (let look = 0; look < milliseconds / LOOK && !isOver(); look += 1) {
    await expect.poll(isWaiting, { interval: 1 }).toBe(true);
    if (!isOver()) await clock.advance(LOOK);
  }
  await expect.poll(isWaiting, { interval: 1 }).toBe(true);
}

interface Watched {
  readonly trials: () => number;
  readonly taken: () => boolean;
}

function watch(one: CredentialKeeper, fits = true): Watched {
  let [trials, taken] = [0, false];
  const trial = async () => {
    trials += 1;
    return fits;
  };
  one.renewed(trial, stop.signal).then(
    () => {
      taken = true;
    },
    () => {},
  );
  return { trials: () => trials, taken: () => taken };
}

const MINUTE = 60_000;

describe('files that were renewed', () => {
  it('are taken on once they are whole, and never before a second look', async () => {
    const one = keeper();
    await connected(one);
    const { trials, taken } = watch(one);
    await pass(MINUTE);
    expect(trials()).toBe(0);
    put(renewed);
    await pass(LOOK);
    expect(taken()).toBe(false);
    await pass(MINUTE, taken);
    expect(taken()).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, () => void]>([
    ['a key that belongs to another certificate', () => copyFileSync(renewed.key, path('key'))],
    ['half a certificate', () => writeFileSync(path('cert'), readFileSync(made.client.cert).subarray(0, 300))],
    ['no key any more', () => rmSync(path('key'))],
    ['a certificate that has expired', () => put(made.expired)],
    ['an authority that is cut off behind a whole one', () => writeFileSync(path('ca'), CUT)],
  ])('are refused and told once with %s, and the old ones serve the next attempt too', async (_, damage) => {
    const one = keeper();
    const { mark } = await connected(one);
    const { taken, trials } = watch(one);
    damage();
    await pass(20 * MINUTE);
    expect([taken(), trials()]).toEqual([false, 0]);
    expect(one.status().fault?.code).toBe('link/certificate-refused');
    expect(lines).toEqual(['renewed certificates refused link/certificate-refused']);
    if (_ !== 'a certificate that has expired') expect((await one.load(true)).mark).toBe(mark);

    // and as soon as they are mended
    copyFileSync(made.ca, path('ca'));
    put(renewed);
    await pass(MINUTE, taken);
    expect(taken()).toBe(true);
    await one.load(true);
    expect(one.status().fault).toBeNull();
  });

  it('are refused while the broker does not take them, and tried again every five minutes', async () => {
    const one = keeper();
    await connected(one);
    const { taken, trials } = watch(one, false);
    put(renewed);
    await pass(MINUTE);
    expect([taken(), trials()]).toEqual([false, 1]);
    await pass(11 * MINUTE);
    expect(trials()).toBe(3);
  });

  it('are no substitute where no broker ever took them', async () => {
    const one = keeper();
    await one.load(true);
    rmSync(path('key'));
    await expect(one.load(true)).rejects.toMatchObject({ code: 'config/credential' });
  });

  it('are left alone where they hold what they held', async () => {
    const one = keeper();
    await connected(one);
    const { taken, trials } = watch(one);
    put(made.client);
    await pass(20 * MINUTE);
    expect([taken(), trials(), one.status().fault]).toEqual([false, 0, null]);
    stop.abort();
  });
});

describe('the days that are left', () => {
  it('are those of whatever ends first, also of the broker’s chain', async () => {
    const one = keeper();
    expect(one.status()).toEqual({ daysLeft: null, fault: null });
    await one.load(true);
    expect(one.status().daysLeft).toBe(29);
    one.seen(clock.wall() + 20.5 * DAY);
    expect(one.status()).toEqual({ daysLeft: 20, fault: null });
    one.seen(undefined);
    expect(one.status().daysLeft).toBe(29);
  });

  it('are a fault below 14, told once a day while the connection lasts', async () => {
    const one = keeper();
    await one.load(true);
    const end = clock.wall() + 14 * DAY;
    one.seen(end);
    expect(one.status()).toEqual({ daysLeft: 14, fault: null });
    await clock.advance(1000);
    expect(one.status()).toMatchObject({ daysLeft: 13, fault: { code: 'link/certificate-ends' } });
    watch(one);
    await pass(MINUTE);
    expect(lines).toEqual(['certificate ends link/certificate-ends']);
    stop.abort();
    await clock.advance(DAY);
    one.seen(end);
    one.seen(end);
    expect(lines).toHaveLength(2);
  });

  it('are below 0 once one has expired, and the clock is named where it is known to be wrong', async () => {
    const one = keeper();
    await one.load(true);
    clock.setWall(Date.now() + 40 * DAY);
    expect(one.status()).toMatchObject({ daysLeft: -11, fault: { code: 'link/certificate-over' } });
    state = 'unsynchronized';
    expect(one.status()).toMatchObject({ daysLeft: -11, fault: { code: 'link/certificate-clock' } });
  });
});

const CUT = Buffer.concat([readFileSync(made.ca), readFileSync(made.otherCa).subarray(0, 300)]);
