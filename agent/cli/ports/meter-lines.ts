import { manufacturerText, mediumText, statusText } from '../../../drivers/mbus/record/header.ts';
import type { FoundDevice } from '../../../drivers/mbus/search/search.ts';
import type { SurveyedRecord } from '../../../drivers/mbus/search/survey.ts';

/** A meter that was found, as the config writes it. */
export function meterLines(device: FoundDevice, records: readonly SurveyedRecord[]): readonly string[] {
  const { header } = device;
  if (device.isShared) return [`# ${placeOf(device)}: several devices answer at once, and none can be read`];
  const lines = [
    `- id: ${idOf(device)}`,
    '  driver: mbus',
    `  options: { ${optionsOf(device)} }`,
    `  # ${aboutOf(header)}`,
    '  pollMs: 3600000',
  ];
  if (records.length === 0) return [...lines, '  # its records could not be read'];
  return [...lines, '  points:', ...records.map(pointLine)];
}

/** The same for programs, one line. */
export function meterJson(device: FoundDevice, records: readonly SurveyedRecord[]): string {
  const { address, key, header, isShared } = device;
  const { manufacturer, version, medium, id } = header;
  return JSON.stringify({
    address,
    secondary: key?.id,
    shared: isShared ? true : undefined,
    ...{ id, manufacturer, version, medium },
    records: records.map(({ point, value }) => ({ ...point, value })),
  });
}

function placeOf({ address, key }: FoundDevice): string {
  return address === undefined ? `number ${key?.id}` : `address ${address}`;
}

/** An id of the config: of the meter's own number, where it tells it. */
function idOf({ address, header }: FoundDevice): string {
  return header.id === undefined ? `meter-${address ?? 0}` : `meter-${header.id.toLowerCase()}`;
}

function optionsOf({ address, key }: FoundDevice): string {
  if (key === undefined) return `address: ${address ?? 0}`;
  const parts = [`secondary: "${key.id}"`];
  const letters = manufacturerText(key.manufacturer);
  if (/^[A-Z]{3}$/.test(letters)) parts.push(`manufacturer: ${letters}`);
  if (key.version < ANY) parts.push(`version: ${key.version}`);
  if (key.medium < ANY) parts.push(`medium: ${key.medium}`);
  return parts.join(', ');
}

const ANY = 255;

function aboutOf({ manufacturer, medium, version, status }: FoundDevice['header']): string {
  const parts = [
    manufacturer === undefined || !/^[A-Z]{3}$/.test(manufacturer) ? '' : `maker ${manufacturer}`,
    medium === undefined ? '' : mediumText(medium),
    version === undefined ? '' : `version ${version}`,
    status === undefined ? '' : `status ${statusText(status)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function pointLine({ point, value }: SurveyedRecord): string {
  const keys = Object.entries(point).map(([key, each]) => `${key}: ${typeof each === 'number' ? each : plain(each)}`);
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return `    - { ${keys.join(', ')} }  # now ${shown}`;
}

/** Text that YAML would take for something else stands in quotes. */
function plain(text: string): string {
  return /^[A-Za-z°][A-Za-z0-9°³/-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
