/** The address after `#` says which page and which filters, so that a link shows the same to others. */
import { computed, signal } from '@preact/signals';

export interface Route {
  /** `['calls', 'CA1', 'replay']` */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

export const route = computed((): Route => {
  const [path = '', query = ''] = hash.value.replace(/^#\/?/, '').split('?');
  return {
    path: path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent),
    query: new URLSearchParams(query),
  };
});

export function link(path: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

/** Changes one value of the query; an empty one goes. Replaces the address: a filter is no step back. */
export function setQuery(name: string, value: string): void {
  const { path, query } = route.value;
  const next = new URLSearchParams(query);
  if (value === '') next.delete(name);
  else next.set(name, value);
  history.replaceState(null, '', link(path, Object.fromEntries(next)));
  hash.value = location.hash;
}
