import { html, useState } from '../../vendor/htm-preact.js';
import { get, post, query, remove } from '../api.js';
import { bytes, count, duration } from '../format.js';
import { Badge, Card, Empty, Loading, Meter, Page, Problem, Table, Tile, useAction, usePoll } from '../parts.js';

function Store({ store }) {
  const total = store.memory_size_bytes, used = store.memory_used_bytes;
  const percent = total ? 100 * used / total : 0;
  return html`
    <${Card} id=${`store-${store.name}`} title=${`Store ${store.name}`} note=${html`<${Badge}
      tone=${store.level >= 2 ? 'bad' : store.level === 1 ? 'warn' : 'good'}>${store.state}<//>`}>
      <dl class="tiles small">
        <${Tile} label="Sessions" value=${count(store.sessions_active)}/>
        <${Tile} label="Memory used" value=${bytes(used)} note=${`of ${bytes(total)}`}/>
        <${Tile} label="90 % in" value=${store.seconds_to_90_percent != null ? duration(store.seconds_to_90_percent) : '–'}/>
      </dl>
      <${Meter} label=${`Memory of store ${store.name}`} percent=${percent} text=${`${percent.toFixed(1)} % used`}/>
      <p class="note">Marks at 70, 90 and 95 %; above 90 % no new session is made.</p>
    <//>`;
}

function Attributes({ id, close }) {
  const { data, error } = usePoll(() => get(`/sessions/${id}`), 0, [id]);
  return html`
    <${Card} wide id="session" title=${`Session ${id}`}
      note=${html`<button class="small plain" onClick=${close}>Close</button>`}>
      <${Problem} error=${error}/>
      ${!data ? !error && html`<${Loading}/>` : html`<${Table} caption=${`What is in session ${id}`}
        keyOf=${row => row.name} rows=${data.attribute || []} empty="It is empty." columns=${[
          { head: 'attribute', cell: row => html`<code>${row.name}</code>` },
          { head: 'kind', cell: row => row.kind },
          { head: 'size', number: true, cell: row => bytes(row.size) },
          { head: 'value', wide: true, cell: row => row.value ?? html`<span class="note">not shown</span>` },
        ]}/>`}<//>`;
}

export function Sessions({ role }) {
  const [user, setUser] = useState(''), [asked, setAsked] = useState(''), [shown, setShown] = useState('');
  const action = useAction();
  const stores = usePoll(() => get('/stores'), 2);
  const list = usePoll(() => role === 'viewer' ? Promise.resolve(null) : get('/sessions' + query({ user: asked, limit: 200 })),
    5, [asked, role]);
  const rows = (list.data && list.data.session) || [];
  const end = row => action.ask({
    title: `End session ${row.id}?`, text: `${row.user || 'Its client'} has to log in again.`, verb: 'End session',
    danger: true, run: () => remove(`/sessions/${row.id}`).then(answer => (list.again(), answer)),
    done: answer => `${answer.end.ended} session ended.`,
  });
  const endAll = () => action.ask({
    title: `End all sessions of ${asked}?`, text: 'Everywhere, also those that are not listed here.', verb: 'End all',
    danger: true, run: () => post('/sessions/end', { user: asked }).then(answer => (list.again(), answer)),
    done: answer => `${answer.end.ended} sessions ended.`,
  });
  return html`
    <${Page} title="Sessions" lead="Session stores with their memory, and who is logged in.">
      ${action.view}
      <${Problem} error=${stores.error}/>
      ${!stores.data ? html`<${Loading}/>` : (stores.data.store || []).length
        ? html`<div class="grid">${stores.data.store.map(store => html`<${Store} store=${store}/>`)}</div>`
        : html`<${Empty}>No servlet keeps sessions in this configuration.<//>`}
      <${Card} wide id="list" title="Sessions" note=${list.data && list.data.end ? `${count(list.data.end.matched)} found` : ''}>
        ${role === 'viewer' ? html`<${Empty}>Who is logged in is shown to operators and admins.<//>` : html`
          <form class="filters" onSubmit=${event => { event.preventDefault(); setAsked(user.trim()); }}>
            <label>User <input type="search" data-filter value=${user} autocomplete="off" spellcheck="false"
              onInput=${event => setUser(event.target.value)}/></label>
            <button type="submit">Search</button>
            ${asked && role === 'admin' && rows.length > 0 && html`<button type="button" class="danger" onClick=${endAll}>
              End all of ${asked}</button>`}
          </form>
          <${Problem} error=${list.error}/>
          ${list.data ? html`<${Table} caption="Sessions" keyOf=${row => row.store + row.id} rows=${rows}
            empty=${asked ? `${asked} has no session.` : 'There is no session.'} columns=${[
              { head: 'id', cell: row => html`<button class="link" onClick=${() => setShown(row.id)}>${row.id}</button>` },
              { head: 'user', cell: row => row.user || html`<span class="note">anonymous</span>` },
              { head: 'store', cell: row => row.store },
              { head: 'age', number: true, cell: row => duration(row.age_seconds) },
              { head: 'idle', number: true, cell: row => duration(row.idle_seconds) },
              { head: 'ends in', number: true, cell: row => duration(row.expires_in_seconds) },
              { head: 'size', number: true, cell: row => bytes(row.bytes) },
              { head: '', label: 'change', cell: row => html`<button class="small plain" onClick=${() => end(row)}
                aria-label=${`End session ${row.id}`}>End</button>` },
            ]}/>` : !list.error && html`<${Loading}/>`}`}
      <//>
      ${shown && html`<${Attributes} id=${shown} close=${() => setShown('')}/>`}
    <//>`;
}
