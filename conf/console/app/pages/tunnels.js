import { html, useEffect, useState } from '../../vendor/htm-preact.js';
import { Chart } from '../chart.js';
import { get, query, remove } from '../api.js';
import { bytes, count, duration, rate, words } from '../format.js';
import { Badge, Card, Loading, Page, Problem, Table, Tile, useAction, usePoll } from '../parts.js';
import * as samples from '../samples.js';

const COUNTERS = ['tunnels_opened', 'websockets_opened', 'tcp_connections', 'tunnels_refused', 'upgrades_refused',
  'tcp_refused', 'tunnels_stuck', 'tunnel_fruitless', 'proxy_headers_refused', 'forward_refused', 'interceptions',
  'interception_failures'];

const LIMIT = 200;

function Open({ role, action }) {
  const { data, error } = usePoll(() => get('/tunnels' + query({ limit: LIMIT })), 2);
  const end = row => action.ask({
    title: `End tunnel ${row.tunnel}?`, verb: 'End it', danger: true,
    text: `Both ends of ${row.kind} tunnel ${row.tunnel} to ${row.backend} are closed; what is under way is lost.`,
    run: () => remove(`/tunnels/${row.tunnel}`),
    done: `Tunnel ${row.tunnel} ends within a second.`,
  });
  const unseen = data && data.end && data.end.not_shown;
  const now = Date.now();
  return html`
    <${Problem} error=${error}/>
    <${Card} wide id="c-list" title="Open tunnels" note=${unseen ? `the oldest; ${count(unseen)} more` : 'the oldest first'}>
      ${!data ? !error && html`<${Loading}/>` : html`
        <${Table} caption="Open tunnels" keyOf=${row => row.tunnel} rows=${data.tunnel || []} empty="No tunnel is open."
          columns=${[
            { head: 'tunnel', cell: row => html`<strong>${row.tunnel}</strong> <${Badge}>${row.kind}<//>` },
            { head: 'client', cell: row => html`${row.client || '–'}${row.user && html`<br/>
                <span class="note">${row.user}</span>`}` },
            { head: 'backend', cell: row => html`${row.backend}<br/><span class="note">${row.about}</span>` },
            { head: 'open for', number: true, cell: row => duration(Math.max(0, (now - row.started_ms) / 1000)) },
            { head: 'idle', number: true, cell: row => duration(row.idle_ms / 1000) },
            { head: 'up', number: true, cell: row => bytes(row.bytes_up) },
            { head: 'down', number: true, cell: row => bytes(row.bytes_down) },
            { head: '', label: 'change', cell: row => row.ending ? html`<${Badge} tone="warn">ending<//>`
              : role === 'viewer' ? null : html`<button class="small plain" aria-label=${`End tunnel ${row.tunnel}`}
                  onClick=${() => end(row)}>End</button>` },
          ]}/>`}
    <//>`;
}

export function Tunnels({ theme, role }) {
  const action = useAction();
  const [, turn] = useState(0);
  useEffect(() => samples.subscribe(() => turn(before => before + 1)), []);
  const { latest, error } = samples.current();
  const total = latest && latest.total;
  return html`
    <${Page} title="Tunnels" lead="CONNECT tunnels, WebSockets and other upgrades, and connections of TcpConnectors.">
      ${action.view}
      <${Problem} error=${error}/>
      ${!total ? !error && html`<${Loading}/>` : html`
        <dl class="tiles">
          <${Tile} label="Open" value=${count(total.gauges.tunnels_open)}/>
          <${Tile} label="Half closed" value=${count(total.gauges.tunnels_half_closed)} note="one end has finished"/>
          <${Tile} label="WebSockets" value=${count(total.gauges.websockets_open)}/>
          <${Tile} label="TCP" value=${count(total.gauges.tcp_open)}/>
          <${Tile} label="From clients" value=${bytes(samples.recentRate('tunnel_bytes_up'))} unit="/s"
            note=${`${bytes(total.counters.tunnel_bytes_up)} in all`}/>
          <${Tile} label="To clients" value=${bytes(samples.recentRate('tunnel_bytes_down'))} unit="/s"
            note=${`${bytes(total.counters.tunnel_bytes_down)} in all`}/>
        </dl>
        <${Open} role=${role} action=${action}/>
        <div class="grid">
          <${Card} id="c-open" title="Open now">
            <${Chart} label="Open tunnels" theme=${theme} times=${samples.times()} format=${count} series=${[
              { label: 'open', colour: '--accent', values: samples.levels('tunnels_open'), fill: true },
              { label: 'half closed', colour: '--warn', values: samples.levels('tunnels_half_closed') },
            ]}/><//>
          <${Card} id="c-bytes" title="Traffic" note="bytes per second">
            <${Chart} label="Bytes per second through tunnels" theme=${theme} times=${samples.times()} format=${bytes} series=${[
              { label: 'to clients', colour: '--accent', values: samples.rates('tunnel_bytes_down'), fill: true },
              { label: 'from clients', colour: '--violet', values: samples.rates('tunnel_bytes_up') },
            ]}/><//>
          <${Card} id="c-all" title="Since the server was started">
            <${Table} caption="Counters of tunnels" keyOf=${row => row} rows=${COUNTERS} columns=${[
              { head: 'what', cell: name => words(name) },
              { head: 'how many', number: true, cell: name => count(total.counters[name]) },
              { head: 'per second', number: true, cell: name => rate(samples.recentRate(name)) },
            ]}/><//>
        </div>`}
    <//>`;
}
