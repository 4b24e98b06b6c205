import { isMapping } from '../../../config/source/data.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';

/** The gateway's own pattern for ids. */
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** Keys whose texts are ids that the operator gave: the status and the log hold them too. */
const NAMED = new Set(['gateway', 'id', 'name', 'driver', 'profile', 'scaleFrom']);
const LEFT_OUT = '(left out)';
const MOST_DEPTH = 24;

/**
 * The parts of a config and of a log that may go into a bundle: an allow-list out of the config's own schema. A text is
 * let through where the schema names it, or where it is an id; a number, where the schema wants a number in that place.
 */
export class Allowed {
  readonly #keys = new Set<string>();
  readonly #words = new Set<string>();
  readonly #numbers = new Set<string>();
  readonly #ids = new Set<string>();

  /** @param schema the JSON Schema of the config, with every driver */
  constructor(schema: unknown) {
    this.#learn(schema, undefined);
  }

  /** A config as plain data, with all else left out. Its ids are let through in the log from now on. */
  config(data: unknown): unknown {
    return this.#reduced(data, '', 0);
  }

  /** A place in a config, in which only known keys are shown. */
  place(path: string): string {
    return path.replace(/[^.[\]]+/g, (part) => (this.#keys.has(part) || /^[0-9]+$/.test(part) ? part : '?'));
  }

  /** A line of the agent's log; undefined: it is none, or nothing that the agent says. */
  line(text: string): string | undefined {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return undefined;
    }
    if (!isMapping(parsed) || typeof parsed.event !== 'string' || !EVENT.test(parsed.event)) return undefined;
    if (typeof parsed.level !== 'string' || !LEVELS.has(parsed.level)) return undefined;
    const kept: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(parsed).slice(0, MOST_FIELDS)) {
      if (!FIELD.test(key)) continue;
      const plain = key === 'event' || key === 'level' || (key === 'time' && TIME.test(String(value)));
      kept[key] = plain ? value : key === 'fault' ? faultOf(value) : this.#field(value);
    }
    return JSON.stringify(kept);
  }

  #field(value: unknown): unknown {
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    return typeof value === 'string' && (this.#ids.has(value) || this.#words.has(value)) ? value : LEFT_OUT;
  }

  #reduced(value: unknown, key: string, depth: number): unknown {
    if (depth > MOST_DEPTH) return LEFT_OUT;
    if (Array.isArray(value)) return value.map((each) => this.#reduced(each, key, depth + 1));
    if (isMapping(value)) {
      const known = Object.entries(value).filter(([each]) => this.#keys.has(each));
      const reduced = Object.fromEntries(known.map(([each, inner]) => [each, this.#reduced(inner, each, depth + 1)]));
      const unknown = Object.keys(value).length - known.length;
      return unknown === 0 ? reduced : { ...reduced, [LEFT_OUT]: unknown };
    }
    if (value === null) return null;
    if (typeof value !== 'string') return this.#numbers.has(key) && typeof value !== 'bigint' ? value : LEFT_OUT;
    if (NAMED.has(key) && ID.test(value)) {
      this.#ids.add(value);
      return value;
    }
    return this.#words.has(value) ? value : LEFT_OUT;
  }

  #learn(schema: unknown, key: string | undefined): void {
    if (Array.isArray(schema)) for (const each of schema) this.#learn(each, key);
    if (!isMapping(schema)) return;
    const { type, properties } = schema;
    for (const each of [type].flat()) {
      if (key !== undefined && (each === 'number' || each === 'integer' || each === 'boolean')) this.#numbers.add(key);
    }
    for (const each of [schema.const, schema.enum].flat()) if (typeof each === 'string') this.#words.add(each);
    if (isMapping(properties)) {
      for (const [name, inner] of Object.entries(properties)) {
        this.#keys.add(name);
        this.#learn(inner, name);
      }
    }
    for (const [name, inner] of Object.entries(schema)) if (name !== 'properties') this.#learn(inner, key);
  }
}

/** Constant texts of the agent: words, and no number. */
const EVENT = /^[a-z][a-z ,'’-]{0,79}$/;
const FIELD = /^[a-zA-Z]{1,24}$/;
const TIME = /^[0-9T:.Z-]{20,30}$/;
const LEVELS = new Set(['error', 'warn', 'info', 'debug']);
const MOST_FIELDS = 40;

function faultOf(fault: unknown): unknown {
  const code = isMapping(fault) ? fault.code : fault;
  return typeof code === 'string' && Object.hasOwn(FAULTS, code) ? code : LEFT_OUT;
}
