import { RESPONSE_TOPIC_LENGTH } from '../limits.ts';

/** The command that a topic asks for. Names are as they came: they are only ever looked up in closed tables. */
export interface CommandTopic {
  /** Absent: a command of the gateway itself. */
  readonly device?: string | undefined;
  readonly name: string;
}

/** Control characters and lone surrogates: neither the broker nor a log should ever see them in a topic of ours. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
const WILDCARD = /[+#]/;
const LEVEL_LENGTH = 64;

/** Levels below the gateway that are no devices. A reply of ours that comes back under them must not become a request. */
const RESERVED: ReadonlySet<string> = new Set(['command', 'status', 'availability', 'reply']);

/** The topics of one gateway: `topicPrefix` and the gateway's name. Pure. */
export class CommandTopics {
  readonly #root: string;

  constructor(prefix: string, gateway: string) {
    this.#root = `${prefix}/${gateway}/`;
  }

  get filters(): readonly string[] {
    return [`${this.#root}command/+`, `${this.#root}+/command/+`];
  }

  /** The command that the topic asks for, or null where it is no command topic of this gateway. */
  parse(topic: string): CommandTopic | null {
    if (!topic.startsWith(this.#root)) return null;
    const levels = topic.slice(this.#root.length).split('/', 4);
    if (!levels.every(isLevel)) return null;
    const [first, second, third] = levels;
    if (levels.length === 2 && first === 'command' && second !== undefined) return { name: second };
    if (levels.length !== 3 || first === undefined || second !== 'command' || third === undefined) return null;
    return RESERVED.has(first) ? null : { device: first, name: third };
  }

  replyTo(requestTopic: string): string {
    return `${requestTopic}/reply`;
  }

  /** Whether a requester may have its reply there: only below this gateway's own `reply/`, and never as a filter. */
  isResponseTopic(topic: string): boolean {
    const root = `${this.#root}reply/`;
    if (topic.length > RESPONSE_TOPIC_LENGTH || !topic.startsWith(root)) return false;
    return topic.slice(root.length).split('/').every(isLevel);
  }
}

function isLevel(level: string): boolean {
  return level.length > 0 && level.length <= LEVEL_LENGTH && !WILDCARD.test(level) && !UNPRINTABLE.test(level);
}
