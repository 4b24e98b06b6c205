import type { Memory } from '../../contract/memory.ts';

/** A model as the device lists it. */
export interface PlacedModel {
  readonly id: number;
  /** Of its number; its data begin two registers later. */
  readonly address: number;
  /** Registers of its data, as the device says. */
  readonly length: number;
}

/**
 * The known part of a device's list of models. `open`: more may follow; `ended`: that is all; `broken`: the registers
 * behind it are no model, so that nobody knows the rest of the list.
 */
export interface Chain {
  readonly base: number;
  readonly models: readonly PlacedModel[];
  readonly end: 'open' | 'ended' | 'broken';
}

/** Registers of the marker, and of a model's number and length (SunSpec Device Information Model Specification). */
export const MARKER_SIZE = 2;
export const HEADER_SIZE = 2;

/** A number that ends the list. */
const END = 0xffff;

/** Devices have some ten models, aggregating ones some forty. */
const MOST_MODELS = 128;

const ADDRESSES = 0x1_0000;

const ENDS = ['open', 'ended', 'broken'] as const;

/** The address of the next model's number, or of the end of the list. */
export function nextAddress({ base, models }: Pick<Chain, 'base' | 'models'>): number {
  const last = models.at(-1);
  return last === undefined ? base + MARKER_SIZE : last.address + HEADER_SIZE + last.length;
}

/** The list once the next number and length are read. */
export function lengthened(chain: Chain, id: number, length: number): Chain {
  const address = nextAddress(chain);
  if (id === END) return { ...chain, end: 'ended' };
  const past = address + HEADER_SIZE + length;
  if (id === 0 || length === 0 || past > ADDRESSES || chain.models.length >= MOST_MODELS) {
    return { ...chain, end: 'broken' };
  }
  const models = [...chain.models, { id, address, length }];
  return { ...chain, models, end: past + HEADER_SIZE > ADDRESSES ? 'ended' : 'open' };
}

/** Whether there are registers behind the last model in which a number could stand. */
export function hasNext(chain: Chain): boolean {
  return nextAddress(chain) + HEADER_SIZE <= ADDRESSES;
}

/** As the device's memory: numbers and lengths in turn, since each model lies behind the one before. */
export function chainMemory({ base, models, end }: Chain): Memory {
  return { base, end: ENDS.indexOf(end), models: models.flatMap(({ id, length }) => [id, length]) };
}

/** The list in a memory; undefined where that holds none that could have come from a device. */
export function rememberedChain(memory: Memory | undefined): Chain | undefined {
  const { base, end, models } = memory ?? {};
  if (!isAddress(base) || base + MARKER_SIZE > ADDRESSES || !Array.isArray(models) || models.length % 2 === 1) {
    return undefined;
  }
  const known = typeof end === 'number' ? ENDS[end] : undefined;
  if (known === undefined) return undefined;
  let chain: Chain = { base, models: [], end: 'open' };
  for (let at = 0; at < models.length; at += 2) {
    const [id, length] = models.slice(at, at + 2);
    if (!isAddress(id) || !isAddress(length) || chain.end !== 'open') return undefined;
    chain = lengthened(chain, id, length);
    if (chain.models.length * 2 !== at + 2) return undefined;
  }
  return known === 'open' ? chain : { ...chain, end: known };
}

function isAddress(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < ADDRESSES;
}

/** The model that is meant: the first of the lists that the device has any model of counts. */
export interface Sought {
  readonly preferred: readonly (readonly number[])[];
  /** The how-manieth of them in the list, from 0. */
  readonly occurrence: number;
}

/** `open`: the list must be read further to say it. */
export function sighted({ models, end }: Chain, { preferred, occurrence }: Sought): PlacedModel | 'open' | 'absent' {
  for (const numbers of preferred) {
    const found = models.filter(({ id }) => numbers.includes(id))[occurrence];
    if (found !== undefined) return found;
    if (end === 'open') return 'open';
  }
  return 'absent';
}
