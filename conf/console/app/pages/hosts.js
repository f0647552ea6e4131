import { html, useState } from '../../vendor/htm-preact.js';
import { get, post } from '../api.js';
import { count, micros, words } from '../format.js';
import { Badge, Card, Empty, Loading, Page, Problem, Table, useAction, usePoll } from '../parts.js';

const TONES = { up: 'good', healthy: 'good', usable: 'good', unknown: 'plain', down: 'bad', unhealthy: 'bad',
  ejected: 'bad', on_trial: 'warn', bad: 'bad' };

function Routings({ data, role, action }) {
  const routings = data.routing || [];
  if (!routings.length) return null;
  const change = (row, verb, text) => action.ask({
    title: `${verb} ${row.id}?`, text, verb, danger: verb === 'Drain',
    run: () => post(`/routings/${encodeURIComponent(row.routing)}/backends/${encodeURIComponent(row.id)}/` +
      (verb === 'Drain' ? 'drain' : 'enable')),
    done: `${row.id}: ${verb === 'Drain' ? 'nobody new is sent to it' : 'takes new requests again'}.`,
  });
  return routings.map(routing => html`
    <${Card} wide id=${`routing-${routing.name}`} title=${`Routing ${routing.name}`}
      note=${`table ${routing.generation}, ${routing.backends} backends`}>
      <${Table} caption=${`Backends of Routing ${routing.name}`} keyOf=${row => row.id}
        rows=${(data.backend || []).filter(row => row.routing === routing.name)} empty="This table has no backend."
        columns=${[
          { head: 'backend', cell: row => html`<strong>${row.id}</strong><br/><span class="note">${row.address}</span>` },
          { head: 'app', cell: row => row.app },
          { head: 'place', cell: row => [row.region, row.country].filter(Boolean).join(', ') || '–' },
          { head: 'health', cell: row => html`<${Badge} tone=${TONES[row.health]}>${words(row.health)}<//>
              ${row.draining && html` <${Badge} tone="warn">draining<//>`}` },
          { head: 'at work', number: true, cell: row => `${count(row.in_flight)} / ${count(row.hard)}` },
          { head: 'connect', number: true, cell: row => row.connect_us ? micros(row.connect_us) : '–' },
          { head: 'chosen', number: true, cell: row => count(row.chosen) },
          { head: 'failed', number: true, cell: row => count(row.failed) },
          { head: '', label: 'change', cell: row => role === 'viewer' ? null : row.draining
            ? html`<button class="small plain" aria-label=${`Enable ${row.id}`} onClick=${() => change(row, 'Enable',
                'It takes new requests again.')}>Enable</button>`
            : html`<button class="small plain" aria-label=${`Drain ${row.id}`} onClick=${() => change(row, 'Drain',
                'Nobody new is sent to it. Who is bound to it stays until that binding ends.')}>Drain</button>` },
        ]}/><//>`);
}

// Addresses of servlets that forward. The last usable one of a servlet goes out of service only when it is said twice.
function Backends({ data, role, action }) {
  const rows = data.address || [];
  if (!rows.length) return null;
  const place = row => `${row.host} ${row.context} ${row.servlet}`;
  const usable = row => row.health === 'usable' && !row.draining;
  const change = row => {
    const verb = row.draining ? 'Enable' : 'Drain';
    const others = rows.some(other => place(other) === place(row) && other.address !== row.address && usable(other));
    const last = !row.draining && !others;
    action.ask({
      title: `${verb} ${row.address} of ${row.servlet}?`, verb: last ? 'Drain the last one' : verb, danger: !row.draining,
      text: row.draining ? 'Requests are sent to it again.' : last
        ? `Nobody else of ${row.servlet} is in service and usable: its requests will be answered 503.`
        : 'No new request is sent to it, those at work end as they would. It stays so over reloads, until it is enabled.',
      run: () => post(`/backends/${row.draining ? 'undrain' : 'drain'}`, { servlet: row.servlet, address: row.address,
        host: row.host, context: row.context, ...(last ? { force: true } : {}) }),
      done: answer => `${row.address}: ${row.draining ? 'in service again' : 'out of service'}, ${
        answer.end.in_service} of ${row.servlet} in service.`,
    });
  };
  return html`
    <${Card} wide id="servlet-backends" title="Backends of servlets" note="in use: of the child process that answers">
      <${Table} caption="Backends of servlets" keyOf=${row => `${place(row)} ${row.address}`} rows=${rows} columns=${[
        { head: 'servlet', cell: row => html`<strong>${row.servlet}</strong><br/><span class="note">${row.host} ${
          row.context}</span>` },
        { head: 'address', cell: row => row.address },
        { head: 'group', number: true, cell: row => row.group },
        { head: 'health', cell: row => html`<${Badge} tone=${TONES[row.health]}>${row.health}<//>
            ${row.draining && html` <${Badge} tone="warn">drained<//>`}` },
        { head: 'in use', number: true, cell: row => row.in_use === undefined ? '–' : count(row.in_use) },
        { head: 'requests', number: true, cell: row => count(row.requests) },
        { head: '', label: 'change', cell: row => role === 'viewer' ? null : html`
          <button class="small plain" aria-label=${`${row.draining ? 'Enable' : 'Drain'} ${row.address} of ${row.servlet}`}
            onClick=${() => change(row)}>${row.draining ? 'Enable' : 'Drain'}</button>` },
      ]}/><//>`;
}

function tone(node) {
  const state = String(node.values.state || node.values.health || '');
  return TONES[state] || (state ? 'plain' : null);
}

function Node({ node, depth, filter }) {
  const values = Object.entries(node.values);
  const [kind, ...rest] = node.name.split(' ');
  const state = node.values.state || node.values.health;
  const open = depth < 2 || filter !== '';
  return html`
    <li>
      <details open=${open}>
        <summary><span class="kind">${kind}</span> <strong>${rest.join(' ') || node.name}</strong>
          ${tone(node) && html` <${Badge} tone=${tone(node)}>${words(state)}<//>`}
          ${node.values.class && html` <span class="note">${node.values.class}</span>`}
        </summary>
        ${values.length > 0 && html`<dl class="facts values">${values.map(([name, value]) => html`
          <dt>${words(name)}</dt><dd>${typeof value === 'number' ? count(value) : value}</dd>`)}</dl>`}
        ${node.parts.length > 0 && html`<ul class="tree">${node.parts.map(part => html`
          <${Node} node=${part} depth=${depth + 1} filter=${filter}/>`)}</ul>`}
      </details>
    </li>`;
}

// What has the text in its name, with all above and below it.
function filtered(node, text) {
  if (!text || node.name.toLowerCase().includes(text)) return node;
  const parts = node.parts.map(part => filtered(part, text)).filter(Boolean);
  return parts.length ? { ...node, parts } : null;
}

export function Hosts({ role }) {
  const [filter, setFilter] = useState('');
  const action = useAction();
  const tree = usePoll(() => get('/components'), 5);
  const routings = usePoll(() => get('/routings'), 2);
  const backends = usePoll(() => get('/backends'), 2);
  const parts = tree.data ? tree.data.tree.parts.map(part => filtered(part, filter.toLowerCase())).filter(Boolean) : [];
  return html`
    <${Page} title="Hosts and backends" lead="Hosts, their Contexts, servlets and filters with what each counts itself, and
      the backends behind them.">
      ${action.view}
      <${Problem} error=${tree.error || routings.error || backends.error}/>
      ${routings.data && html`<${Routings} data=${routings.data} role=${role} action=${action}/>`}
      ${backends.data && html`<${Backends} data=${backends.data} role=${role} action=${action}/>`}
      <${Card} wide id="components" title="Components" note="as the child process that answers sees them">
        <div class="filters"><label>Filter by name
          <input type="search" data-filter value=${filter} onInput=${event => setFilter(event.target.value)}/></label></div>
        ${!tree.data ? html`<${Loading}/>` : parts.length
          ? html`<ul class="tree top">${parts.map(part => html`<${Node} node=${part} depth=${0} filter=${filter}/>`)}</ul>`
          : html`<${Empty}>No component has that in its name.<//>`}
      <//>
    <//>`;
}
