import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../../config/json-schema.ts';
import { AMOUNTS } from '../../config/limits.ts';
import { takesProfiles } from '../../config/profile.ts';
import type { Profile } from '../../config/profiles/schema.ts';
import { RESERVED_IDS } from '../../config/schema/device.ts';
import type { Driver } from '../../drivers/contract/driver.ts';
import { familyFolderOf, folderOf } from '../../drivers/registry/folders.ts';
import { ID_PATTERN } from '../../drivers/schema/text.ts';
import { inWords, type Json, jsonOf } from './json-schema.ts';
import { anchor, code, list, page, paragraph, plain, table } from './markdown.ts';
import { introduction, keysOf, sectionsOf } from './options.ts';

/** The amounts that the page tells, and the words for each. */
const AMOUNTS_TOLD = {
  fileBytes: 'bytes of the file',
  nodes: 'values in the file, those behind aliases counted each time',
  depth: 'levels of mappings and lists',
  textDepth: 'levels that the text may seem to have before it is parsed',
  buses: 'buses of a gateway',
  devicesPerBus: 'devices of a bus',
  pointsPerDevice: 'points of a device, those of its profile with them',
  profileBytes: 'bytes of a profile of your own',
  ownProfiles: 'profiles of your own that are listed',
  fallbackUrls: 'entries of `mqtt.fallbackUrls`',
  alpn: 'entries of `mqtt.alpn`',
  linkLossPoints: 'points that one device’s `onLinkLoss` writes',
  signingKeys: 'public keys in `commands.signing.keys`',
  queueReserve: 'room that a bus’s queue must have beyond one operation for each device',
  defaultQueueReserve: 'room beyond them that the default queue has',
  problems: 'problems that are listed; more are only counted',
} as const satisfies Readonly<Record<keyof typeof AMOUNTS, string>>;

/** `config/REFERENCE.md`. Pure. */
export function configPage(drivers: readonly Driver[], profiles: readonly Profile[]): string {
  const sections = sectionsOf(configJsonSchema([]) as Json);
  return page(
    '# The config, key by key',
    paragraph(
      'Made from the code by `./scripts/reference`: do not edit it. [example.yaml](example.yaml) shows a whole file, `fieldward check` says what is wrong with one, and `fieldward schema` prints the same rules for editors.',
    ),
    list([
      'The file is YAML 1.2; JSON is YAML. Unknown keys are refused. Bounds are inclusive. Keys must also fit together (`certFile` needs `keyFile`): `fieldward check` names what does not.',
      `Ids of gateways, buses, devices and points: ${code(ID_PATTERN.source)}. A device’s id may not be ${inWords(RESERVED_IDS, 'or')}.`,
      'Scalars outside lists can be set from the environment, which goes before the file. It is read strictly: a boolean is `true` or `false`, a whole number is digits with an optional minus.',
      'Secrets are never in the file or in the environment: they are files.',
    ]),
    '## Contents',
    contents([...sections.map(({ path }) => titleOf(path)), ...drivers.map(driverTitle), PROFILES, BOUNDS]),
    ...sections.flatMap((section) => [`## ${titleOf(section.path)}`, introduction(section.schema), keysOf(section)]),
    ...drivers.flatMap((driver, place) => driverSection(driver, drivers.slice(0, place))),
    `## ${PROFILES}`,
    paragraph(
      'A device takes one by `options: { profile: NAME }`; keys of the file’s points are laid over those of the same name. Your own are files `profiles/NAME.yaml` beside the config.',
    ),
    profileTable(profiles),
    `## ${BOUNDS}`,
    paragraph('So that no file can make the agent large.'),
    table(
      ['at most', 'of'],
      Object.entries(AMOUNTS_TOLD).map(([key, words]) => [String(AMOUNTS[key as keyof typeof AMOUNTS]), words]),
    ),
  );
}

const PROFILES = 'Profiles';
const BOUNDS = 'Bounds on the whole';

function contents(titles: readonly string[]): string {
  return list(titles.map((title) => `[${title}](#${anchor(title)})`));
}

function titleOf(path: string): string {
  return path === '' ? 'The file' : path;
}

function driverTitle({ name }: Driver): string {
  return `Driver ${name}`;
}

function driverSection(driver: Driver, before: readonly Driver[]): readonly string[] {
  const same = before.find(({ point }) => point === driver.point);
  const keys = (schema: unknown) => keysOf({ path: driver.name, schema: jsonOf(schema) });
  return [
    `## ${driverTitle(driver)}`,
    paragraph(`${plain(driver.summary)}. How it works: [README](../drivers/${readmeOf(driver.name)}).`),
    `### ${driver.name}: options`,
    keys(driver.options),
    ...innerSections(driver, driver.options, 'the options'),
    `### ${driver.name}: points`,
    takesProfiles(driver)
      ? paragraph('An entry that is laid over a point of the profile needs only `name` and what differs.')
      : '',
    ...(same === undefined
      ? [keys(driver.point), ...innerSections(driver, driver.point, 'a point')]
      : [paragraph(`The keys are [those of ${same.name}](#${anchor(`${same.name}: points`)}).`)]),
  ];
}

/** The mappings inside a driver's options or points. */
function innerSections({ name }: Driver, schema: unknown, of: string): readonly string[] {
  const inner = sectionsOf(jsonOf(schema)).slice(1);
  return inner.flatMap((each) => [`### ${name}: ${each.path} of ${of}`, keysOf({ path: name, schema: each.schema })]);
}

function profileTable(profiles: readonly Profile[]): string {
  return table(
    ['profile', 'driver', 'maker', 'model', 'points'],
    profiles.map(({ name, driver, maker, model, points }) => [
      `[${name}](../drivers/modbus/PROFILES.md#${anchor(name)})`,
      driver,
      plain(maker),
      plain(model),
      String(points.length),
    ]),
  );
}

/** A driver's own page, or that of its family. */
function readmeOf(name: string): string {
  const own = `${folderOf(name)}/README.md`;
  return existsSync(join('drivers', own)) ? own : `${familyFolderOf(name)}/README.md`;
}
