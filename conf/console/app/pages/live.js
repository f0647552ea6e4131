import { html, useState } from '../../vendor/htm-preact.js';
import { get } from '../api.js';
import { count, millis } from '../format.js';
import { Badge, Card, Loading, Page, Problem, Table, usePoll } from '../parts.js';

export function Live() {
  const [filter, setFilter] = useState(''), [least, setLeast] = useState(0);
  const { data, error } = usePoll(() => get('/requests/live?limit=1000'), 1);
  const all = (data && data.live) || [];
  const wanted = all.filter(row => row.for_ms >= least && (!filter ||
    `${row.method} ${row.host}${row.path} ${row.client || ''} ${row.in} ${row.id}`.toLowerCase().includes(filter.toLowerCase())));
  const hidden = data && data.end && data.end.not_shown;
  return html`
    <${Page} title="Live requests" lead="What is at work now, in all child processes; the oldest first.">
      <${Problem} error=${error}/>
      <${Card} wide id="live" title="At work" note=${`${count(wanted.length)} of ${count(all.length)}`}>
        <div class="filters">
          <label>Filter <input type="search" data-filter value=${filter} placeholder="path, host, client, filter, id"
            onInput=${event => setFilter(event.target.value)}/></label>
          <label>At work for <select value=${least} onChange=${event => setLeast(Number(event.target.value))}>
            <option value="0">any time</option><option value="100">100 ms or more</option>
            <option value="1000">1 s or more</option><option value="10000">10 s or more</option></select></label>
        </div>
        ${!data ? !error && html`<${Loading}/>` : html`<${Table} caption="Requests at work" keyOf=${row => row.process + row.id}
          rows=${wanted} empty=${all.length ? 'No request fits.' : 'Nothing is at work.'} columns=${[
            { head: 'for', number: true, cell: row => html`<span class=${row.for_ms >= 1000 ? 'warn-text' : ''}>
              ${millis(row.for_ms)}</span>` },
            { head: 'request', wide: true, cell: row => html`<${Badge}>${row.method}<//> ${row.host}<wbr/>${row.path}` },
            { head: 'in', cell: row => row.in || html`<span class="note">before the chain</span>` },
            { head: 'client', cell: row => row.client || '–' },
            { head: 'process', number: true, cell: row => `${row.process}` },
            { head: 'id', cell: row => html`<code>${row.id.slice(0, 12)}</code>` },
          ]}/>`}
        ${hidden > 0 && html`<p class="note">${count(hidden)} requests found no place in this table since the server was
          started: each child shows 256.</p>`}
      <//>
    <//>`;
}
