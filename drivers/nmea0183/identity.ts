import type { ToldIdentity } from '../contract/identity.ts';
import type { Sentence } from './sentence.ts';

/** Number of texts, number of this one, kind of text, text. */
const TEXT_FIELD = 3;

/**
 * The account that a receiver of u-blox gives of itself as it starts, a line of TXT for each part: its maker's name, `MOD=`
 * the module, `FWVER=` or before that `ROM CORE` or `EXT CORE` the version (u-blox interface manuals, "Boot screen", TXT).
 * Without a checksum nothing is believed. Of others no form is known. Pure.
 */
export function receiverIdentity({ fields, checksum }: Sentence): ToldIdentity | undefined {
  if (checksum !== 'right') return undefined;
  const text = fields.slice(TEXT_FIELD).join(',').trim();
  if (/^u-blox ag\b/i.test(text)) return { maker: 'u-blox' };
  const [, model] = /^MOD=(.+)$/.exec(text) ?? [];
  if (model !== undefined) return { model };
  const [, firmware] = /^(?:FWVER=|(?:ROM|EXT) CORE )(.+)$/.exec(text) ?? [];
  return firmware === undefined ? undefined : { firmware };
}
