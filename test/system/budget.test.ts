import { expect, it } from 'vitest';
import { AMPLE_MS, agentFor, brokerFor, configFile, rigBus, rigFor } from '../support/agent-process.ts';
import { askOf, type Witness, witnessOf } from '../support/witness.ts';

const UNITS = 4;
const REGISTERS = 10;
/** So slow that the delay of a busy machine in each exchange, a millisecond or two, is little beside its 76 ms. */
const BAUD = 4800;
/** As the issue of a line's budget has it: the announced and the measured figures differ by no more. */
const AGREES = 0.05;

/** The agent's figures of its bus, and their time. */
interface Measured {
  readonly atMs: number;
  readonly exchanges: number;
  readonly timeouts: number;
  readonly utilisation: number;
}

it('takes for a cycle what check announces, where devices are read in turn', async () => {
  const { announced, witness, measure } = await stage(0);
  await witness.until('every unit has been read', () => counted(witness) >= 2 * UNITS);
  expect(announced).toMatchObject({ load: 0, headroom: 1 });
  const differs = await leastOf(async () => {
    const before = await measure();
    const from = counted(witness);
    await witness.until('20 cycles', () => counted(witness) >= from + 20 * UNITS);
    const after = await measure();
    const cycleMs = (UNITS * (after.atMs - before.atMs)) / (after.exchanges - before.exchanges);
    expect(after.timeouts).toBe(0);
    return Math.abs(cycleMs / announced.cycleMs - 1);
  });
  expect(differs).toBeLessThan(AGREES);
});

it('uses the share of the line that check announces, where devices have periods', async () => {
  const period = 400;
  const { announced, witness, measure } = await stage(period);
  await witness.until('every unit has been read', () => counted(witness) >= 2 * UNITS);
  const differs = await leastOf(async () => {
    const before = await measure();
    const from = counted(witness);
    // polls at the start are one more than the periods that have passed: among 60 that is little
    await witness.until('60 periods', () => counted(witness) >= from + 60 * UNITS);
    const after = await measure();
    const perSecond = (1000 * (after.exchanges - before.exchanges)) / (after.atMs - before.atMs);
    expect(after.timeouts).toBe(0);
    const rate = Math.abs(perSecond / (UNITS * (1000 / period)) - 1);
    return Math.max(rate, Math.abs(after.utilisation / announced.load - 1));
  });
  expect(differs).toBeLessThan(AGREES);
});

/** The least of up to ten, so that other work of the machine does not count as a difference. */
async function leastOf(measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 10 && least >= AGREES; tries += 1) least = Math.min(least, await measure());
  return least;
}

/** A line of its own with its units, the budget that `check` announces for it, and the agent that polls them. */
async function stage(pollMs: number) {
  // Where it may, the rig has real-time priority: a UART does not wait for a processor either.
  const rig = await rigFor({ baud: BAUD, units: `1-${UNITS}`, options: { rt: true } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const points = Array.from({ length: REGISTERS }, (_, address) => {
    return { name: `r${address}`, register: 'holding', address, type: 'uint16' };
  });
  const devices = Array.from({ length: UNITS }, (_, index) => {
    const options = { unit: index + 1, timeoutMs: AMPLE_MS };
    return { id: `unit-${index + 1}`, driver: 'modbus-rtu', options, minTimeoutMs: AMPLE_MS, pollMs, points };
  });
  const buses = [rigBus('line', rig.links[0] ?? '', devices, { baudRate: BAUD })];
  const file = await configFile({ gateway: 'system', mqtt: { url: broker.url }, buses });
  const check = agentFor({ args: ['check', file, '--json', '--budget'] });
  expect(await check.ended).toEqual({ code: 0, signal: null });
  const announced: { cycleMs: number; load: number; headroom: number } = JSON.parse(check.stdout).buses[0];
  agentFor({ args: ['run', '--config', file] });
  await witness.until('the agent is there', () => witness.latest('availability') === 'online');
  const measure = async (): Promise<Measured> => {
    const { values } = await askOf(witness, 'command/status');
    return { atMs: Date.parse(values.at), ...values.buses.line };
  };
  return { announced, witness, measure };
}

function counted(witness: Witness): number {
  return witness.messages.filter(({ topic }) => topic.endsWith('/readings')).length;
}
