/** The view that the page shows; the address says it, so that it can be kept and sent. */
export type Place =
  | { readonly view: 'overview' | 'devices' | 'values' | 'commands' }
  | { readonly view: 'gateway'; readonly gateway: string }
  | { readonly view: 'device'; readonly gateway: string; readonly device: string };

export interface PageRoute {
  readonly place: Place;
  readonly typed: string;
  readonly faultyOnly: boolean;
  /** `gateway/device/point`, each once. */
  readonly plots: readonly string[];
}

/** More curves than a person can tell apart. */
export const MOST_PLOTS = 8;
const MOST_TYPED = 200;
const LISTS = new Set(['devices', 'values', 'commands'] as const);

export function parseRoute(hash: string): PageRoute {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const asked = new URLSearchParams(query);
  const plots = asked.getAll('plot').filter((plot) => plot.split('/').length === 3);
  return {
    place: placeOf(path),
    typed: (asked.get('q') ?? '').slice(0, MOST_TYPED),
    faultyOnly: asked.get('faulty') === '1',
    plots: [...new Set(plots)].slice(0, MOST_PLOTS),
  };
}

export function formatRoute({ place, typed, faultyOnly, plots }: PageRoute): string {
  const query = new URLSearchParams();
  if (typed !== '') query.set('q', typed);
  if (faultyOnly) query.set('faulty', '1');
  for (const plot of plots) query.append('plot', plot);
  const text = query.toString().replaceAll('%2F', '/');
  return `#/${pathOf(place)}${text === '' ? '' : `?${text}`}`;
}

function pathOf(place: Place): string {
  if (place.view === 'overview') return '';
  const parts =
    place.view === 'gateway' ? [place.gateway] : place.view === 'device' ? [place.gateway, place.device] : [];
  return [place.view, ...parts.map((part) => encodeURIComponent(part))].join('/');
}

function placeOf(path: string): Place {
  const [view = '', gateway = '', device = ''] = path.split('/').map(decoded);
  if (view === 'gateway' && gateway !== '') return { view, gateway };
  if (view === 'device' && gateway !== '' && device !== '') return { view, gateway, device };
  for (const list of LISTS) if (view === list) return { view: list };
  return { view: 'overview' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
