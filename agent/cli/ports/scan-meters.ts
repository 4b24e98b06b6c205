import type { BusConfig } from '../../../config/config.ts';
import { ask, type Dialogue, type Exchange, type ExchangeEnd } from '../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { legOf } from '../../../drivers/contract/single.ts';
import { primarySearch } from '../../../drivers/mbus/search/primary.ts';
import { type FoundDevice, restMs, type Search } from '../../../drivers/mbus/search/search.ts';
import { secondarySearch } from '../../../drivers/mbus/search/secondary.ts';
import { type SurveyedRecord, surveyDialogue } from '../../../drivers/mbus/search/survey.ts';
import { type Timing, timingOf } from '../../../drivers/mbus/timing.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import type { Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { meterJson, meterLines } from './meter-lines.ts';
import { describeHolders } from './port-holder.ts';
import { openScanBus, type ScanBus } from './scan-bus.ts';

export interface MeterScanRequest {
  readonly port: BusConfig['port'];
  /** Primary addresses, or the numbers of the meters. */
  readonly search: readonly number[] | 'secondary';
  /** How long an answer may take to begin, milliseconds; absent: by the standard. */
  readonly beginMs: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Milliseconds: a readout of many telegrams at 300 baud takes minutes. */
const LONGEST_RUN = 600_000;
/** How often it says how far it is, milliseconds. */
const TELL_EVERY = 5000;
/** While an old answer may still come: how long until the question is put again, and how often. */
const PENDING = { wait: milliseconds(100), most: 600 };
/** Of a survey; the same as a device's own. */
const SURVEY = { retries: 2, maxTelegrams: 16 };

/** Looks for meters, and prints each. */
export function lookForMeters(request: MeterScanRequest, json: boolean, io: CliProcess): Promise<ExitCode> {
  return findMeters(request, io, (device, records) => {
    if (json) io.out(meterJson(device, records));
    else for (const line of meterLines(device, records)) io.out(line);
  });
}

/** Looks for meters, and reads each once. @param show gets each with its records */
export async function findMeters(
  request: MeterScanRequest,
  io: CliProcess,
  show: (device: FoundDevice, records: readonly SurveyedRecord[]) => void,
): Promise<ExitCode> {
  const { port, signal, clock } = request;
  const timing = timingOf(portTiming(port), request.beginMs);
  let line: ScanBus | undefined;
  try {
    line = await openScanBus({ port, clock, signal, maxRunMs: LONGEST_RUN, heard: () => undefined });
    const search = await searchThrough(line, timing, request, io);
    for (const device of search.found)
      show(device, device.isShared ? [] : await recordsOf(line, device, timing, request));
    if (search.isCut) io.err('The search ended at its bound: what came looked like too many devices. Check the line.');
    if (search.found.length > 0 || signal.aborted) return EXIT.ok;
    io.err('No meter answered. Check the level converter, its power, baud rate and parity (even), and the addresses.');
    return EXIT.unavailable;
  } catch (thrown) {
    if (signal.aborted) return EXIT.ok;
    const { code } = toFault(thrown);
    io.err(`${FAULTS[code].message}. ${FAULTS[code].advice}`);
    if (code === 'port/busy' && 'path' in port) for (const holder of describeHolders(port.path)) io.err(holder);
    return EXIT.internal;
  } finally {
    await line?.close();
  }
}

async function searchThrough(
  line: ScanBus,
  timing: Timing,
  request: MeterScanRequest,
  io: CliProcess,
): Promise<Search> {
  const { characterMs } = portTiming(request.port);
  const secondsLeft = (of: Search) => Math.ceil(restMs(of, timing, characterMs) / 1000);
  let search = request.search === 'secondary' ? secondarySearch(timing) : primarySearch(request.search, timing);
  io.err(`Asking: ${secondsLeft(search)} s where no meter answers, and more for each that does.`);
  let told: Instant = request.clock.now();
  while (search.question !== undefined && !request.signal.aborted) {
    search = search.next(await answerTo(line, search.question, request));
    if (request.clock.now() - told < TELL_EVERY) continue;
    told = request.clock.now();
    const { asked, foreseen, found } = search;
    io.err(`Asked ${asked} of ${foreseen}, ${found.length} found; ${secondsLeft(search)} s to go.`);
  }
  return search;
}

/** How one question ended. */
async function answerTo(
  line: ScanBus,
  question: Exchange<unknown>,
  request: MeterScanRequest,
): Promise<ExchangeEnd<unknown>> {
  let end: ExchangeEnd<unknown> | undefined;
  const leg = legOf(question);
  const dialogue: Dialogue = {
    ...{ key: 'search', points: [], cost: { usual: [leg], most: [leg] } },
    begin: () =>
      ask(question, (came) => {
        end = came;
        return { kind: 'end', samples: [] };
      }),
  };
  const outcome = await run(line, dialogue, request);
  if (end !== undefined) return end;
  return outcome.ok
    ? { state: 'answered', result: undefined }
    : { state: 'failed', fault: outcome.fault, consequence: outcome.consequence };
}

/** All records of a device; none where it could not be read. */
async function recordsOf(
  line: ScanBus,
  { address, key }: FoundDevice,
  timing: Timing,
  request: MeterScanRequest,
): Promise<readonly SurveyedRecord[]> {
  let found: readonly SurveyedRecord[] = [];
  const target =
    key === undefined ? ({ kind: 'primary', address: address ?? 0 } as const) : ({ kind: 'secondary', key } as const);
  const dialogue = surveyDialogue({ target, timing, ...SURVEY }, (records) => {
    found = records;
  });
  await run(line, dialogue, request);
  return found;
}

/** Runs a dialogue, once an old answer can no longer be taken for one of its own. */
async function run(
  { bus, dialogues }: ScanBus,
  dialogue: Dialogue,
  { clock, signal }: MeterScanRequest,
): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await bus.ask(dialogues, { dialogue }, signal);
    } catch (thrown) {
      if (toFault(thrown).code !== 'bus/answer-pending' || tries === PENDING.most) throw thrown;
      await clock.sleep(PENDING.wait, signal);
    }
  }
}
