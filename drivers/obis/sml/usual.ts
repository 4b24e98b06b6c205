import { USUAL_POINTS, type Usual } from '../usual.ts';

const angle = (code: string): Usual => ({ codes: [code], type: 'number', unit: 'deg' });

/** Of the points of all OBIS meters those that meters with SML send. */
const COMMON =
  /^(?:energy-(?:im|ex)port(?:-tariff-[12])?|power(?:-import|-export)?|(?:power|voltage|current)-l[123]|frequency)$/;

/**
 * The points of a meter that sends SML; the names are part of the interface. Codes: BSI TR-03109-1, annex IV; VDE FNN,
 * Lastenheft EDL and Lastenheft Basiszähler (phase angles).
 */
export const SML_POINTS: Readonly<Record<string, Usual>> = {
  ...Object.fromEntries(Object.entries<Usual>(USUAL_POINTS).filter(([name]) => COMMON.test(name))),
  'power-absolute': { codes: ['1-0:15.7.0'], type: 'number', unit: 'W' },
  'voltage-angle-l2': angle('1-0:81.7.1'),
  'voltage-angle-l3': angle('1-0:81.7.2'),
  'current-angle-l1': angle('1-0:81.7.4'),
  'current-angle-l2': angle('1-0:81.7.15'),
  'current-angle-l3': angle('1-0:81.7.26'),
  'meter-id': { codes: ['1-0:96.1.0', '1-0:0.0.9'], type: 'text' },
  manufacturer: { codes: ['1-0:96.50.1', '129-129:199.130.3'], type: 'text' },
};
