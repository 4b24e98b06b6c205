#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { EXIT } from './cli/io.ts';
import { CliOutput, fileWriter } from './cli/output.ts';
import { placeOf } from './log/place.ts';

// V8 takes memory in advance for speed that a gateway does not need: on a busy line 82 MB were measured instead of
// 129 MB, at no more CPU time. Without the optimizing compiler it would be 3 to 6 MB less still, for a sixth more CPU
// time on one line and two thirds more on eight (agent/README.md): it stays.
for (const flag of ['--semi-space-growth-factor=1', '--optimize-for-size']) setFlagsFromString(flag);
// libraries print what they send and receive where this is set, and look at it when they are loaded
delete process.env.DEBUG;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// before the parts are loaded: an agent that is stopped while it starts also ends in order
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
const output = new CliOutput(process.stdout, fileWriter(1), () => stopping.abort());
// there is nobody left to be told
process.stderr.on('error', () => undefined);

// an error that comes here is a mistake of ours, and its text may hold anything: its place in our code is all that is
// printed
const fail = (thrown: unknown): never => {
  const at = placeOf(thrown);
  const where = at === undefined ? '' : ` at ${at}`;
  process.stderr.write(`fieldward: an unexpected internal error (internal/unexpected)${where}\n`);
  process.exit(EXIT.internal);
};
process.on('uncaughtException', fail);

// late, because of all that is above
const [{ dispatch }, { Questions }] = await Promise.all([
  import('./cli/dispatch.ts'),
  import('./cli/questions.ts'),
]).catch(fail);
const err = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const questions = new Questions(() => process.stdin, process.stderr, stopping.signal);
const code = await dispatch(process.argv.slice(2), {
  out: (text) => output.print(text),
  err,
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  draw: (text) => output.draw(text),
  get width() {
    return process.stdout.columns ?? 80;
  },
  get height() {
    return process.stdout.rows;
  },
  keys(hear) {
    const { stdin } = process;
    if (!stdin.isTTY) return () => undefined;
    const take = (key: string) => {
      // in raw mode the terminal makes no signal out of Ctrl-C
      if (key.includes('\x03')) stopping.abort();
      else hear(key);
    };
    stdin.setEncoding('latin1').setRawMode(true).on('data', take).resume();
    return () => {
      stdin.off('data', take).setRawMode(false).pause().unref();
    };
  },
  stopping: stopping.signal,
  // the end of the input, and Ctrl-C, are no yes
  confirm: async (question) => /^(?:y|yes)$/i.test((await questions.ask(question)) ?? ''),
  ask: process.stdin.isTTY === true ? (question, hidden) => questions.ask(question, hidden) : undefined,
  timingWorker: new URL('./clock/timing-worker.js', import.meta.url),
  consolePage: new URL('./console/', import.meta.url),
  version,
  nodeVersion: process.version,
  pid: process.pid,
  onReload: (reload) => {
    process.on('SIGHUP', reload);
  },
  tellToReload(pid) {
    try {
      return process.kill(pid, 'SIGHUP');
    } catch {
      return false;
    }
  },
}).catch(fail);

const ended = await output.end(code, err);
// A thread that a dead disk holds would hold process.exit() too. A signal needs no thread: SIGTERM is a clean end for systemd,
// and SIGKILL is a failure.
const [{ threadsIdle }, { SystemClock }] = await Promise.all([
  import('./lifecycle/threads.ts'),
  import('./clock/system-clock.ts'),
]);
if (!(await threadsIdle(() => process.getActiveResourcesInfo(), new SystemClock()))) {
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, ended === EXIT.ok ? 'SIGTERM' : 'SIGKILL');
}
process.exit(ended);
