/** Home Assistant's reading of a template: of exactly the forms that the agent sends, and of no other. */

/** @throws Error for a template of another form */
export function renderState(template: string, payload: string): string {
  const value_json = JSON.parse(payload);
  const at = (place: string): unknown =>
    [...place.matchAll(/\['([^']+)'\]/g)].reduce<unknown>(
      (inner, [, key = '']) => (inner as Readonly<Record<string, unknown>>)[key],
      value_json,
    );
  const plain = /^\{\{ value_json((?:\['[^']+'\])+)(?: \| default\(none\))? \}\}$/.exec(template);
  if (plain !== null) return textOf(at(plain[1] ?? ''));
  const text =
    /^\{\{ value_json((?:\['[^']+'\])+) \| default\(none\) \| string \| truncate\(255, true, '', 0\) \}\}$/.exec(
      template,
    );
  if (text !== null) return textOf(at(text[1] ?? '')).slice(0, 255);
  const flag =
    /^\{% set v = value_json((?:\['[^']+'\])+) \| default\(none\) %\}\{\{ 'None' if v == none else \('true' if v else 'false'\) \}\}$/.exec(
      template,
    );
  if (flag !== null) {
    const value = at(flag[1] ?? '') ?? null;
    return value === null ? 'None' : value ? 'true' : 'false';
  }
  if (template === "{{ value_json['devices'].values() | selectattr('fault') | list | count }}") {
    return String(
      Object.values(value_json.devices as Record<string, { fault: unknown }>).filter(({ fault }) => fault).length,
    );
  }
  throw new Error(`no template of ours: ${template}`);
}

/** The payload of a command. @param now wall clock, milliseconds since 1970 */
export function renderCommand(template: string, value: string | number, now: number): string {
  const pieces: readonly (readonly [RegExp, (...groups: string[]) => string])[] = [
    [/\{\{ \(utcnow\(\)\.timestamp\(\) \* 1000000\) \| int \}\}/g, () => String(Math.trunc(now * 1000))],
    [/\{\{ range\(100000, 1000000\) \| random \}\}/g, () => String(100_000 + Math.floor(Math.random() * 900_000))],
    [
      /\{\{ \(utcnow\(\) \+ timedelta\(seconds=(\d+)\)\)\.strftime\('%Y-%m-%dT%H:%M:%SZ'\) \}\}/g,
      (_, seconds = '') => `${new Date(now + Number(seconds) * 1000).toISOString().slice(0, 19)}Z`,
    ],
    [/\{\{ value \}\}/g, () => String(value)],
    // Jinja writes these so that the text may stand in a page
    [
      /\{\{ value \| tojson \}\}/g,
      () => JSON.stringify(value).replace(/[<>&']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
    ],
  ];
  let rendered = template;
  for (const [form, by] of pieces) rendered = rendered.replace(form, by);
  if (/\{\{|\{%/.test(rendered)) throw new Error(`no template of ours: ${template}`);
  return rendered;
}

/** As Python writes it. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}
