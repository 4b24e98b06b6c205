import type { Remedy } from '../../drivers/contract/faults/row.ts';
import type { FAULTS, FaultCode } from '../../drivers/contract/faults.ts';
import { anchor, list, page, paragraph, plain, table } from './markdown.ts';

type Area = FaultCode extends `${infer Name}/${string}` ? Name : never;
type FaultTable = Readonly<Record<string, (typeof FAULTS)[FaultCode]>>;

/** The compiler asks for an area that is missing here, and refuses one that no code has. */
const AREAS: Readonly<Record<Area, string>> = {
  internal: 'The agent itself.',
  port: 'A serial port or a serial device server.',
  bus: 'One line with all its devices.',
  throttle: 'The queue before a line.',
  driver: 'Loading a driver and setting a device up. The device is unloaded, the others run.',
  device: 'A device as a whole.',
  mbus: 'M-Bus, one answer.',
  modbus: 'Modbus RTU, one exchange.',
  nmea0183: 'NMEA 0183, one sentence.',
  dlms: 'Meters that push DLMS',
  lines: 'Text lines, one line.',
  sunspec: 'SunSpec devices by Modbus: their list of models, and the models.',
  vedirect: 'VE.Direct, one text block or HEX message.',
  p1: 'DSMR P1, one telegram.',
  sdi12: 'SDI-12, one run.',
  sml: 'SML, one telegram of a meter.',
  iec62056: 'IEC 62056-21, one readout or pushed telegram.',
  framing: 'Bytes on their way to frames.',
  config: 'The config; the agent does not start (exit code 78).',
  link: 'The connection to the broker. Devices are polled all the same.',
  command: 'A command that was not executed, or not answered in full.',
  audit: 'The record of commands. They are executed all the same.',
  outbox: 'Readings that wait for the broker.',
  metrics: 'The health of the gateway for monitoring.',
  console: 'The web page of `fieldward console`.',
};

const REMEDIES: Readonly<Record<Remedy, string>> = {
  refuse: 'The request is refused; the same again would be refused again.',
  'retry-later': 'It may pass: the agent goes on, and what it does by itself it tries again later.',
  'reopen-port': 'The port is closed and opened again, after a wait that grows.',
  'give-up': 'Not tried again until the agent, or what is wrong, has changed.',
};

/** `drivers/FAULTS.md`. Pure. */
export function faultsPage(faults: FaultTable): string {
  const codes = Object.keys(faults);
  const of = (area: string) => codes.filter((code) => areaOf(code) === area);
  return page(
    '# Faults',
    paragraph(
      'Made from the code by `./scripts/reference`: do not edit it. Status, replies and the log name a failure by its code and the words of this table. A code never changes its meaning. The words name no value, path, host, user or text of a device.',
    ),
    '## Areas',
    list(
      Object.entries(AREAS).map(
        ([area, words]) => `**[${area}](#${anchor(area)})**: ${words} ${of(area).map(linkTo).join(', ')}`,
      ),
    ),
    '## Remedies',
    table(['remedy', 'what it means'], Object.entries(REMEDIES)),
    ...Object.entries(AREAS).flatMap(([area, words]) => [
      `## ${area}`,
      words,
      ...of(area).flatMap((code) => faultBlocks(code, faults[code])),
    ]),
  );
}

/** The anchor of a code on that page. */
export function faultAnchor(code: string): string {
  return anchor(code);
}

function areaOf(code: string): string {
  return code.split('/')[0] ?? '';
}

function linkTo(code: string): string {
  return `[${code.split('/')[1]}](#${faultAnchor(code)})`;
}

function faultBlocks(code: string, row: FaultTable[string] | undefined): readonly string[] {
  if (row === undefined) return [];
  return [
    `### ${code}`,
    list([`Words: ${plain(row.message)}`, `Remedy: [${row.remedy}](#remedies)`, `What to do: ${plain(row.advice)}`]),
  ];
}
