// Decodes telegrams with smartmeter-obis again and again, and tells what it cost as one JSON object.
import { readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { D0Protocol, SmlProtocol } from 'smartmeter-obis';

const PROTOCOLS = { SmlProtocol, D0Protocol };

const [path] = process.argv.slice(2);
const { protocol, chunkBytes, warmUpS, seconds, stream: text } = JSON.parse(await readFile(path, 'utf8'));
const stream = Buffer.from(text, 'base64');

/** Each round begins anew, as after opening the port. */
function round(counts) {
  const decoder = new PROTOCOLS[protocol]({ debug: 0, logger: () => {} }, (error, values) => {
    counts.decoded += 1;
    if (error) counts.refused += 1;
    else counts.values += Object.keys(values).length;
  });
  decoder.setTransportResetCallback(() => {});
  decoder.initState();
  let held = Buffer.alloc(0);
  for (let at = 0; at < stream.length; at += chunkBytes) {
    held = Buffer.concat([held, stream.subarray(at, at + chunkBytes)]);
    // as its own transports do, without their buffer of 300 kB for each message
    while (held.length > 0 && decoder.checkMessage(held)) {
      held = decoder.handleMessage(held) ?? Buffer.alloc(0);
      if (decoder.isProcessComplete()) decoder.initState();
    }
  }
  counts.bytes += stream.length;
}

async function measure(forS) {
  const counts = { decoded: 0, values: 0, refused: 0, bytes: 0 };
  const began = process.cpuUsage();
  const endsAt = performance.now() + forS * 1000;
  while (performance.now() < endsAt) {
    round(counts);
    await turn();
  }
  const { user, system } = process.cpuUsage(began);
  return { ...counts, cpuUs: user + system };
}

await measure(warmUpS);
process.stdout.write(JSON.stringify(await measure(seconds)));
