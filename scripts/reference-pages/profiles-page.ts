import { isCertain } from '../../config/profiles/probes.ts';
import type { Profile } from '../../config/profiles/schema.ts';
import { anchor, code, list, page, paragraph, plain, table } from './markdown.ts';

const NO_UNIT = 'Without a unit';

/**
 * `drivers/modbus/PROFILES.md`: the readings of the shipped profiles, their sources, and the parts that nobody has
 * seen. Pure.
 */
export function profilesPage(profiles: readonly Profile[]): string {
  return page(
    '# The profiles',
    paragraph(
      'Made from the profiles by `./scripts/reference`: do not edit it. A device takes one by `options: { profile: NAME }`; keys of the config’s points are laid over those of the same name. [README](README.md#profiles) tells how to write your own.',
    ),
    '## How they are checked',
    list([
      'Each register, type, order and scale stands in at least two public sources, of which neither was made from the other. Where sources differ, the notes say which is right and why, or the point is left out. A map of a sibling counts as a second source where all that both lists have is equal; the sources then name it.',
      'Each profile has test vectors: what registers hold, and which values that must give. They were computed by another program than the one that is tested, or come from a source’s own example.',
      'A profile is what documents and programs say. Where a line below says “seen on a real device: nothing”, compare the first readings with the device’s own display. Signs and energies need it most.',
    ]),
    table(
      ['profile', 'maker', 'model', 'points', 'found by `scan`'],
      profiles.map(({ name, maker, model, points, probe }) => [
        `[${name}](#${anchor(name)})`,
        plain(maker),
        plain(model),
        String(points.length),
        foundBy(probe),
      ]),
    ),
    ...profiles.flatMap(profileSection),
  );
}

function foundBy(probe: Profile['probe']): string {
  if (probe === undefined) return 'no';
  if (isCertain(probe)) return 'yes, by its code';
  return probe.some(({ ifTold }) => ifTold === true) ? 'by its code where it tells it' : 'maybe, by plausible values';
}

function profileSection(profile: Profile): readonly string[] {
  const { name, maker, model, description, variants, line, sources, notes, seen, options, minGapMs, points } = profile;
  const unitOf = ({ unit }: Profile['points'][number]) => (typeof unit === 'string' ? unit : NO_UNIT);
  const units = [...new Set(points.map(unitOf))];
  const settings = Object.entries(options).map(([key, value]) => code(`${key}: ${String(value)}`));
  const writable = points.filter((point) => point.writable === true).map((point) => code(String(point.name)));
  return [
    `## ${name}`,
    paragraph(`${plain(maker)} ${plain(model)}. ${plain(description ?? '')}`.trim()),
    variants === undefined ? '' : paragraph(plain(variants)),
    list([
      ...units.map((unit) => {
        const names = points.filter((point) => unitOf(point) === unit).map((point) => code(String(point.name)));
        return `${unit === NO_UNIT ? unit : `In ${plain(unit)}`}: ${names.join(', ')}`;
      }),
      ...(writable.length > 0 ? [`Writable: ${writable.join(', ')}`] : []),
      ...(line === undefined ? [] : [`Line as delivered: ${plain(line)}`]),
      ...(settings.length > 0 ? [`Options that it sets: ${settings.join(', ')}`] : []),
      ...(minGapMs === undefined ? [] : [`Rest that it needs before it is asked again: ${minGapMs} ms`]),
      ...sources.map(({ kind, title, version, at }) => {
        return `Source (${kind}): ${[title, version, at].flatMap((part) => (part === undefined ? [] : [plain(part)])).join('; ')}`;
      }),
      ...notes.map((note) => `Note: ${plain(note)}`),
      `Test vectors: ${profile.vectors.length}`,
      `Seen on a real device: ${plain(seen ?? 'nothing')}`,
    ]),
  ];
}
