/** The dashboard: its frame, and the page that the address names. */
import './shims/zod-without-eval.ts';
import './app.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { post, tokenWanted } from './api.ts';
import { keepCalls } from './calls-store.ts';
import { follow, liveState } from './live.ts';
import { askNode, keepNode, mayAct, node, nodeAway } from './node-info.ts';
import { CallPage } from './pages/call.tsx';
import { CallsPage } from './pages/calls.tsx';
import { DeadLettersPage } from './pages/dead-letters.tsx';
import { FleetPage } from './pages/fleet.tsx';
import { MachinePage } from './pages/machine.tsx';
import { ReplayPage } from './pages/replay.tsx';
import { ask, Confirm } from './parts/confirm.tsx';
import { Login } from './parts/login.tsx';
import { link, route } from './router.ts';
import { nextTheme, theme } from './theme.ts';

const PAGES = [
  { name: 'calls', title: 'Calls' },
  { name: 'dead-letters', title: 'Dead letters' },
  { name: 'fleet', title: 'Fleet' },
  { name: 'machine', title: 'Machine' },
] as const;

function Page() {
  const [page = 'calls', id, part] = route.value.path;
  if (page === 'calls' && id !== undefined) {
    return part === 'replay' ? <ReplayPage key={id} callId={id} /> : <CallPage key={id} callId={id} />;
  }
  if (page === 'dead-letters') return <DeadLettersPage />;
  if (page === 'fleet') return <FleetPage />;
  if (page === 'machine') return <MachinePage />;
  return <CallsPage />;
}

/** Of the tab, its history and what a screen reader says when the page changes. */
function titleOf([page = 'calls', id, part]: readonly string[]): string {
  const { title } = PAGES.find(({ name }) => name === page) ?? PAGES[0];
  const words = id === undefined ? title : part === 'replay' ? `Replay of ${id}` : id;
  return `${words} · onhook`;
}

effect(() => {
  document.title = titleOf(route.value.path);
});

const LIVE_WORDS = { connecting: 'connecting', live: 'live', lost: 'connection lost, trying again' };

function Header() {
  const [page = 'calls'] = route.value.path;
  const info = node.value;
  return (
    <header class="top">
      <a class="brand" href={link(['calls'])}>
        onhook
      </a>
      <nav aria-label="Pages">
        {PAGES.map(({ name, title }) => (
          <a key={name} href={link([name])} aria-current={page === name ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <span class="spacer" />
      <span
        class={`live ${liveState.value}`}
        title={info === undefined ? '' : `${info.nodeId}, onhook ${info.version}`}
      >
        <i aria-hidden="true" />
        {LIVE_WORDS[liveState.value]}
      </span>
      {mayAct() && <PauseButton paused={info?.paused === true} />}
      <button
        type="button"
        class="button quiet"
        onClick={nextTheme}
        aria-label={`Theme: ${theme.value}. Change`}
      >
        {theme.value === 'auto' ? '◐' : theme.value === 'light' ? '☀' : '☾'}
      </button>
    </header>
  );
}

function PauseButton({ paused }: { readonly paused: boolean }) {
  const change = async (verb: string): Promise<void> => {
    await post(verb);
    await askNode();
  };
  if (paused) {
    return (
      <button
        type="button"
        class="button primary"
        onClick={() => void change('resume').catch(() => undefined)}
      >
        Resume effects
      </button>
    );
  }
  return (
    <button
      type="button"
      class="button quiet"
      onClick={() =>
        ask({
          title: 'Pause every new effect?',
          text: 'Until it is resumed, no hangup, no command and no end function starts on any node. Calls go on deciding, and what would have been done is noted.',
          yes: 'Pause effects',
          danger: true,
          act: () => change('pause'),
        })
      }
    >
      Pause effects
    </button>
  );
}

function Banners() {
  const info = node.value;
  return (
    <div aria-live="polite">
      {nodeAway.value && <p class="banner bad">The node does not answer. What is shown may be old.</p>}
      {info?.paused === true && (
        <p class="banner warn">Effects are paused: nothing is hung up and no end function starts.</p>
      )}
      {info?.ready === false && <p class="banner warn">The node is not ready: {info.reasons.join(', ')}</p>}
    </div>
  );
}

function App() {
  if (tokenWanted.value) return <Login />;
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the page
      </a>
      <Header />
      <Banners />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <Confirm />
    </>
  );
}

keepNode();
keepCalls();
void follow();
const root = document.getElementById('app');
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
