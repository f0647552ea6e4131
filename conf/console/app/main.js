// The frame: who one is, where one goes, shortcuts, light and dark.
import { html, render, useEffect, useRef, useState } from '../vendor/htm-preact.js';
import { ApiError, forgetToken, get, keepToken, token } from './api.js';
import { Badge, Problem } from './parts.js';
import * as samples from './samples.js';
import { Certificates } from './pages/certificates.js';
import { Hosts } from './pages/hosts.js';
import { Limits } from './pages/limits.js';
import { Live } from './pages/live.js';
import { Overview } from './pages/overview.js';
import { Requests, Why } from './pages/requests.js';
import { Rules } from './pages/rules.js';
import { Sessions } from './pages/sessions.js';
import { Tunnels } from './pages/tunnels.js';

const PAGES = [
  { path: 'overview', name: 'Overview', view: Overview },
  { path: 'hosts', name: 'Hosts and backends', view: Hosts },
  { path: 'live', name: 'Live requests', view: Live },
  { path: 'requests', name: 'Requests', view: Requests },
  { path: 'sessions', name: 'Sessions', view: Sessions },
  { path: 'rules', name: 'Rules', view: Rules },
  { path: 'limits', name: 'Limits and credits', view: Limits },
  { path: 'certificates', name: 'Certificates', view: Certificates },
  { path: 'tunnels', name: 'Tunnels', view: Tunnels },
];

const stored = name => { try { return localStorage.getItem(name); } catch { return null; } };
const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* then for this page only */ } };
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const go = path => { location.hash = `#/${path}`; };

function useTheme() {
  const [chosen, choose] = useState(stored('navajo.theme') || 'auto');
  const [system, setSystem] = useState(prefersDark.matches ? 'dark' : 'light');
  useEffect(() => {
    const listen = event => setSystem(event.matches ? 'dark' : 'light');
    prefersDark.addEventListener('change', listen);
    return () => prefersDark.removeEventListener('change', listen);
  }, []);
  const theme = chosen === 'auto' ? system : chosen;
  document.documentElement.dataset.theme = theme;
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    store('navajo.theme', next);
    choose(next);
  };
  return { theme, toggle };
}

function Login({ failed, enter }) {
  const [text, setText] = useState('');
  const field = useRef(null);
  useEffect(() => field.current.focus(), []);
  return html`
    <main class="login">
      <form class="card" onSubmit=${event => { event.preventDefault(); enter(text.trim()); }}>
        <img src="mark.svg" alt="" width="44" height="44"/>
        <h1>Navajo console</h1>
        <p>Enter an admin token. It is kept in this tab alone, and forgotten when you close it.</p>
        <${Problem} error=${failed}/>
        <label>Token <input ref=${field} type="password" autocomplete="off" spellcheck="false" required value=${text}
          onInput=${event => setText(event.target.value)}/></label>
        <button type="submit">Enter</button>
        <p class="note">No token yet? On the server: <code>navajo admin-token --role operator --file TOKENFILE NAME</code></p>
      </form>
    </main>`;
}

function Help({ open, close, keys, setKeys }) {
  const dialog = useRef(null);
  useEffect(() => {
    if (open && !dialog.current.open) dialog.current.showModal();
    if (!open && dialog.current.open) dialog.current.close();
  });
  return html`
    <dialog ref=${dialog} onClose=${close} aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <dl class="facts keys">
        ${PAGES.map((page, index) => html`<dt><kbd>${index + 1}</kbd></dt><dd>${page.name}</dd>`)}
        <dt><kbd>/</kbd></dt><dd>to the filter of the page</dd>
        <dt><kbd>t</kbd></dt><dd>light or dark</dd>
        <dt><kbd>?</kbd></dt><dd>this list</dd>
      </dl>
      <label class="check"><input type="checkbox" checked=${keys} onChange=${event => setKeys(event.target.checked)}/>
        Single keys do this</label>
      <div class="actions"><button onClick=${close}>Close</button></div>
    </dialog>`;
}

function useRoute() {
  const read = () => location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  const [route, setRoute] = useState(read());
  useEffect(() => {
    const listen = () => setRoute(read());
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  return route;
}

function Frame({ me, leave }) {
  const route = useRoute(), { theme, toggle } = useTheme();
  const [help, setHelp] = useState(false), [menu, setMenu] = useState(false);
  const [keys, setKeysNow] = useState(stored('navajo.keys') !== 'off');
  const setKeys = on => { store('navajo.keys', on ? 'on' : 'off'); setKeysNow(on); };
  const main = useRef(null), first = useRef(true);
  const page = PAGES.find(one => one.path === route[0]) || PAGES[0];
  const View = page.path === 'requests' && route[1] ? Why : page.view;
  useEffect(() => {
    document.title = `${page.name} – Navajo`;
    setMenu(false);
    // Where one has gone is where one reads on; but not when the page is opened.
    if (!first.current) main.current.querySelector('h1')?.focus();
    first.current = false;
  }, [page.path, route[1]]);
  useEffect(() => {
    const listen = event => {
      const typing = event.target.closest('input, select, textarea, dialog');
      if (!keys || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const number = Number(event.key);
      if (number >= 1 && number <= PAGES.length) go(PAGES[number - 1].path);
      else if (event.key === 't') toggle();
      else if (event.key === '?') setHelp(true);
      else if (event.key === '/') {
        const filter = document.querySelector('[data-filter]');
        if (!filter) return;
        filter.focus();
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  });
  return html`
    <a class="skip" href="#main" onClick=${event => { event.preventDefault(); main.current.focus(); }}>Skip to content</a>
    <div class="frame">
      <header class="bar">
        <button class="menu plain" aria-expanded=${menu} aria-controls="pages" onClick=${() => setMenu(!menu)}>Menu</button>
        <a class="brand" href="#/overview"><img src="mark.svg" alt="" width="26" height="26"/> Navajo</a>
        <span class="spacer"></span>
        <span class="me">${me.name} <${Badge} tone=${me.role === 'viewer' ? 'plain' : 'info'}>${me.role}<//></span>
        <button class="plain" onClick=${toggle} aria-label=${`Change to ${theme === 'dark' ? 'light' : 'dark'} colours`}>
          ${theme === 'dark' ? 'Light' : 'Dark'}</button>
        <button class="plain" onClick=${() => setHelp(true)} aria-label="Keyboard shortcuts">?</button>
        <button class="plain" onClick=${leave}>Leave</button>
      </header>
      <nav id="pages" class=${menu ? 'open' : ''} aria-label="Pages">
        <ul>${PAGES.map((one, index) => html`<li><a href=${`#/${one.path}`} aria-current=${one === page ? 'page' : null}>
          <span>${one.name}</span><kbd aria-hidden="true">${index + 1}</kbd></a></li>`)}</ul>
      </nav>
      <main id="main" ref=${main} tabindex="-1">
        <${View} key=${page.path + (route[1] || '')} id=${route[1]} role=${me.role} theme=${theme} go=${go}/>
      </main>
    </div>
    <${Help} open=${help} close=${() => setHelp(false)} keys=${keys} setKeys=${setKeys}/>`;
}

function App() {
  const [me, setMe] = useState(null), [failed, setFailed] = useState(null), [asking, setAsking] = useState(!!token());
  useTheme();
  const enter = async text => {
    keepToken(text);
    setAsking(true);
    try {
      setMe(await get('/whoami'));
      setFailed(null);
    } catch (error) {
      // What was kept and is good no longer is worth a word as well.
      setFailed(error instanceof ApiError ? error : new ApiError(0, 'error', String(error)));
      if (error.status === 401) forgetToken();
    }
    setAsking(false);
  };
  useEffect(() => { if (token()) enter(token()); }, []);
  const leave = () => {
    forgetToken();
    samples.forget();
    setMe(null);
  };
  if (asking) return html`<main class="login"><p role="status">Asking the server…</p></main>`;
  return me ? html`<${Frame} me=${me} leave=${leave}/>` : html`<${Login} failed=${failed} enter=${enter}/>`;
}

render(html`<${App}/>`, document.getElementById('app'));
