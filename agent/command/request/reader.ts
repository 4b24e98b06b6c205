import { toFault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import { TokenBucket } from '../../clock/token-bucket.ts';
import type { IncomingMessage } from '../../link/link.ts';
import { VERIFY_RATE, VERIFYING } from '../limits.ts';
import type { Signatures, Verified } from '../signature/signatures.ts';
import { type Envelope, readEnvelope, readId } from './envelope.ts';
import type { CommandTopic } from './topics.ts';

/** A request as it was read, and the key whose signature it bore. */
export interface Taken {
  readonly envelope: Envelope;
  readonly key: string | undefined;
}

export interface RequestReaderOptions {
  readonly gateway: string;
  readonly signatures: Signatures;
  readonly clock: Clock;
}

/**
 * Reads requests, and verifies those that are signed: so many at a time and in a second, because one verification costs
 * as much as hundreds of refusals.
 */
export class RequestReader {
  readonly #options: RequestReaderOptions;
  readonly #rate: TokenBucket;
  readonly #verifying = new Set<Promise<void>>();

  constructor(options: RequestReaderOptions) {
    this.#options = options;
    this.#rate = new TokenBucket(VERIFY_RATE, options.clock.now());
  }

  /**
   * @param then called once, at once for what is not signed; must not throw
   * @returns false where too many signatures came: then it is not called
   */
  take(message: IncomingMessage, topic: CommandTopic, then: (taken: Taken) => void): boolean {
    const { signatures, clock } = this.#options;
    const { payload, tooLarge } = message;
    if (tooLarge || !signatures.isSigned(payload)) {
      then({ envelope: readEnvelope(payload, tooLarge), key: undefined });
      return true;
    }
    if (this.#verifying.size >= VERIFYING || !this.#rate.take(clock.now())) return false;
    // the client may use its memory again once this returns
    const copy = Uint8Array.from(payload);
    const verifying = this.#verify(copy, topic)
      .then(then)
      .finally(() => this.#verifying.delete(verifying));
    this.#verifying.add(verifying);
    return true;
  }

  /** Settles when nothing is being verified any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#verifying);
  }

  async #verify(payload: Uint8Array, topic: CommandTopic): Promise<Taken> {
    try {
      const verified = await this.#options.signatures.verify(payload);
      const envelope = readEnvelope(verified.payload, false);
      if (this.#isFor(verified, topic)) return { envelope, key: verified.key };
      return { envelope: { id: envelope.id, fault: 'command/signature' }, key: undefined };
    } catch (thrown) {
      // the id is somebody's word: good enough for an answer, and for nothing else
      const { code } = toFault(thrown);
      return { envelope: { id: idOf(payload), fault: code }, key: undefined };
    }
  }

  /** A request that was signed for one gateway, device and command is worth nothing on the topic of another. */
  #isFor({ gateway, device, command }: Verified, topic: CommandTopic): boolean {
    return gateway === this.#options.gateway && device === topic.device && command === topic.name;
  }
}

/** The id in the middle part of a signed request that nobody vouches for. Never throws. */
function idOf(payload: Uint8Array): string | undefined {
  const [, content = ''] = Buffer.from(payload).toString('latin1').split('.', 2);
  try {
    return readId(JSON.parse(Buffer.from(content, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}
