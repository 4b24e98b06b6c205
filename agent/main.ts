#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { dispatch } from './cli/dispatch.ts';
import { EXIT } from './cli/io.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
// a reader that went away is no reason to fail: `fieldward top | head`
process.stdout.on('error', () => stopping.abort());
process.stderr.on('error', () => undefined);

const code = await dispatch(process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  width: process.stdout.columns ?? 80,
  height: process.stdout.rows,
  stopping: stopping.signal,
  version,
}).catch(() => {
  // faults are handled where they arise; what comes here is a mistake of ours, and its text may hold anything
  process.stderr.write('fieldward: an unexpected internal error (internal/unexpected)\n');
  return EXIT.internal;
});
process.exit(code);
