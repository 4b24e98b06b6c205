import type { SerialPortConfig } from '../../../config/config.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS, type FaultCode } from '../../../drivers/contract/faults.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import { openCatalogue } from '../../../drivers/registry/loader.ts';
import { lineText } from '../../capture/write.ts';
import type { Clock } from '../../clock/clock.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { type FittingModel, modelFinder, namingEstimate } from './naming/model-finder.ts';
import { configLines, deviceEntry, deviceLine, modelLine, modelsOf, portEntry } from './naming/model-words.ts';
import { periodToPaste } from './naming/period-to-paste.ts';
import { describeHolders } from './port-holder.ts';
import { answerWords, scanLine } from './scan-line.ts';
import type { ScanDriver } from './scan-target.ts';
import { partMs, type SweepPart, spanText, sweepParts } from './sweep-plan.ts';

export interface SweepRequest {
  readonly port: SerialPortConfig;
  readonly all: { readonly baud: boolean; readonly parity: boolean };
  readonly driver: ScanDriver;
  readonly units: readonly number[];
  readonly timeoutMs: number;
  readonly listenMs: number;
  readonly clock: Clock;
  readonly json: boolean;
}

export interface FoundUnit {
  readonly unit: number;
  readonly fault: FaultCode | undefined;
  /** The models that it is by the probes of the profiles. */
  models: readonly FittingModel[];
}

/** How a sweep ended. */
export interface Swept {
  readonly code: ExitCode;
  /** Where somebody answered, or talked by itself. */
  readonly port?: SerialPortConfig;
  /** The units that answered. */
  readonly found?: readonly FoundUnit[];
  /** The driver of what talks by itself. */
  readonly heard?: string;
}

/** A sweep that ends with the line as an entry of the config. */
export async function sweep(request: SweepRequest, io: CliProcess): Promise<ExitCode> {
  const { code, port, found } = await sweepLine(request, io);
  if (port !== undefined && found !== undefined) await tell(port, found, request, io);
  return code;
}

/** Asks at all speeds and parities, until somebody answers at one: a line has one. Says how long it takes, and where it is. */
export async function sweepLine(request: SweepRequest, io: CliProcess): Promise<Swept> {
  const { port, all, units, timeoutMs, listenMs } = request;
  const parts = sweepParts(port, all, units);
  const cost = (some: readonly SweepPart[]) => some.reduce((sum, part) => sum + partMs(part, timeoutMs, listenMs), 0);
  const settings = new Set(parts.map((part) => lineText(part.port))).size;
  io.err(
    `Asking ${units.length} units at ${settings === 1 ? 'these' : settings} settings: ${spanText(cost(parts))} at most. Ctrl-C ends it with what it has.`,
  );
  io.err(namingEstimate(timeoutMs));
  let damaged: string | undefined;
  try {
    for (const [at, part] of parts.entries()) {
      const result = await ask(part.port, part.units, request, io);
      if (result.talk?.driver !== undefined) {
        io.err(
          `Something talks by itself at ${lineText(part.port)}: ${result.talk.what}. Nobody was asked; see \`fieldward listen\`.`,
        );
        return { code: EXIT.unavailable, port: part.port, heard: result.talk.driver };
      }
      if (result.found.length > 0) {
        const rest = units.filter((unit) => !part.units.includes(unit));
        if (rest.length > 0 && !io.stopping.aborted) {
          io.err(
            `${lineText(part.port)} answers: asking the other ${rest.length} units there, ${spanText(partMs({ port: part.port, units: rest }, timeoutMs, 0))}.`,
          );
          result.found.push(...(await ask(part.port, rest, { ...request, listenMs: 0 }, io)).found);
        }
        return { code: EXIT.ok, port: part.port, found: result.found };
      }
      if (io.stopping.aborted) return { code: EXIT.ok };
      if (result.strayBytes > 0) damaged ??= lineText(part.port);
      const heard = result.talk === undefined ? 'nobody' : 'others talk, nobody was asked';
      io.err(
        `${lineText(part.port)}, units ${part.units[0]}-${part.units.at(-1)}: ${heard}. ${spanText(cost(parts.slice(at + 1)))} to go.`,
      );
    }
  } catch (thrown) {
    if (io.stopping.aborted) return { code: EXIT.ok };
    const { code } = toFault(thrown);
    io.err(`${FAULTS[code].message}. ${FAULTS[code].advice}`);
    if (code === 'port/busy') for (const line of describeHolders(port.path)) io.err(line);
    return { code: EXIT.internal };
  }
  io.err(
    damaged === undefined
      ? 'Nobody answered at any setting. Check wiring, A and B (they may be swapped), power and addresses.'
      : `No valid answer at any setting; at ${damaged} bytes came that are none: look for a second master or a disturbance.`,
  );
  return { code: EXIT.unavailable };
}

async function ask(port: SerialPortConfig, units: readonly number[], request: SweepRequest, io: CliProcess) {
  const { driver, timeoutMs, listenMs, clock, json } = request;
  const found: FoundUnit[] = [];
  const catalogue = openCatalogue();
  const common = { timeout: milliseconds(timeoutMs), clock, signal: io.stopping };
  const name = await modelFinder({
    ...common,
    catalogue,
    driver: await catalogue.load(driver),
    line: portTiming(port),
  });
  const result = await scanLine(
    {
      ...common,
      name,
      port,
      driver,
      units,
      listen: milliseconds(listenMs),
    },
    {
      found(unit, answer) {
        const { fault } = answer;
        // an answer that came damaged may be another setting
        if (fault === 'modbus/checksum' || fault === 'modbus/truncated') return;
        found.push({ unit, fault, models: [] });
        const words = answerWords(answer);
        io.out(
          json
            ? JSON.stringify({ unit, answer: words, line: lineText(port) })
            : `unit ${unit} at ${lineText(port)}: ${words}`,
        );
      },
      named(unit, fitting) {
        for (const each of found) if (each.unit === unit) each.models = fitting;
        io.out(json ? JSON.stringify({ unit, models: modelsOf(fitting) }) : modelLine(unit, fitting));
      },
      asked: () => undefined,
    },
  );
  return { found, talk: result.talk, strayBytes: result.strayBytes };
}

/** The line as a config, its units as the devices. */
async function tell(
  port: SerialPortConfig,
  found: readonly FoundUnit[],
  { driver, json }: SweepRequest,
  io: CliProcess,
): Promise<void> {
  const units = [...new Set(found.map(({ unit }) => unit))].sort((a, b) => a - b);
  const modelsOfUnit = (unit: number) =>
    found.find((each) => each.unit === unit && each.models.length > 0)?.models ?? [];
  const lines = (pollMs?: number) => units.map((unit) => deviceLine(unit, driver, modelsOfUnit(unit), { pollMs }));
  const pollMs = await periodToPaste(port, lines, openCatalogue());
  if (json) {
    const devices = units.map((unit) => deviceEntry(unit, driver, modelsOfUnit(unit), { pollMs }));
    io.out(JSON.stringify({ bus: { id: 'line', port: portEntry(port), devices } }));
    return;
  }
  configLines(port, lines(pollMs)).forEach(io.out);
}
