/** Asks for the admin token. It is kept for this tab only. */
import { useState } from 'preact/hooks';
import { keepToken, tokenRefused } from '../api.ts';
import { askNode } from '../node-info.ts';

export function Login() {
  const [token, setToken] = useState('');
  return (
    <main class="login card" id="main">
      <h1>onhook</h1>
      <p>
        This node asks for its admin token: the value of ONHOOK_ADMIN_TOKEN, or of ONHOOK_ADMIN_READ_TOKEN to
        look only.
      </p>
      {tokenRefused.value && (
        <p class="notice bad" role="alert">
          The node does not accept this token.
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keepToken(token);
          void askNode();
        }}
      >
        <label class="field">
          Token
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button class="button primary" type="submit">
          Open the dashboard
        </button>
      </form>
    </main>
  );
}
