import { z } from 'zod';
import { realNumber, wholeNumber } from '../schema/number.ts';
import { commonPoint, consistentPoint, exactInteger, LARGEST } from '../schema/point.ts';
import { id } from '../schema/text.ts';
import { order, writeFunction } from './options.ts';

export const REGISTER_KINDS = ['coil', 'discrete', 'input', 'holding'] as const;
export type RegisterKind = (typeof REGISTER_KINDS)[number];

/** Registers that a value of each type takes; a string says it itself. */
export const WORDS = {
  bool: 1,
  int16: 1,
  uint16: 1,
  int24: 2,
  uint24: 2,
  int32: 2,
  uint32: 2,
  int48: 3,
  uint48: 3,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
  'exp8-mantissa24': 2,
  bcd16: 1,
  bcd32: 2,
  'mod10k-32': 2,
  'mod10k-64': 4,
  'sign-magnitude16': 1,
  'sign-magnitude32': 2,
  string: 0,
} as const;
export type RawType = keyof typeof WORDS;
const RAW_TYPES = Object.keys(WORDS) as [RawType, ...RawType[]];

/** Types whose single bits have a meaning; a sign, an exponent or a decimal digit has none. */
const BIT_TYPES: readonly RawType[] = ['bool', 'uint16', 'uint24', 'uint32', 'uint48', 'uint64'];

/** Bits that carry the value, where those are not all bits of its registers: the lowest ones. */
export function bitsOf(type: RawType): number {
  return type === 'int24' || type === 'uint24' ? 24 : WORDS[type] * 16;
}

/** Whether a value of the type can have a fraction. */
export function isFloating(type: RawType): boolean {
  return type === 'float32' || type === 'float64' || type === 'exp8-mantissa24';
}

/** A whole number in YAML keeps all its digits; as text it is also one for programs that write JSON with doubles. */
const errorValue = z.union(
  [realNumber(-LARGEST, LARGEST), exactInteger, z.string().regex(/^(?:0x[0-9A-Fa-f]{1,16}|-?[0-9]{1,20})$/)],
  { error: 'must be a number from -1e20 to 1e20, or a text as 0x7FFFFFFFFFFFFFFF' },
);

const fields = z.strictObject({
  ...commonPoint,
  register: z
    .enum(REGISTER_KINDS, { error: 'must be coil, discrete, input or holding' })
    .describe('coil (functions 1, 5, 15), discrete (2), input (4) or holding (3, 6, 16, 23).'),
  address: wholeNumber(0, 65_535).describe(
    'Zero-based, as in the PDU, 0 to 65535: what a manual calls 30001 or 40001 is 0.',
  ),
  type: z
    .enum(RAW_TYPES, { error: `must be one of ${RAW_TYPES.join(', ')}` })
    .describe(
      'How the raw value lies in its registers; drivers/modbus/README.md has a table of registers and values for each type.',
    ),
  wordOrder: order.optional().describe("Order of the registers of one value; default: the device's."),
  byteOrder: order.optional().describe("Order of the bytes in each register; default: the device's."),
  bits: z
    .tuple([wholeNumber(0, 63), wholeNumber(1, 64)], { error: 'must be [first, count]' })
    .optional()
    .describe('[first, count]: only these bits, bit 0 being the least significant. Of an unsigned integer or a bool.'),
  scaleFrom: id()
    .optional()
    .describe(
      'Name of another point of the same device and kind of register: a whole number from -10 to 10. The value is then raw × 10 to the power of that number × scale + offset. Both are always read in one request, together with the registers between them; a number outside -10 to 10, or none, makes the value null. Such a point can not be written.',
    ),
  length: wholeNumber(1, 125).optional().describe('Of a string, in registers (two characters each), 1 to 125.'),
  writeFunction: writeFunction
    .optional()
    .describe("How this point is written, as the device's `writeFunction`; default: as the device says."),
  errorValue: z
    .union([errorValue, z.array(errorValue).min(1).max(16)], { error: 'must be a number or a list of 1 to 16 numbers' })
    .optional()
    .describe(
      'Raw value or values, bit by bit, by which the device says that it does not know: the point is null then. Also in hexadecimal, as 0x8000. All bits of a uint32, uint48 or uint64 say so too, unless `max` admits them, or the point has `enum` or `bits`, or is writable.',
    ),
});

type Fields = z.output<typeof fields>;

/** How many registers, or coils, the point lies in. */
export function widthOf(point: Pick<Fields, 'type' | 'length'>): number {
  return point.type === 'string' ? (point.length ?? 1) : WORDS[point.type];
}

export const point = fields.superRefine((value, context) => {
  consistentPoint(value, context);
  const refuse = (key: keyof Fields, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  const without = (keys: readonly (keyof Fields)[], of: string) => {
    for (const key of keys) if (value[key] !== undefined) refuse(key, `makes no sense for ${of}`);
  };
  const oneBit = value.register === 'coil' || value.register === 'discrete';
  if (oneBit && value.type !== 'bool') refuse('type', 'must be bool for a coil or a discrete input');
  if (oneBit) without(['bits', 'wordOrder', 'byteOrder', 'errorValue', 'scaleFrom'], 'a coil or a discrete input');
  if (value.writable && (value.register === 'discrete' || value.register === 'input')) {
    refuse('writable', 'a discrete input or an input register can not be written');
  }
  if (value.address + widthOf(value) > 65_536) refuse('address', 'the value would end beyond address 65535');
  if (value.type === 'string') {
    if (value.length === undefined) refuse('length', 'is needed for a string');
    without(
      [
        'scale',
        'offset',
        'decimals',
        'min',
        'max',
        'step',
        'maxRatePerS',
        'deadband',
        'enum',
        'wordOrder',
        'errorValue',
        'scaleFrom',
      ],
      'a string',
    );
  } else {
    without(['length'], 'this type');
  }
  if (value.type === 'bool') {
    without(['scale', 'offset', 'decimals', 'min', 'max', 'step', 'maxRatePerS', 'deadband', 'scaleFrom'], 'a bool');
  }
  if (value.enum !== undefined) without(['min', 'max', 'step', 'deadband', 'scaleFrom'], 'a point with enum');
  if (value.enum !== undefined && (isFloating(value.type) || value.type === 'bool')) {
    refuse('enum', 'is for whole numbers');
  }
  if (WORDS[value.type] === 1) without(['wordOrder'], 'a single register');
  if (value.bits !== undefined) refuseBits(value, value.bits, refuse);
  if (!value.writable) without(['writeFunction'], 'a point that is not writable');
  // The factor at the moment of the write gives a raw value its meaning, and between a read of the factor and the write
  // the device may change it.
  if (value.scaleFrom !== undefined && value.writable) {
    refuse('writable', 'a point with scaleFrom can not be written: its factor may change before the write arrives');
  }
});

function refuseBits(value: Fields, bits: readonly [number, number], refuse: (key: 'bits', why: string) => void): void {
  const [first, count] = bits;
  const width = bitsOf(value.type);
  if (!BIT_TYPES.includes(value.type)) refuse('bits', 'is for unsigned integers and bool');
  else if (first + count > width) refuse('bits', 'goes beyond the width of the type');
  else if (value.type === 'bool' && count !== 1) refuse('bits', 'must be a single bit for a bool');
  // Writing some bits means reading the others and writing them back: another master, or the device itself, may have
  // changed them in between. Function 22 would do it safely, where a device has it.
  else if (value.writable && count < width) refuse('bits', 'can not be written: the other bits could be lost');
}

export type PointOptions = z.output<typeof point>;
