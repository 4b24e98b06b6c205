import { type Arguments, readArguments, USAGE } from './arguments.ts';
import { body, head, json } from './table.ts';

const WRONG_USAGE = 64;

async function main(setup: Arguments, signal: AbortSignal): Promise<void> {
  for (const each of setup.cases) {
    if (!setup.json) process.stdout.write(head(each));
    for (const baud of each.bauds.length === 0 ? [0] : (setup.bauds ?? each.bauds)) {
      const { seconds, warmUpS, peers } = setup;
      for await (const row of each.run({ baud, seconds, warmUpS, peers, signal })) {
        process.stdout.write(setup.json ? `${json(row)}\n` : body(each, row));
      }
    }
  }
}

function readOrLeave(): Arguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`bench: ${thrown instanceof Error ? thrown.message : 'wrong usage'}\n\n${USAGE}`);
    process.exit(WRONG_USAGE);
  }
}

const setup = readOrLeave();
if (setup.help) {
  process.stdout.write(USAGE);
} else {
  const stop = new AbortController();
  // Programs that were started are ended in order: the agent is no child of the terminal.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      process.exitCode = code;
      stop.abort();
    });
  }
  try {
    await main(setup, stop.signal);
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  }
}
