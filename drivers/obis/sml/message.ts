import { Fault } from '../../contract/fault.ts';
import { type Checksum, checksumOf } from './checksum.ts';
import { type Element, ElementReader, malformed } from './element.ts';
import { LARGEST_SCALER, MOST_MESSAGES } from './limits.ts';

/** SML_GetList.Res (BSI TR-03109-1, annex IV, 5.1.16). All other messages are passed over. */
const GET_LIST_RESPONSE = 0x0701n;

/** `76`: a list of six, with which each message begins. */
const MESSAGE = 0x76;
const END_OF_MESSAGE = 0x00;

const ENTRY_LENGTH = 7;
const LIST_LENGTH = 7;
const NAME_LENGTH = 6;

/** One SML_ListEntry (5.1.16.2). Status, time and signature are passed over. */
export interface Entry {
  /** Six bytes: A-B:C.D.E*F. */
  readonly name: Uint8Array;
  /** DLMS unit code (IEC 62056-62). */
  readonly unit: number | undefined;
  /** The value is multiplied by ten to this power. */
  readonly scaler: number;
  readonly value: Element;
}

export interface List {
  /** Octets of the meter's identification; none where it is left out. */
  readonly serverId: Uint8Array;
  readonly entries: readonly Entry[];
}

/**
 * The lists of a telegram, once every message of it was found sound. Pure.
 * @param takes the checksums that a message may have
 * @throws Fault `sml/malformed`, `sml/message-checksum`
 */
export function readLists(payload: Uint8Array, takes: (checksum: Checksum) => boolean): readonly List[] {
  const reader = new ElementReader(payload);
  const lists: List[] = [];
  for (let count = 0; !reader.isDone; count++) {
    if (count === MOST_MESSAGES) throw malformed();
    const list = readMessage(reader, payload, takes);
    if (list !== undefined) lists.push(list);
    // Some meters fill the telegram up and don't count it.
    while (reader.takeByte(END_OF_MESSAGE));
  }
  return lists;
}

/** SML_Message (5.1.1): transaction, group, the reaction to errors, body, checksum, end. */
function readMessage(
  reader: ElementReader,
  payload: Uint8Array,
  takes: (checksum: Checksum) => boolean,
): List | undefined {
  const from = reader.at;
  if (!reader.takeByte(MESSAGE)) throw malformed();
  for (let header = 0; header < 3; header++) reader.read();
  const body = reader.read();
  const to = reader.at;
  const sent = reader.read();
  if (!reader.takeByte(END_OF_MESSAGE) || sent.kind !== 'unsigned' || sent.bytes.length > 2) throw malformed();
  const checksum = checksumOf(payload, from, to, Number(sent.value));
  if (checksum === undefined || !takes(checksum)) throw new Fault('sml/message-checksum');
  if (body.kind !== 'list' || body.items.length !== 2) throw malformed();
  const [tag, content] = body.items;
  return tag?.kind === 'unsigned' && tag.value === GET_LIST_RESPONSE ? listOf(content) : undefined;
}

/** clientId, serverId, listName, actSensorTime, valList, listSignature, actGatewayTime. */
function listOf(content: Element | undefined): List {
  if (content?.kind !== 'list' || content.items.length !== LIST_LENGTH) throw malformed();
  const [, serverId, , , values] = content.items;
  if (serverId?.kind !== 'octets' || values?.kind !== 'list') throw malformed();
  return { serverId: serverId.bytes, entries: values.items.map(entryOf) };
}

/** objName, status, valTime, unit, scaler, value, valueSignature. */
function entryOf(item: Element): Entry {
  if (item.kind !== 'list' || item.items.length !== ENTRY_LENGTH) throw malformed();
  const [name, , , unit, scaler, value] = item.items;
  if (name?.kind !== 'octets' || name.bytes.length !== NAME_LENGTH || value === undefined) throw malformed();
  return { name: name.bytes, unit: numberOf(unit, 255), scaler: numberOf(scaler, LARGEST_SCALER) ?? 0, value };
}

/** A small number of either sign, or nothing where it is left out. */
function numberOf(element: Element | undefined, most: number): number | undefined {
  if (element?.kind === 'octets' && element.bytes.length === 0) return undefined;
  if (element?.kind !== 'integer' && element?.kind !== 'unsigned') throw malformed();
  const number = Number(element.value);
  if (Math.abs(number) > most) throw malformed();
  return number;
}
