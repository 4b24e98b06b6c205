import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type UnitOf, unitsOf } from '../../agent/cli/top/units.ts';
import { loadConfig } from '../../config/load.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { startAgent } from '../testbed/agent-process.ts';
import { type Audience, asJson, onLines, onTerminal } from './audience.ts';
import { startBroker } from './broker.ts';
import { demoConfig, PREFIX } from './config.ts';
import { startField } from './field.ts';
import { sceneAt } from './story.ts';

const USAGE = `scripts/demo: the agent with a broker and simulated devices, live

  --seconds N     end after N seconds; else Ctrl-C ends it
  --json          print what is published, one JSON object a line; without it a web page shows it too, at the
                  address that is printed
`;
const TICK = 500;

interface Wishes {
  readonly endsAfter: number | undefined;
  readonly json: boolean;
}

function readArguments(): Wishes {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  if (values.seconds !== undefined && !/^[1-9]\d{0,5}$/.test(values.seconds)) {
    throw new RangeError('--seconds takes a whole number from 1 to 999999');
  }
  return { endsAfter: values.seconds === undefined ? undefined : Number(values.seconds) * 1000, json: values.json };
}

/** @returns the exit code */
async function show({ endsAfter, json }: Wishes): Promise<number> {
  const undo: (() => unknown)[] = [];
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (over.signal.aborted && signal === 'SIGINT') process.exit(130);
      over.abort();
    });
  }
  // The reader of our output went away, for instance `head`.
  process.stdout.on('error', () => over.abort());
  let audience: Audience | undefined;
  try {
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-demo-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const broker = await startBroker((topic, payload) => audience?.published(topic, payload));
    undo.push(() => broker.close());
    const field = await startField(folder);
    undo.push(() => field.close());
    const file = join(folder, 'fieldward.yaml');
    const config = demoConfig({ brokerUrl: broker.url, ports: field.ports });
    await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
    let units: UnitOf = () => undefined;
    const unitOf: UnitOf = (device, point) => units(device, point);
    const { stdout } = process;
    const colour = (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
    if (json) audience = asJson(stdout);
    else if (stdout.isTTY) audience = onTerminal(stdout, colour, PREFIX, unitOf);
    else audience = onLines(stdout, PREFIX, unitOf);
    const agent = startAgent({ args: ['run', '--config', file] });
    undo.push(() => agent.stop());
    const page = json ? undefined : startAgent({ args: ['console', '--json', '--url', broker.url, '--protocol', '4'] });
    undo.push(() => page?.stop());
    let isOpened = false;
    // while the agent starts
    const loaded = await loadConfig({ file, environment: {}, catalogue: openCatalogue() });
    units = unitsOf(loaded.ok ? loaded.devices : new Map());

    const startedAt = performance.now();
    let endedByItself = false;
    void agent.ended.then(() => {
      endedByItself = !over.signal.aborted;
      over.abort();
    });
    while (!over.signal.aborted) {
      const elapsed = performance.now() - startedAt;
      if (endsAfter !== undefined && elapsed >= endsAfter) break;
      const scene = sceneAt(elapsed, endsAfter);
      await field.plug(scene.gpsPlugged);
      if (!isOpened && page?.stdout.includes('\n') === true) {
        isOpened = true;
        audience.opened?.(JSON.parse(page.stdout).url);
      }
      audience.tick(scene.legend);
      await pause(TICK, over.signal);
    }
    over.abort();
    const exit = await agent.stop();
    audience.end();
    audience = undefined;
    if (!endedByItself && exit.code === 0) return 0;
    process.stderr.write(`the agent ended with ${exit.code ?? exit.signal}; it said:\n`);
    process.stderr.write(`${(agent.stdout + agent.stderr).slice(-4000)}\n`);
    return 1;
  } finally {
    audience?.end();
    for (const each of undo.reverse()) await each();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

let wishes: Wishes;
try {
  wishes = readArguments();
} catch (thrown) {
  process.stderr.write(`demo: ${thrown instanceof Error ? thrown.message : 'wrong usage'}\n\n${USAGE}`);
  process.exit(64);
}
process.exitCode = await show(wishes);
