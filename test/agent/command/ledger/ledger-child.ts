import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { SystemClock } from '../../../../agent/clock/system-clock.ts';
import { LedgerJournal } from '../../../../agent/command/ledger/journal.ts';
import { Ledger } from '../../../../agent/command/ledger/ledger.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import type { Fault } from '../../../../drivers/contract/fault.ts';

/** A process that records ids as fast as it can, four at a time, and says each one once it is recorded, until it is killed. */
const [directory = '', name = '', fileBytes = ''] = argv.slice(2);
const clock = new SystemClock();
const journal = new LedgerJournal({
  directory,
  maxAgeMs: 600_000,
  clock,
  log: silentLog,
  fileBytes: Number(fileBytes),
});
const ledger = new Ledger(600_000, { journal, limit: { entries: 100_000, length: 1_000_000_000 } });
await ledger.restore(new AbortController().signal);
writeSync(1, `restored\n`);

async function lane(lane: number): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    const id = `${name}.${lane}.${i}`;
    ledger.open(id, clock.wall() + 600_000, { now: clock.now(), wall: clock.wall() });
    await ledger.record(id);
    writeSync(1, `${id}\n`);
    ledger.settle(id, JSON.stringify({ id, outcome: 'applied', values: { text: 'x'.repeat(i % 300) } }), clock.now());
  }
}

await Promise.all([0, 1, 2, 3].map(lane)).catch((thrown: Fault) => writeSync(1, `${thrown.code}\n`));
