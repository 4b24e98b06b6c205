import type { ToldIdentity } from '../../../drivers/contract/identity.ts';
import { cleanIdentity } from '../../../drivers/framing/identity.ts';

const PARTS = ['maker', 'model', 'serial', 'firmware', 'kind'] as const;

/** A device's account of itself so far, cleaned, be it asked or heard. */
export class SelfTold {
  readonly #tell: (identity: ToldIdentity) => void;
  /** As the driver gave it last: most frames say the same once more. */
  #last: ToldIdentity | undefined;
  #known: ToldIdentity = {};

  /** @param tell hears all that is known, at each change of it */
  constructor(tell: (identity: ToldIdentity) => void) {
    this.#tell = tell;
  }

  take(told: ToldIdentity | undefined): void {
    if (told === undefined || (this.#last !== undefined && isSame(this.#last, told))) return;
    this.#last = told;
    const clean = cleanIdentity(told);
    if (clean === undefined) return;
    const known = joined(this.#known, clean);
    if (isSame(known, this.#known)) return;
    this.#known = known;
    this.#tell(known);
  }
}

/** Another serial number or maker is another device: the account of the one before is not told of it. */
function joined(known: ToldIdentity, told: ToldIdentity): ToldIdentity {
  const isOther = (['serial', 'maker'] as const).some(
    (part) => known[part] !== undefined && told[part] !== undefined && known[part] !== told[part],
  );
  return isOther ? told : { ...known, ...told };
}

function isSame(one: ToldIdentity, other: ToldIdentity): boolean {
  return PARTS.every((part) => one[part] === other[part]);
}
