/**
 * The templates that Home Assistant is sent: few forms, all of them here, each used with ids of the gateway's own pattern
 * alone, so that nothing of an operator's text is ever part of a template. `default(none)` is for a point that was not
 * read yet: without it Home Assistant logs a warning for each state.
 */

/** `None` is what Home Assistant takes for "unknown". */
const UNKNOWN = 'None';

/** Home Assistant takes no longer state. */
const LONGEST_STATE = 255;

function member(point: string): string {
  return `value_json['values']['${point}'] | default(none)`;
}

/** A number, or a text that is a choice or a time. */
export function valueTemplate(point: string): string {
  return `{{ ${member(point)} }}`;
}

export function textTemplate(point: string): string {
  return `{{ ${member(point)} | string | truncate(${LONGEST_STATE}, true, '', 0) }}`;
}

/** `true` or `false`: Jinja would write True. */
export function flagTemplate(point: string): string {
  return `{% set v = ${member(point)} %}{{ '${UNKNOWN}' if v == none else ('true' if v else 'false') }}`;
}

/** A member of the status, by its place. */
export function statusTemplate(...place: readonly string[]): string {
  return `{{ value_json${place.map((key) => `['${key}']`).join('')} }}`;
}

export const FAULTS_TEMPLATE = "{{ value_json['devices'].values() | selectattr('fault') | list | count }}";

/** Half of what is allowed: the clocks of the two may differ by as much. */
const LIFE = 0.5;

/**
 * A request as the gateway takes it: an id of its own, and an end.
 * @param args JSON text, in which `{{ value }}` stands for what was chosen
 * @param maxAgeMs of the gateway's config
 */
export function requestTemplate(args: string, maxAgeMs: number): string {
  const seconds = Math.max(1, Math.floor((maxAgeMs * LIFE) / 1000));
  const id = 'ha-{{ (utcnow().timestamp() * 1000000) | int }}-{{ range(100000, 1000000) | random }}';
  const expiresAt = `{{ (utcnow() + timedelta(seconds=${seconds})).strftime('%Y-%m-%dT%H:%M:%SZ') }}`;
  return `{"id": "${id}", "expiresAt": "${expiresAt}", "args": ${args}}`;
}

/** Of a number, or of a switch, whose payloads are `true` and `false`: JSON as it is. */
export function plainArgs(point: string): string {
  return `{"${point}": {{ value }} }`;
}

/** Of a text: quoted, with any content. */
export function textArgs(point: string): string {
  return `{"${point}": {{ value | tojson }} }`;
}
