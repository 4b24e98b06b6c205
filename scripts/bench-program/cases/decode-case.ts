import { setImmediate as turn } from 'node:timers/promises';
import type { Memory } from '../../../drivers/contract/memory.ts';
import { dlmsSubjects } from '../decode/dlms.ts';
import { iecSubjects } from '../decode/iec.ts';
import { type Decoded, decodeWithPeer } from '../decode/obis-peer.ts';
import { p1Subjects } from '../decode/p1.ts';
import { smlSubjects } from '../decode/sml.ts';
import type { DecodeSubject } from '../decode/subject.ts';
import { type Figures, ratios } from '../figures.ts';
import type { Case, CaseSetup, Row } from './case.ts';

/** Each protocol adds its own. */
const SUBJECTS: readonly DecodeSubject[] = [...p1Subjects, ...smlSubjects, ...dlmsSubjects, ...iecSubjects];

/** The bytes that the kernel hands over at once from an adapter at 115200 baud: 16 ms. */
const CHUNK = 184;
const WARM_UP = 0.2;

const COMPARED = ['telegramsPerS', 'cpuMsPerTelegram', 'nsPerByte'];

export const decodeCase: Case = {
  name: 'decode',
  summary:
    'framer and decoder of each protocol that is pushed, without a line, in chunks as the kernel hands them over',
  bauds: [],
  columns: [
    { head: 'telegrams/s', figure: 'telegramsPerS', digits: 0 },
    { head: 'ms/telegram', figure: 'cpuMsPerTelegram', digits: 4 },
    { head: 'ns/byte', figure: 'nsPerByte', digits: 1 },
    { head: 'B', figure: 'bytesPerTelegram', digits: 0 },
    { head: 'values', figure: 'valuesPerTelegram', digits: 0 },
    { head: 'refused', figure: 'refused', digits: 0 },
  ],
  async *run(setup) {
    const { seconds, signal } = setup;
    const warmUpS = seconds * WARM_UP;
    for (const subject of SUBJECTS) {
      const { name, telegrams, peer: protocol } = subject;
      await measure(subject, setup, warmUpS);
      const ours = figuresOf(await measure(subject, setup, seconds));
      yield { case: 'decode', subject: name, baud: 0, figures: ours };
      if (!setup.peers || protocol === undefined) continue;
      const work = { protocol, telegrams, chunkBytes: CHUNK, warmUpS, seconds };
      const theirs = figuresOf(await decodeWithPeer(work, signal));
      const row: Row = { case: 'decode', subject: `${name}: smartmeter-obis`, baud: 0, figures: theirs };
      yield { ...row, ratios: ratios(ours, theirs, COMPARED) };
    }
  },
};

async function measure({ device, telegrams }: DecodeSubject, { signal }: CaseSetup, seconds: number): Promise<Decoded> {
  const stream = Buffer.concat(telegrams);
  const began = process.cpuUsage();
  const endsAt = performance.now() + seconds * 1000;
  let [decoded, values, refused, bytes] = [0, 0, 0, 0];
  while (performance.now() < endsAt) {
    signal.throwIfAborted();
    const framer = device.framer();
    let memory: Memory | undefined;
    const take = (frame: Uint8Array) => {
      const result = device.decode(frame, memory);
      memory = result.memory ?? memory;
      decoded += 1;
      if ('samples' in result) values += result.samples.length;
      else refused += 1;
    };
    for (let at = 0; at < stream.length; at += CHUNK) framer.push(stream.subarray(at, at + CHUNK), take);
    bytes += stream.length;
    await turn();
  }
  const { user, system } = process.cpuUsage(began);
  return { decoded, values, refused, bytes, cpuUs: user + system };
}

function figuresOf({ decoded, values, refused, bytes, cpuUs }: Decoded): Figures {
  return {
    telegramsPerS: (decoded * 1e6) / cpuUs,
    cpuMsPerTelegram: cpuUs / 1000 / decoded,
    nsPerByte: (cpuUs * 1000) / bytes,
    bytesPerTelegram: bytes / decoded,
    valuesPerTelegram: values / decoded,
    refused,
  };
}
