import { join } from 'node:path';
import type { OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { type Store, SYNC_EVERY } from './store.ts';

/** The used part of `node:sqlite`. Node 20 does not have it, and its types are not here. */
interface Statement {
  run(...values: readonly (string | number)[]): unknown;
  get(...values: readonly (string | number)[]): unknown;
  all(...values: readonly (string | number)[]): unknown[];
}
interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}
interface Sqlite {
  readonly DatabaseSync: new (path: string) => Database;
}

/**
 * SQLite as a careful user writes an outbox on it: a table by number, in one transaction for each interval, which a
 * write-ahead log with full synchronisation has on disk when it is committed. The count of held records lies in a row
 * of its own.
 */
export function sqliteStore(directory: string): Store {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite') as unknown as Sqlite;
  const db = new DatabaseSync(join(directory, 'outbox.sqlite'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE IF NOT EXISTS reading (seq INTEGER PRIMARY KEY, device TEXT, payload TEXT) STRICT');
  db.exec('CREATE TABLE IF NOT EXISTS held (count INTEGER, through INTEGER) STRICT');
  const insert = db.prepare('INSERT INTO reading VALUES (?, ?, ?)');
  const select = db.prepare('SELECT seq, device, payload FROM reading WHERE seq > ? ORDER BY seq LIMIT ?');
  const forget = db.prepare('DELETE FROM reading WHERE seq <= ?');
  const write = db.prepare('UPDATE held SET count = ?, through = ?');
  let [held, acknowledged] = [0, 0];
  let timer: NodeJS.Timeout | undefined;
  const commit = () => {
    forget.run(acknowledged);
    write.run(held, acknowledged);
    db.exec('COMMIT');
  };
  return {
    async open() {
      const known = db.prepare('SELECT count, through FROM held').get() as
        | { count: number; through: number }
        | undefined;
      if (known === undefined) db.exec('INSERT INTO held VALUES (0, 0)');
      else [held, acknowledged] = [known.count, known.through];
      db.exec('BEGIN');
      timer = setInterval(() => {
        commit();
        db.exec('BEGIN');
      }, SYNC_EVERY);
    },
    append({ seq, device, payload }) {
      insert.run(seq, device, payload);
      held += 1;
    },
    async peek(count, afterSeq) {
      return select.all(Math.max(afterSeq, acknowledged), count) as OutboxRecord[];
    },
    acknowledgeThrough(seq) {
      held -= Math.max(0, seq - acknowledged);
      acknowledged = Math.max(acknowledged, seq);
    },
    waiting: () => 0,
    held: () => held,
    async close() {
      clearInterval(timer);
      commit();
      db.close();
    },
  };
}
