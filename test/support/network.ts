import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { mosquittoMissing } from './mosquitto.ts';

/** Of the range for tests of networks (RFC 2544). Both ends lie in namespaces of their own: nothing outside has them. */
export const GATEWAY_ADDRESS = '198.18.0.1';
export const BROKER_ADDRESS = '198.18.0.2';
export const BROKER_PORT = 1883;

const PREFIX = 'fieldward-net-';
const TABLE = 'fault';

/** Two network namespaces with one cable between them; the gateway's end is `wan0`. Faults are made at that end. */
export interface Network {
  /** Becomes a program in the gateway's namespace. */
  readonly inGateway: readonly string[];
  readonly inBroker: readonly string[];
  /** Rules of nft at the gateway's end, by hook, in place of those before: `{ input: ['drop'] }`. */
  filter(rules: { readonly input?: readonly string[]; readonly output?: readonly string[] }): Promise<void>;
  /** How many connections to the broker the gateway has tried since {@link filter} was last called. */
  attempts(): Promise<number>;
  cable(state: 'up' | 'down'): Promise<void>;
  /** So many kilobits a second leave the gateway; undefined: as many as there are. */
  limit(kilobits: number | undefined): Promise<void>;
  /** The lines of the gateway's hosts file, and that it asks the broker's machine for all else, where nobody answers. */
  names(hosts: string): Promise<void>;
}

const run = promisify(execFile);
let count = 0;

/** Why the tests of network faults can't run here; undefined where they can. */
export const networkMissing = whyMissing();

function whyMissing(): string | undefined {
  if (mosquittoMissing !== undefined) return mosquittoMissing;
  if (process.getuid?.() !== 0) return 'network namespaces can be made by root only';
  const name = `${PREFIX}${process.pid}-look`;
  const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'pipe' });
  try {
    removeLeftOvers();
    ip('netns', 'add', name);
    try {
      ip('-n', name, 'link', 'add', 'x0', 'type', 'veth', 'peer', 'name', 'x1');
      ip('netns', 'exec', name, 'nft', `table inet ${TABLE} { chain x { numgen random mod 100 < 1 drop; }; }`);
      ip('netns', 'exec', name, 'tc', 'qdisc', 'add', 'dev', 'x0', 'root', 'tbf', ...bucket(100));
    } finally {
      ip('netns', 'del', name);
    }
    return undefined;
  } catch {
    return 'no network namespaces with veth, nft and tc here (apt install iproute2 nftables)';
  }
}

/** Of test processes that were killed. */
function removeLeftOvers(): void {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8', stdio: 'pipe' }).split('\n');
  for (const line of names) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(line)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      execFileSync('ip', ['netns', 'del', line.split(' ')[0] ?? ''], { stdio: 'pipe' });
    } catch {
      // another test process was quicker
    }
  }
}

/** A network for one test; gone when the test is over, or this process. */
export async function networkFor(): Promise<Network> {
  count += 1;
  const [gateway, broker] = ['gateway', 'broker'].map((end) => `${PREFIX}${process.pid}-${count}-${end}`) as [
    string,
    string,
  ];
  const names = `/etc/netns/${gateway}`;
  const removeNow = () => {
    for (const name of [gateway, broker]) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // never made
      }
    }
  };
  process.once('exit', removeNow);
  onTestFinished(async () => {
    process.off('exit', removeNow);
    removeNow();
    await rm(names, { recursive: true, force: true });
  });
  for (const name of [gateway, broker]) await run('ip', ['netns', 'add', name]);
  await mkdir(names, { recursive: true });
  await writeFile(join(names, 'resolv.conf'), `nameserver ${BROKER_ADDRESS}\n`);
  await writeFile(join(names, 'hosts'), '');
  await run('ip', ['link', 'add', 'wan0', 'netns', gateway, 'type', 'veth', 'peer', 'name', 'lan0', 'netns', broker]);
  const ends = [
    [gateway, 'wan0', GATEWAY_ADDRESS],
    [broker, 'lan0', BROKER_ADDRESS],
  ] as const;
  for (const [name, device, address] of ends) {
    await run('ip', ['-n', name, 'addr', 'add', `${address}/30`, 'dev', device]);
    for (const each of ['lo', device]) await run('ip', ['-n', name, 'link', 'set', each, 'up']);
  }
  const inGateway = ['ip', 'netns', 'exec', gateway] as const;
  const [enter, ...into] = inGateway;
  const network: Network = {
    inGateway,
    inBroker: ['ip', 'netns', 'exec', broker],
    async filter({ input = [], output = [] }) {
      const tries = `tcp dport ${BROKER_PORT} tcp flags & (syn | ack) == syn counter name tries`;
      const chain = (hook: string, rules: readonly string[]) =>
        `chain ${hook} { type filter hook ${hook} priority 0; ${rules.map((rule) => `${rule};`).join(' ')} }`;
      // The flush and the new rules are one transaction: there is no moment without either.
      const table = `counter tries {}\n${chain('input', input)}\n${chain('output', [tries, ...output])}`;
      const rules = `table inet ${TABLE} {}\ndelete table inet ${TABLE}\ntable inet ${TABLE} {\n${table}\n}`;
      await run(enter, [...into, 'nft', rules]);
    },
    async attempts() {
      const { stdout } = await run(enter, [...into, 'nft', '-j', `list counter inet ${TABLE} tries`]);
      const rows: { counter?: { packets: number } }[] = JSON.parse(stdout).nftables;
      return rows.find(({ counter }) => counter !== undefined)?.counter?.packets ?? 0;
    },
    async cable(state) {
      await run('ip', ['-n', gateway, 'link', 'set', 'wan0', state]);
    },
    async limit(kilobits) {
      const root = ['-n', gateway, 'qdisc', kilobits === undefined ? 'del' : 'replace', 'dev', 'wan0', 'root'];
      await run('tc', kilobits === undefined ? root : [...root, 'tbf', ...bucket(kilobits)]);
    },
    async names(hosts) {
      // ip netns exec lays these over the ones of /etc; they are written in place, so that running programs see it too
      await writeFile(join(names, 'hosts'), hosts);
    },
  };
  await network.filter({});
  return network;
}

/** Room for two whole packets; a packet that waits for longer than a second is lost. */
function bucket(kilobits: number): readonly string[] {
  return ['rate', `${kilobits}kbit`, 'burst', '3200', 'latency', '1s'];
}
