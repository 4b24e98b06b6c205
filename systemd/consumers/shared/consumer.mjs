#!/usr/bin/env node
// One member of a group that shares the readings of all gateways (MQTT 5, $share/GROUP/…). Each reading of a gateway is handed on
// in the order of `seq`, at least once, as one line of JSON on the standard output; gaps and repeats are told on the standard error.
//
// Each member confirms a reading to the broker once it lies in a common folder, one file for each: INBOX/GATEWAY/SEQ.BOOT. The
// file's name orders it and shows a repeat. For each gateway one member at a time hands on; the kernel gives that right (a socket
// with a name) and takes it back when the member dies. So members run on one machine; what counts there is the folder.
//
//   node consumer.mjs --url mqtts://broker:8883 --group plant --name a --inbox /var/lib/fieldward-consumer \
//     [--ca FILE --cert FILE --key FILE] [--topic 'fieldward/+/+/readings'] [--gap-ms 60000]

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, rename, unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import mqtt from 'mqtt';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
    group: { type: 'string', default: 'fieldward' },
    name: { type: 'string', default: 'a' },
    inbox: { type: 'string', default: './inbox' },
    topic: { type: 'string', default: 'fieldward/+/+/readings' },
    'gap-ms': { type: 'string', default: '60000' },
    ca: { type: 'string' },
    cert: { type: 'string' },
    key: { type: 'string' },
  },
});

/** A gap that nothing has filled for so long is a loss. */
const GAP_MS = Number(options['gap-ms']);
/** Of a gateway that is heard for the first time, so long the least number is waited for. */
const FIRST_MS = Math.min(GAP_MS, 2000);
/** How often every member looks for what another one left. */
const LOOK_MS = 1000;
/** Readings handed on before it is noted. */
const BATCH = 500;
/** Readings of one gateway that wait for a gap; beyond them it is a loss at once. */
const MOST_WAITING = 100_000;
/** Of numbers that were given up, and of runs of the agent, so many are remembered for each gateway. */
const MOST_KNOWN = 64;

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const BOOT = /^[A-Za-z0-9-]{1,64}$/;
const FILE = /^([0-9]{16})\.([A-Za-z0-9-]{1,64})$/;

/** Hands readings on, in this order. Put your own here: it must have them when the promise settles, and may get them again. */
async function handOn(lines) {
  const text = lines.map((line) => `${line}\n`).join('');
  await new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

function tell(what, more) {
  process.stderr.write(`${JSON.stringify({ what, ...more })}\n`);
}

async function writeWhole(path, text) {
  const file = await open(`${path}.${options.name}`, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.${options.name}`, path);
  // the name too must be there after a power cut
  const folder = await open(dirname(path));
  await folder.sync().finally(() => folder.close());
}

/** Everything is hostile until it was looked at. @returns the gateway, the file's name and its line; undefined: no reading */
function readingOf(topic, payload) {
  const [gateway = '', device = ''] = topic.split('/').slice(-3);
  try {
    const reading = JSON.parse(payload);
    const { seq, boot, ts } = reading;
    const isSound = Number.isSafeInteger(seq) && seq > 0 && Number.isFinite(ts) && BOOT.test(boot);
    if (!isSound || !ID.test(gateway) || !ID.test(device)) return undefined;
    const line = JSON.stringify({ ...reading, gateway, device });
    return { gateway, line, file: `${String(seq).padStart(16, '0')}.${boot}` };
  } catch {
    return undefined;
  }
}

/** What was handed on of one gateway. */
async function knownOf(folder) {
  try {
    return JSON.parse(await readFile(join(folder, 'known'), 'utf8'));
  } catch {
    return { first: 0, last: 0, ts: 0, missing: [], forgotten: 0, boots: {} };
  }
}

function takeMissing(known, seq) {
  const at = known.missing.findIndex(([from, to]) => seq >= from && seq <= to);
  if (at < 0) return false;
  const [from, to] = known.missing[at];
  const rest = [
    [from, seq - 1],
    [seq + 1, to],
  ].filter(([low, high]) => low <= high);
  known.missing.splice(at, 1, ...rest);
  return true;
}

/** Why a reading whose number is not above all others is handed on all the same; undefined: it was already. */
function judgeOld(known, seq, boot, ts) {
  if (takeMissing(known, seq) || seq <= known.forgotten) return 'late';
  if (seq < known.first) return ts > known.ts && !known.boots[boot] ? 'anew' : 'late';
  const range = known.boots[boot];
  if (range) return seq >= range[0] && seq <= range[1] ? undefined : 'late';
  return ts > known.ts ? 'anew' : 'late';
}

function note(known, seq, boot, ts) {
  const [from = seq, to = seq] = known.boots[boot] ?? [];
  delete known.boots[boot];
  known.boots[boot] = [Math.min(from, seq), Math.max(to, seq)];
  for (const old of Object.keys(known.boots).slice(0, -MOST_KNOWN)) delete known.boots[old];
  for (const [, to] of known.missing.splice(0, Math.max(0, known.missing.length - MOST_KNOWN))) known.forgotten = to;
  known.ts = Math.max(known.ts, ts);
}

/** One gateway whose readings this member hands on. */
class Gateway {
  #folder;
  #name;
  #known;
  #stalledSince;
  #again = true;

  constructor(folder, name) {
    this.#folder = folder;
    this.#name = name;
  }

  poke() {
    this.#again = true;
  }

  /** Hands on until there was nothing to do for a while. */
  async run() {
    this.#known = await knownOf(this.#folder);
    for (let idle = 0; idle < LOOK_MS; ) {
      this.#again = false;
      const { gone, left } = await this.#handOn();
      const isBusy = gone > 0 || this.#again;
      const pause = left > 0 ? 200 : 20;
      idle = isBusy || left > 0 ? 0 : idle + pause;
      if (!isBusy) await wait(pause);
    }
  }

  /** @returns how many files have gone, and how many wait */
  async #handOn() {
    const names = (await readdir(this.#folder)).filter((name) => FILE.test(name)).sort();
    const known = this.#known;
    const before = known.last;
    const [lines, gone] = [[], []];
    let left = names.length;
    for (const name of names) {
      if (lines.length === BATCH) break;
      const [, digits, boot] = FILE.exec(name);
      const seq = Number(digits);
      const isFirst = known.last === 0;
      if (isFirst || seq > known.last + 1) {
        if (lines.length > 0 || !this.#givesUp(isFirst ? FIRST_MS : GAP_MS, left)) break;
        if (!isFirst) {
          known.missing.push([known.last + 1, seq - 1]);
          tell('gap', { gateway: this.#name, from: known.last + 1, to: seq - 1 });
        }
      }
      left -= 1;
      gone.push(name);
      const line = await readFile(join(this.#folder, name), 'utf8');
      const { ts } = JSON.parse(line);
      const why = seq > known.last ? 'next' : judgeOld(known, seq, boot, ts);
      if (why === undefined) {
        tell('repeat', { gateway: this.#name, seq });
        continue;
      }
      if (why !== 'next') tell(why, { gateway: this.#name, seq });
      if (why === 'anew') Object.assign(known, { first: seq, missing: [], forgotten: 0, boots: {} });
      if (isFirst) known.first = seq;
      if (why === 'next' || why === 'anew') known.last = seq;
      note(known, seq, boot, ts);
      lines.push(line);
    }
    if (known.last !== before) this.#stalledSince = undefined;
    if (gone.length === 0) return { gone: 0, left };
    if (lines.length > 0) await handOn(lines);
    await writeWhole(join(this.#folder, 'known'), JSON.stringify(known));
    for (const name of gone) await unlink(join(this.#folder, name));
    return { gone: gone.length, left };
  }

  /** Whether the numbers before the next one have been waited for long enough. */
  #givesUp(afterMs, waiting) {
    this.#stalledSince ??= performance.now();
    if (performance.now() - this.#stalledSince < afterMs && waiting < MOST_WAITING) return false;
    this.#stalledSince = undefined;
    return true;
  }
}

await mkdir(options.inbox, { recursive: true });
const inbox = await realpath(options.inbox);
const place = createHash('sha256').update(`${options.group} ${inbox}`).digest('hex').slice(0, 16);
/** Gateways of this member. */
const own = new Map();
/** Gateways that this member is trying to get. */
const asked = new Set();

/** Sees to it that somebody hands on what waits of a gateway: this member, or the one that does already. */
function serve(name) {
  if (own.has(name)) return own.get(name).poke();
  if (asked.has(name)) return undefined;
  asked.add(name);
  const right = `\0fieldward-consumer/${place}/${name}`;
  const gateway = new Gateway(join(inbox, name), name);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.destroy();
    gateway.poke();
  });
  server.on('error', () => {
    asked.delete(name);
    // another member has it: it is told
    connect(right)
      .on('error', () => {})
      .resume();
  });
  server.listen(right, async () => {
    own.set(name, gateway);
    asked.delete(name);
    try {
      await gateway.run();
    } catch (error) {
      tell('failed', { gateway: name, error: String(error) });
      // what was handed on and not noted is handed on again
      process.exit(1);
    }
    own.delete(name);
    server.close();
  });
  return undefined;
}

const client = mqtt.connect(options.url, {
  protocolVersion: 5,
  clientId: `${options.group}-${options.name}`,
  // the broker keeps what is not confirmed for the member of this name
  clean: false,
  properties: { sessionExpiryInterval: 86_400, receiveMaximum: 64 },
  ...(options.ca && { ca: readFileSync(options.ca) }),
  ...(options.cert && { cert: readFileSync(options.cert) }),
  ...(options.key && { key: readFileSync(options.key) }),
});

/** Called for each message, one after the other; the broker is told when `done` is called. */
client.handleMessage = (packet, done) => {
  const reading = readingOf(packet.topic, packet.payload.toString());
  if (reading === undefined) {
    tell('no reading', { topic: packet.topic });
    done();
    return;
  }
  const folder = join(inbox, reading.gateway);
  mkdir(folder, { recursive: true })
    .then(() => writeWhole(join(folder, reading.file), reading.line))
    .then(
      () => {
        done();
        serve(reading.gateway);
      },
      (error) => {
        // the broker sends it again after the restart
        tell('not stored', { error: String(error) });
        process.exit(1);
      },
    );
};
client.on('error', (error) => tell('broker', { error: String(error) }));
client.on('connect', () => {
  client
    .subscribeAsync(`$share/${options.group}/${options.topic}`, { qos: 1 })
    .then(() => tell('ready'))
    .catch((error) => tell('broker', { error: String(error) }));
});

// what another member left when it died
setInterval(async () => {
  for (const name of await readdir(inbox).catch(() => [])) {
    const files = await readdir(join(inbox, name)).catch(() => []);
    if (files.some((file) => FILE.test(file))) serve(name);
  }
}, LOOK_MS);
