import { setImmediate as turn } from 'node:timers/promises';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { EdgeNode } from '../../../agent/convention/sparkplug/edge-node.ts';
import { readingValues } from '../../../agent/convention/sparkplug/record.ts';
import { Topics } from '../../../agent/link/topics.ts';
import type { OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { readingText } from '../../../agent/telemetry/reading.ts';
import type { Point } from '../../../drivers/contract/reading.ts';
import type { Case, CaseSetup, Row } from './case.ts';

const DEVICES = 100;
const POINTS = 50;
/** Between two turns of the loop, so that the signal is seen. */
const STEP = 1000;

export const sparkplugCase: Case = {
  name: 'sparkplug',
  summary: `what a reading of ${POINTS} values costs as Sparkplug data, beside Fieldward’s own topic, without line and broker`,
  bauds: [],
  columns: [
    { head: 'bytes/reading', figure: 'bytesPerReading', digits: 0 },
    { head: 'CPU us/reading', figure: 'cpuUsPerReading', digits: 1 },
    { head: 'births kB', figure: 'birthKilobytes', digits: 0 },
    { head: 'births ms', figure: 'birthCpuMs', digits: 1 },
  ],
  async *run(setup) {
    const subjects = {
      'fieldward topics': ownTopics,
      sparkplug: dataOf(false),
      'sparkplug with aliases': dataOf(true),
    };
    for (const [subject, made] of Object.entries(subjects)) {
      yield { case: 'sparkplug', subject, baud: 0, figures: await measure(setup, made()) };
    }
  },
};

/** One way to say readings: bytes of a message, and those of all births. */
interface Way {
  readonly reading: (record: OutboxRecord) => number;
  readonly births: () => number;
}

function ownTopics(): Way {
  const convention = new Fieldward(new Topics('fieldward', 'bench'));
  return { reading: (record) => convention.reading(record, false).payload.length, births: () => 0 };
}

function dataOf(aliases: boolean): () => Way {
  return () => {
    const points: readonly Point[] = Array.from({ length: POINTS }, (_, at) => {
      return { name: nameOf(at), type: 'number', writable: false, unit: 'V' };
    });
    const devices = Array.from({ length: DEVICES }, (_, at) => ({ id: `device-${at}`, identity: {}, points }));
    const node = new EdgeNode({ groupId: 'Plant7', edgeNodeId: 'bench', version: '1.0.0', devices, aliases });
    const now = Date.now();
    return {
      reading: (record) => node.deviceData(record.device, readingValues(record), false, now).payload.length,
      births: () => {
        let bytes = node.birth(0, { uptime: 0, held: 0 }, now).payload.length;
        for (const { id } of devices) bytes += node.deviceBirth(id, [], now).payload.length;
        return bytes;
      },
    };
  };
}

function nameOf(at: number): string {
  return `voltage-l${at}`;
}

async function measure({ seconds, signal }: CaseSetup, { reading, births }: Way): Promise<Row['figures']> {
  const values = Array.from({ length: POINTS }, (_, at) => `"${nameOf(at)}":${(229.13 + at).toFixed(2)}`).join(',');
  const stamp = {
    seq: 18_231,
    boot: '00000000-0000-0000-0000-000000000000',
    wall: Date.now(),
    clock: 'synchronized',
  } as const;
  const record = { seq: stamp.seq, device: 'device-1', payload: readingText(stamp, 'good', values) };
  const before = process.cpuUsage();
  const birthBytes = births();
  const birthCpuMs = cpuUsSince(before) / 1000;
  const [began, endsAt] = [process.cpuUsage(), performance.now() + (seconds * 1000) / 3];
  let [count, bytes] = [0, 0];
  while (count === 0 || performance.now() < endsAt) {
    signal.throwIfAborted();
    for (let step = 0; step < STEP; step += 1) bytes += reading(record);
    count += STEP;
    await turn();
  }
  return {
    bytesPerReading: bytes / count,
    cpuUsPerReading: cpuUsSince(began) / count,
    birthKilobytes: birthBytes / 1000,
    birthCpuMs,
  };
}

function cpuUsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
