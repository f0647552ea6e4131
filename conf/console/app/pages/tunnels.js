import { html, useEffect, useState } from '../../vendor/htm-preact.js';
import { Chart } from '../chart.js';
import { bytes, count, rate, words } from '../format.js';
import { Card, Loading, Page, Problem, Table, Tile } from '../parts.js';
import * as samples from '../samples.js';

const COUNTERS = ['tunnels_opened', 'websockets_opened', 'tcp_connections', 'tunnels_refused', 'upgrades_refused',
  'tcp_refused', 'tunnels_stuck', 'tunnel_fruitless', 'proxy_headers_refused', 'forward_refused', 'interceptions',
  'interception_failures'];

export function Tunnels({ theme }) {
  const [, turn] = useState(0);
  useEffect(() => samples.subscribe(() => turn(before => before + 1)), []);
  const { latest, error } = samples.current();
  const total = latest && latest.total;
  return html`
    <${Page} title="Tunnels" lead="CONNECT tunnels, WebSockets and other upgrades, and connections of TcpConnectors.">
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
