import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import { csvText, type Series } from '../history/csv.ts';
import type { Histories } from '../history/histories.ts';
import { HISTORY_SPAN, MOST_FILE_SERIES } from '../limits.ts';
import type { HeardPlant } from '../plant/plant.ts';
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts';

export interface RoutesOptions {
  readonly plant: HeardPlant;
  readonly histories: Histories;
  /** Wall clock, milliseconds since 1970. */
  readonly wall: () => number;
}

type Route = (query: URLSearchParams, options: RoutesOptions) => Answer;

/** The routes that the page reads, by their path. */
const ROUTES: ReadonlyMap<string, Route> = new Map([
  ['/api/history', history],
  ['/api/history.csv', historyFile],
]);

/** Undefined: there is no such thing. */
export function routed(path: string, query: URLSearchParams, options: RoutesOptions): Answer | undefined {
  return ROUTES.get(path)?.(query, options);
}

const WRONG_NAMES = 'gateway, device and point are ids: 1 to 63 of a-z, 0-9 and -';
const WRONG_TIMES = 'from and to are milliseconds since 1970, and from is not after to';

function history(query: URLSearchParams, { plant, histories, wall }: RoutesOptions): Answer {
  const [gateway, device, point] = ['gateway', 'device', 'point'].map((name) => query.get(name) ?? '');
  if (gateway === undefined || device === undefined || point === undefined) return errorAnswer(400, WRONG_NAMES);
  if (![gateway, device, point].every((name) => ID_PATTERN.test(name))) return errorAnswer(400, WRONG_NAMES);
  const now = wall();
  const from = timeOf(query.get('from'), now - HISTORY_SPAN);
  const to = timeOf(query.get('to'), Number.MAX_SAFE_INTEGER);
  if (from === undefined || to === undefined || from > to) return errorAnswer(400, WRONG_TIMES);
  if (!has(plant, gateway, device, point)) return errorAnswer(404, 'there is no such point');
  return jsonAnswer(200, histories.plot(`${gateway}/${device}`, point, from, to));
}

function historyFile(query: URLSearchParams, { plant, histories, wall }: RoutesOptions): Answer {
  const gateway = query.get('gateway') ?? '';
  const asked = query.getAll('series').map((each) => each.split('/'));
  if (asked.length === 0 || asked.length > MOST_FILE_SERIES) {
    return errorAnswer(400, `a file holds 1 to ${MOST_FILE_SERIES} series, each as DEVICE/POINT`);
  }
  const isNamed = asked.every((names) => names.length === 2 && names.every((name) => ID_PATTERN.test(name)));
  if (!isNamed || !ID_PATTERN.test(gateway)) return errorAnswer(400, WRONG_NAMES);
  const from = wall() - HISTORY_SPAN;
  const series = asked.map(([device = '', point = '']): Series => {
    const unit = plant.view(gateway)?.devices.get(device)?.meta?.points.get(point)?.unit ?? '';
    const kept = histories.kept(`${gateway}/${device}`, point, from, Number.MAX_SAFE_INTEGER);
    return { gateway, device, point, unit, kept };
  });
  const disposition = `attachment; filename="${gateway}.csv"`;
  const body = csvText(series);
  return { status: 200, type: 'text/csv; charset=utf-8', body, headers: { 'content-disposition': disposition } };
}

function has(plant: HeardPlant, gateway: string, device: string, point: string): boolean {
  const found = plant.view(gateway)?.devices.get(device);
  return found !== undefined && (found.values.has(point) || found.meta?.points.has(point) === true);
}

function timeOf(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise;
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}
