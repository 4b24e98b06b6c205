import type { ToldIdentity } from '../../contract/identity.ts';
import { readCode } from '../code.ts';
import { firstTold, identityIn, identityOfLine } from '../identity.ts';
import type { Telegram } from './telegram.ts';

/** A telegram's account of its meter: in its first line, and under codes. Pure. */
export function telegramIdentity({
  identification,
  objects,
}: Exclude<Telegram, { readonly code: string }>): ToldIdentity {
  const texts = [...objects].flatMap(([key, [value = '']]) => {
    const code = NAMING.test(key) ? readCode(key) : undefined;
    return code === undefined ? [] : [{ code, text: unhexed(value) }];
  });
  return firstTold(identityOfLine(identification), identityIn(texts));
}

/** Codes that name the meter itself, and none behind it. */
const NAMING = /^(?:0-0:(?:42|96)|1-0:(?:0|96))\./;

const HEXADECIMAL = /^(?:[0-9A-Fa-f]{2}){4,32}$/;

/** An equipment identifier is a string of octets, each of them sent as two digits (DSMR 5.0.2 P1, 6.4: tag 9). */
function unhexed(text: string): string {
  if (!HEXADECIMAL.test(text)) return text;
  const octets = Buffer.from(text, 'hex').toString('latin1');
  return /^[ -~]+$/.test(octets) ? octets : text;
}
