import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { AuditJournal } from '../../../agent/audit/journal.ts';
import { LedgerJournal } from '../../../agent/command/ledger/journal.ts';
import { WriteRules } from '../../../agent/command/write/rules.ts';
import { DISK } from '../../../agent/files/disk.ts';
import { DiskGate, DiskGates, deviceOf, gated, readMounts } from '../../../agent/files/disk-gate.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { Sequence } from '../../../agent/sequence/sequence.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { newFolder } from '../../support/folder.ts';
import { never, rig } from '../outbox/disk/disk-rig.ts';
import { MemoryDisk } from '../outbox/memory-disk.ts';

const MOUNTS = `22 1 8:2 / / rw - ext4 /dev/sda2 rw
30 22 0:25 / /run rw - tmpfs tmpfs rw
31 22 179:1 /x /var/lib rw - ext4 /dev/mmcblk0p1 rw
32 31 8:17 / /var/lib/my\\040disk rw - ext4 /dev/sdb1 rw
33 31 8:33 / /var/lib/over rw - ext4 /dev/sdc1 rw
34 33 8:49 / /var/lib/over rw - ext4 /dev/sdd1 rw
`;

/** A gate that somebody holds until told. */
function held(): { readonly gate: DiskGate; open: () => void } {
  const gate = new DiskGate();
  let open = () => {};
  const work = new Promise<void>((resolve) => {
    open = resolve;
  });
  void gate.run(() => work);
  return { gate, open };
}

describe('a gate before a file system', () => {
  it('lets one through at a time, in order, also after one that failed', async () => {
    const gate = new DiskGate();
    const order: string[] = [];
    const work = (name: string, fails: boolean) =>
      gate.run(async () => {
        order.push(`${name} begins`);
        await settle();
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const all = await Promise.allSettled([work('one', true), work('two', false), work('three', false)]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
  });

  it.each([
    ['/etc/fieldward', '8:2'],
    ['/run/fieldward', '0:25'],
    ['/running', '8:2'],
    ['/var/lib', '179:1'],
    ['/var/lib/fieldward/outbox', '179:1'],
    ['/var/lib/my disk/outbox', '8:17'],
    ['/var/lib/over/outbox', '8:49'],
  ])('is found by the device number of what is mounted there: %s', (path, device) => {
    expect(deviceOf(path, MOUNTS)).toBe(device);
  });

  it('is one for what lies on one disk, and another for another', () => {
    const gates = new DiskGates(MOUNTS);
    expect(gates.at('/var/lib/fieldward/outbox')).toBe(gates.at('/var/lib/fieldward/commands'));
    expect(gates.at('/var/lib/fieldward')).not.toBe(gates.at('/run/fieldward'));
    const blind = new DiskGates('');
    expect(blind.at('/a')).toBe(blind.at('/b'));
  });

  it('knows the device numbers of this machine', () => {
    const { dev } = statSync('/proc');
    expect(deviceOf('/proc/self', readMounts())).toBe(`${(dev >> 8) & 0xfff}:${dev & 0xff}`);
  });

  it('keeps names and ports going while a disk hangs under everything that is kept', async () => {
    const folder = await newFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const gate = new DiskGate();
    // an open that waits for the other end of a pipe keeps its thread, as a hung disk does; Node has four
    const hung = Array.from({ length: 8 }, () => gate.run(() => open(pipe, 'r')));
    await Promise.all(Array.from({ length: 20 }, () => stat('/')));
    const isOver = Promise.allSettled(hung);
    // lets them go one after the other
    const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    for (const each of await isOver) if (each.status === 'fulfilled') await each.value.close();
    closeSync(end);
  });

  it('is what each call of the outbox waits at', async () => {
    const { gate, open: letGo } = held();
    const disk = new MemoryDisk();
    const all = rig({ disk: gated(disk, gate) as MemoryDisk });
    const opening = all.outbox.open(never);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(disk.calls).toBe(0);
    let underWay = 0;
    let most = 0;
    disk.before = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await settle();
      underWay -= 1;
    };
    letGo();
    await opening;
    expect(disk.calls).toBeGreaterThan(3);
    expect(most).toBe(1);
  });

  it('is what sequence, ledger, audit and the counts of writes wait at', async () => {
    const { gate, open: letGo } = held();
    const folder = await newFolder();
    const [clock, log] = [new FakeClock(), silentLog];
    const at = (name: string) => join(folder, name);
    const point = { name: 'p', type: 'number', writable: true, dailyWrites: 5 } as const;
    const sequence = new Sequence({ directory: at('sequence'), clock, log, gate });
    const ledger = new LedgerJournal({ directory: at('ledger'), maxAgeMs: 30_000, clock, log, gate });
    const audit = new AuditJournal({ directory: at('audit'), maxBytes: 1_048_576, clock, log, gate });
    const guard = new WriteRules({
      devices: [{ id: 'd', points: [point] }],
      clock,
      log,
      directory: at('writes'),
      gate,
    });
    const opening = Promise.all([sequence.open(never), ledger.open(never), audit.open(never), guard.open(never)]);
    // long enough for a call that does not wait: this one takes the same way
    await stat(folder);
    await stat(folder);
    expect(readdirSync(folder)).toEqual([]);
    expect(sequence.durable).toBe(false);
    letGo();
    await opening;
    await vi.waitUntil(() => ledger.durable && audit.status().durable);
    expect(sequence.durable).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['audit', 'ledger', 'sequence']);
    await Promise.all([sequence.close(never), ledger.close(never), audit.close(never)]);
  });

  it('changes nothing of what the disk does', async () => {
    const folder = await newFolder();
    const disk = gated(DISK, new DiskGate());
    const file = await disk.open(join(folder, 'a'), 'make');
    expect(await file.write(Buffer.from('abcdef'), 0)).toBe(6);
    await file.sync();
    await file.truncate(3);
    expect([await file.size(), await file.isAt(join(folder, 'a')), await file.isAt(folder)]).toEqual([3, true, false]);
    await disk.rename(join(folder, 'a'), join(folder, 'b'));
    expect(await file.isAt(join(folder, 'a'))).toBe(false);
    const into = Buffer.alloc(8);
    expect([await file.read(into, 1), into.toString('latin1', 0, 2)]).toEqual([2, 'bc']);
    await file.close();
    await disk.mkdir(join(folder, 'c'));
    await disk.syncFolder(folder);
    expect((await disk.readdir(folder)).sort()).toEqual(['b', 'c']);
    await disk.unlink(join(folder, 'b'));
    await expect(disk.open(join(folder, 'b'), 'read')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
