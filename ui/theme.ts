/** Light, dark, or as the system has it; kept in this browser. */
import { signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'onhook-theme';
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

const stored = localStorage.getItem(KEY);
export const theme = signal<Theme>(THEMES.find((name) => name === stored) ?? 'auto');
apply(theme.value);

function apply(name: Theme): void {
  if (name === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = name;
}

export function nextTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto';
  theme.value = next;
  localStorage.setItem(KEY, next);
  apply(next);
}
