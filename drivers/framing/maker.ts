/**
 * Makers by the three letters that the FLAG Association gives them (IEC 62056-21, 6.3.2; EN 13757-3, 5.6). Only those whose
 * letters are in no doubt, as today's names; all others are told by their letters.
 */
const MAKERS: Readonly<Record<string, string>> = {
  ABB: 'ABB',
  ADN: 'Aidon',
  AMT: 'Aquametro',
  APT: 'Apator',
  BMT: 'BMETERS',
  CIR: 'Circutor',
  DME: 'Diehl Metering',
  DZG: 'DZG Metering',
  EBZ: 'eBZ',
  EFE: 'Engelmann Sensor',
  ELS: 'Elster',
  EMH: 'EMH metering',
  EMU: 'EMU Elektronik',
  ESY: 'EasyMeter',
  FIN: 'Finder',
  GAV: 'Carlo Gavazzi',
  HAG: 'Hager',
  HYD: 'Hydrometer',
  INM: 'Inepro Metering',
  ISK: 'Iskraemeco',
  ITR: 'Itron',
  ITW: 'Itron',
  JAN: 'Janitza',
  KAM: 'Kamstrup',
  KAW: 'Kamstrup',
  KFM: 'Kaifa',
  LGZ: 'Landis+Gyr',
  LOG: 'Logarex',
  LUG: 'Landis+Gyr',
  NZR: 'NZR',
  QDS: 'Qundis',
  REL: 'Relay',
  SEN: 'Sensus',
  SIE: 'Siemens',
  SON: 'Sontex',
  SPX: 'Sensus',
  TCH: 'Techem',
  XMX: 'Xemex',
};

/** @param letters in upper or lower case; anything else than three letters is unknown */
export function makerName(letters: string): string | undefined {
  const upper = letters.toUpperCase();
  if (!/^[A-Z]{3}$/.test(upper)) return undefined;
  return Object.hasOwn(MAKERS, upper) ? MAKERS[upper] : upper;
}
