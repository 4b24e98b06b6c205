import { setImmediate as turn } from 'node:timers/promises';
import { discoveryDocuments, documentTopic } from '../../../agent/convention/home-assistant/documents.ts';
import { HomeAssistant } from '../../../agent/convention/home-assistant/home-assistant.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { withMeaning } from '../../../config/meaning.ts';
import type { Point } from '../../../drivers/contract/reading.ts';
import type { Case, CaseSetup, Row } from './case.ts';

const DEVICES = 100;
const POINTS = 50;
const UNITS = ['V', 'A', 'W', 'kWh', '°C'];

export const announceCase: Case = {
  name: 'announce',
  summary: `what it costs to tell Home Assistant of ${DEVICES} devices with ${POINTS} points each, without line and broker`,
  bauds: [],
  columns: [
    { head: 'ms to make', figure: 'makeCpuMs', digits: 1 },
    { head: 'ms/round', figure: 'roundCpuMs', digits: 1 },
    { head: 'longest ms', figure: 'longestStepMs', digits: 2 },
    { head: 'kB/round', figure: 'kilobytesPerRound', digits: 0 },
    { head: 'largest kB', figure: 'largestKilobytes', digits: 1 },
  ],
  async *run(setup) {
    yield { case: 'announce', subject: 'fieldward', baud: 0, figures: await measure(setup) };
  },
};

/** Every tenth point can be written, so that it has the longest of all components. */
function pointOf(at: number): Point {
  return { name: `point-${at}`, type: 'number', writable: at % 10 === 0, unit: UNITS[at % UNITS.length] };
}

async function measure({ seconds, signal }: CaseSetup): Promise<Row['figures']> {
  const points = withMeaning(
    Array.from({ length: POINTS }, (_, at) => pointOf(at)),
    [],
  );
  const devices = Array.from({ length: DEVICES }, (_, at) => ({ id: `device-${at}`, identity: {}, points }));
  const plant = { gateway: 'bench', devices };
  const topics = new Topics('fieldward', plant.gateway);
  const before = process.cpuUsage();
  const documents = discoveryDocuments(plant, {
    ...{ topics, discoveryPrefix: 'homeassistant', version: '1.0.0', maxAgeMs: 30_000 },
    writable: new Set(devices.map(({ id }) => id)),
    buttons: { reopen: [], restart: false },
  });
  const makeCpuMs = cpuMsSince(before);
  const convention = new HomeAssistant({
    documents,
    topicOf: (device) => documentTopic('homeassistant', plant.gateway, device),
    statusTopic: undefined,
    removals: () => ({ documents: [], components: new Map() }),
    presence: () => ({ topic: topics.availability, payload: 'online', qos: 1, retain: true }),
  });
  const [began, endsAt] = [process.cpuUsage(), performance.now() + seconds * 1000];
  let [rounds, bytes, largest, longest] = [0, 0, 0, 0];
  while (rounds === 0 || performance.now() < endsAt) {
    signal.throwIfAborted();
    // from one message to the next: so long nothing else of the agent has its turn
    let at = performance.now();
    for (const { payload } of convention.births(plant)) {
      longest = Math.max(longest, performance.now() - at);
      bytes += payload.length;
      largest = Math.max(largest, payload.length);
      await turn();
      at = performance.now();
    }
    rounds += 1;
  }
  return {
    makeCpuMs,
    roundCpuMs: cpuMsSince(began) / rounds,
    longestStepMs: longest,
    kilobytesPerRound: bytes / rounds / 1000,
    largestKilobytes: largest / 1000,
  };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
