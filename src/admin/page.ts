/**
 * One page that shows the calls as they are: no framework, nothing from elsewhere, light and dark. It
 * holds no data; it asks the API, with a token that the reader types when one is required.
 */
import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #888; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
#node { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 500; }
td.id { font-family: ui-monospace, monospace; font-size: .85rem; }
.none, #notice { color: var(--soft); }
button { font: inherit; font-size: .85rem; }
`;

const SCRIPT = `
const $ = (id) => document.getElementById(id);
const held = () => sessionStorage.getItem('onhook-token');
const headers = () => (held() ? { Authorization: 'Bearer ' + held() } : {});
let calls = [], closed = [], offset = 0, due = false;

async function api(path, options = {}) {
  const response = await fetch(path, { ...options, headers: headers() });
  if (response.status === 401) { $('login').hidden = false; throw new Error('a token is required'); }
  if (!response.ok) throw new Error((await response.json()).title);
  $('login').hidden = true;
  return response;
}
const json = async (path) => (await api(path)).json();
const notice = (text) => { $('notice').textContent = text; };

function cell(row, text, name) {
  const td = row.insertCell();
  td.textContent = text ?? '';
  if (name) td.className = name;
  return td;
}
function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return s + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min ' + (s % 60) + ' s';
  return Math.floor(s / 3600) + ' h ' + Math.floor((s % 3600) / 60) + ' min';
}
function fill(id, list, draw) {
  const body = $(id);
  body.replaceChildren();
  for (const item of list) draw(body.insertRow(), item);
  if (list.length === 0) cell(body.insertRow(), 'none', 'none').colSpan = 7;
}
async function command(id, name) {
  if (!confirm(name + ' ' + id + '?')) return;
  try {
    await api('api/calls/' + encodeURIComponent(id) + '/' + name, { method: 'POST' });
  } catch (error) { notice(error.message); }
}
function action(td, id, name) {
  const button = document.createElement('button');
  button.textContent = name;
  button.onclick = () => command(id, name);
  td.append(button, ' ');
}
function draw() {
  const now = Date.now() + offset;
  fill('open', calls, (row, call) => {
    cell(row, call.callId, 'id');
    cell(row, call.gateway);
    cell(row, call.state);
    cell(row, span(now - call.startedAt));
    const timer = call.nextTimer;
    cell(row, timer ? timer.timerId + ' in ' + span(timer.dueAt - now) : '');
    cell(row, call.endReason);
    const td = cell(row, '');
    if (['active', 'farewell-speaking', 'draining'].includes(call.state)) {
      action(td, call.callId, 'end');
      action(td, call.callId, 'kill');
    }
  });
  fill('closed', closed, (row, call) => {
    cell(row, call.callId, 'id');
    cell(row, call.gateway);
    cell(row, call.endedBy);
    cell(row, call.endReason);
  });
}
async function refresh() {
  due = false;
  try {
    const [open, ended, stats] = await Promise.all([
      json('api/calls?limit=200'), json('api/calls?state=closed&limit=20'), json('api/stats'),
    ]);
    calls = open.calls;
    closed = ended.calls;
    // Ages by the node's clock, not by this browser's.
    if (calls[0]) offset = calls[0].startedAt + calls[0].ageMs - Date.now();
    $('node').textContent = stats.nodeId + ' · ' + stats.version + (stats.paused ? ' · paused' : '');
    notice(open.unanswered.length ? 'partitions that did not answer: ' + open.unanswered.join(', ') : '');
    draw();
  } catch (error) { notice(error.message); }
}
function soon() {
  if (due) return;
  due = true;
  setTimeout(refresh, 300);
}
async function follow() {
  for (;;) {
    try {
      const reader = (await api('api/events')).body.getReader();
      soon();
      while (!(await reader.read()).done) soon();
    } catch (error) { notice(error.message); }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
$('login').onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem('onhook-token', $('token').value);
  refresh();
};
setInterval(draw, 1000);
setInterval(refresh, 10000);
refresh();
follow();
`;

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Nothing but the two blocks above runs or styles, and nothing is fetched from elsewhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page itself, served with {@link PAGE_POLICY}. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>onhook</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<header><h1>onhook</h1><span id="node"></span></header>
<form id="login" hidden><label>Token <input id="token" type="password" autocomplete="off"></label> <button>Use</button></form>
<p id="notice" role="status"></p>
<h2>Open calls</h2>
<div class="scroll"><table>
<thead><tr><th>Call<th>Gateway<th>State<th>Age<th>Next timer<th>End reason<th></tr></thead><tbody id="open"></tbody>
</table></div>
<h2>Closed last</h2>
<div class="scroll"><table>
<thead><tr><th>Call<th>Gateway<th>Ended by<th>End reason</tr></thead><tbody id="closed"></tbody>
</table></div>
<script>${SCRIPT}</script>
</html>
`;
