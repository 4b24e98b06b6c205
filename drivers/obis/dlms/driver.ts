import { type Decoded, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { FaultCode } from '../../contract/faults.ts';
import type { ToldIdentity } from '../../contract/identity.ts';
import type { Memory } from '../../contract/memory.ts';
import { codeOfBytes } from '../code.ts';
import { identityIn } from '../identity.ts';
import { judgeKey, readKey } from '../key.ts';
import { type CipherKeys, openCiphered } from './apdu/cipher.ts';
import {
  DATA_NOTIFICATION,
  EVENT_NOTIFICATION,
  GENERAL_DED_CIPHERING,
  GENERAL_GLO_CIPHERING,
  readNotification,
} from './apdu/notification.ts';
import { SeriesFramer } from './link/framer.ts';
import { type Refused, readSeries } from './link/telegram.ts';
import { quantitiesOf } from './meaning/layout.ts';
import type { Quantity } from './meaning/quantity.ts';
import { rawOf } from './meaning/value.ts';
import { type Options, options } from './options.ts';
import { byCode, type PointOptions, point, pushedPoints } from './points.ts';

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'dlms-push',
  summary:
    'Electricity meters that push DLMS/COSEM on their customer interface (Nordics, Austria, Switzerland, Czechia)',
  options,
  point,
  secrets: { keyFile: judgeKey, authenticationKeyFile: judgeKey },
  create,
};

/**
 * A meter that talks by itself.
 * @throws Fault `driver/create` where a point is listed twice
 */
function create({ options, points, secrets }: Setup<Options, PointOptions>): StreamDevice {
  const read = pushedPoints(points);
  const names = new Set<string>();
  for (const [index, { point }] of read.entries()) {
    if (names.has(point.name)) throw new Fault('driver/create', { point: index });
    names.add(point.name);
  }
  const keyOf = (option: string) => readKey(secrets?.get(option) ?? new Uint8Array());
  const keys: CipherKeys = {
    encryption: keyOf('keyFile'),
    authentication: keyOf('authenticationKeyFile'),
  };

  function decode(frame: Uint8Array, memory?: Memory): Decoded {
    const telegram = readSeries(frame);
    if ('fault' in telegram) return telegram;
    const { apdu } = telegram;
    if (apdu === undefined) return { samples: [] };
    // A user that chooses this framing knows that it has no check.
    const isVouched = telegram.isChecked || options.framing === 'bare';
    switch (apdu[0]) {
      case GENERAL_GLO_CIPHERING:
      case GENERAL_DED_CIPHERING:
        return decodeCiphered(apdu, isVouched, memory);
      case DATA_NOTIFICATION:
      case EVENT_NOTIFICATION:
        // A device with a key must not accept a telegram that anybody could have made.
        return options.keyFile === undefined ? decodePlain(apdu, isVouched) : refused('dlms/not-encrypted');
      default:
        return refused('dlms/unsupported');
    }
  }

  function decodeCiphered(apdu: Uint8Array, isVouched: boolean, memory: Memory | undefined): Decoded {
    const opened = openCiphered(apdu, keys, memory);
    if ('fault' in opened) return opened;
    const decoded = decodePlain(opened.apdu, isVouched || opened.isProven);
    if ('samples' in decoded) return { ...decoded, memory: opened.memory };
    if (opened.isProven) return { ...decoded, memory: opened.memory };
    // Where nothing else vouches for the key, that the text makes no sense says that it is wrong.
    return decoded.fault.code === 'dlms/layout' ? decoded : refused('dlms/key');
  }

  function decodePlain(apdu: Uint8Array, isVouched: boolean): Decoded {
    const notification =
      apdu[0] === DATA_NOTIFICATION || apdu[0] === EVENT_NOTIFICATION ? readNotification(apdu) : 'unsupported';
    if (notification === 'unsupported') return refused('dlms/unsupported');
    if (notification === 'malformed') return refused('dlms/malformed', 'noise');
    const quantities = quantitiesOf(notification);
    if (quantities === 'malformed') return refused('dlms/malformed', 'noise');
    if (quantities === 'layout') return refused('dlms/layout');
    const sent = byCode(quantities);
    return {
      identity: identityOf(sent),
      samples: read.flatMap((each) => {
        const sample = each.sample(sent);
        if (sample === undefined) return [];
        return [isVouched ? sample : { ...sample, doubtful: true, remark: sample.remark ?? NO_CHECK }];
      }),
    };
  }

  return {
    kind: 'stream',
    points: read.map(({ point }) => point),
    framer: () => new SeriesFramer(options.framing),
    decode,
  };
}

/** A telegram's account of its meter under codes: a list's id begins with the maker's letters too (NVE and NEK, AMS HAN). */
function identityOf(sent: ReadonlyMap<string, Quantity>): ToldIdentity {
  const texts = Array.from(sent.values(), ({ code, data }) => {
    const isText = data.kind === 'text' || data.kind === 'octets';
    return { code: codeOfBytes(code), text: (isText ? rawOf(data, undefined)?.text : undefined) ?? '' };
  });
  return identityIn(texts.flatMap(({ code, text }) => (code === undefined || text === '' ? [] : [{ code, text }])));
}

/** Why a value is uncertain, for people who set the device up. */
const NO_CHECK = 'the telegram has no checksum: `framing: bare` says that this is known';

function refused(code: DlmsFault, stray: Refused['stray'] = 'foreign'): Refused {
  return { fault: new Fault(code), stray };
}

type DlmsFault = Extract<FaultCode, `dlms/${string}`>;
