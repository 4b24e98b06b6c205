import type { KeyObject } from 'node:crypto';
import type { SigningConfig, SigningKeyConfig } from '../../../config/config.ts';
import { readPublicKey } from '../../../config/credentials/public-keys.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { type Claims, takeClaims } from './claims.ts';
import { looksSigned, readCompact } from './form.ts';
import { mayDo, type SignedTarget, scopeOf } from './scope.ts';
import { verifyCompact } from './signing.ts';

/** A request whose signature fits. Its claims are still to be compared with the topic that it came on. */
export interface Verified extends Claims {
  /** Id of the key that signed it. */
  readonly key: string;
}

interface Key {
  readonly limits: SigningKeyConfig;
  readonly publicKey: KeyObject;
}

/** The rights to sign, with the keys of the config. */
export class Signatures {
  readonly #required: ReadonlySet<string>;
  readonly #keys: ReadonlyMap<string, Key>;

  private constructor(required: ReadonlySet<string>, keys: ReadonlyMap<string, Key>) {
    this.#required = required;
    this.#keys = keys;
  }

  /**
   * Reads the keys, once: another key comes with another start.
   * @throws Fault `config/credential` where one can not be read, or is no Ed25519 public key
   */
  static async load({ required, keys }: SigningConfig): Promise<Signatures> {
    const loaded = new Map<string, Key>();
    for (const limits of keys) {
      const read = await readPublicKey(limits.publicKeyFile);
      if (!read.ok) throw new Fault('config/credential');
      loaded.set(limits.id, { limits, publicKey: read.key });
    }
    return new Signatures(new Set(required.map(scopeOf)), loaded);
  }

  /** Whether the payload means to be signed. Looks at one byte; it may still be anything. */
  isSigned(payload: Uint8Array): boolean {
    return looksSigned(payload);
  }

  /**
   * The request, if one of the keys signed exactly these bytes. One verification costs as much as hundreds of refusals:
   * the caller bounds how many there are in a second.
   * @throws Fault `command/signature` for every fault: an attacker who tries keys and forms learns nothing from it
   */
  async verify(payload: Uint8Array): Promise<Verified> {
    const compact = readCompact(payload);
    const key = compact === undefined ? undefined : this.#keys.get(compact.keyId);
    if (compact === undefined || key === undefined) throw new Fault('command/signature');
    const claims = takeClaims(await contentOf(compact.text, key.publicKey));
    if (claims === undefined) throw new Fault('command/signature');
    return { ...claims, key: compact.keyId };
  }

  /** Whether a command is only taken signed. */
  mustBeSigned(command: string): boolean {
    return this.#required.has(scopeOf(command));
  }

  /** Whether a key may do that: commands, devices and points of its entry in the config. */
  permits(key: string, target: SignedTarget, args: Readonly<Record<string, unknown>>): boolean {
    const found = this.#keys.get(key);
    return found !== undefined && mayDo(found.limits, target, args);
  }
}

async function contentOf(compact: string, publicKey: KeyObject): Promise<Uint8Array> {
  try {
    return await verifyCompact(compact, publicKey);
  } catch (cause) {
    throw new Fault('command/signature', undefined, cause);
  }
}
