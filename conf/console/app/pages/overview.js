import { html, useEffect, useState } from '../../vendor/htm-preact.js';
import { Chart } from '../chart.js';
import { bytes, count, duration, micros, rate, words } from '../format.js';
import { Badge, Card, Empty, Loading, Meter, Page, Problem, Table, Tile } from '../parts.js';
import * as samples from '../samples.js';

// Of each host and servlet, all classes of status together would need the buckets; those that matter most come first.
function Latency({ id, title, rows, name }) {
  if (!rows || !rows.length) return null;
  const seconds = value => micros(value * 1e6);
  const first = [...rows].sort((a, b) => b.count - a.count).slice(0, 12);
  return html`<${Card} id=${id} title=${title} note="since the server was started">
    <${Table} caption=${title} rows=${first} columns=${[
      { head: 'of', cell: row => html`<strong>${row[name] || 'other'}</strong><br/><span class="note">${
        [row.host, name === 'servlet' ? row.context : row.servlet].filter(Boolean).join(' ')}</span>` },
      { head: 'status', cell: row => row.status_class || '–' },
      { head: 'count', number: true, cell: row => count(row.count) },
      { head: 'p50', number: true, cell: row => seconds(row.p50) },
      { head: 'p90', number: true, cell: row => seconds(row.p90) },
      { head: 'p99', number: true, cell: row => seconds(row.p99) },
    ]}/><//>`;
}

const RELOADS = {
  taken: ['good', 'taken'],
  kept: ['bad', 'refused: the configuration of before goes on'],
  rolled_back: ['bad', 'rolled back to the configuration of before'],
};

// What the last start or restart made of the configuration's files.
function Reload({ server, now }) {
  const [tone, text] = RELOADS[server.configuration_state] || ['plain', words(server.configuration_state || 'unknown')];
  return html`<${Badge} tone=${tone}>${text}<//> ${duration(now - server.configured_at)} ago
    ${server.configuration_fault && html`<br/><code class="fault">${server.configuration_fault}</code>`}`;
}

const FLAWS = ['client_aborts', 'backend_failures', 'backend_retries', 'rule_refusals', 'limiter_refused',
  'credits_refused', 'qos_refused', 'memory_refused', 'bodies_refused', 'routes_refused', 'stalls', 'no_progress',
  'events_dropped', 'trace_records_dropped'];

export function Overview({ theme, go }) {
  const [, turn] = useState(0);
  useEffect(() => samples.subscribe(() => turn(before => before + 1)), []);
  const { latest, error } = samples.current();
  if (!latest) return html`<${Page} title="Overview">${error ? html`<${Problem} error=${error}/>` : html`<${Loading}/>`}<//>`;
  const { counters, gauges } = latest.total;
  const server = latest.server;
  const times = samples.times();
  const failing = samples.recentRate('responses_5xx', 30);
  const causes = Object.entries(latest.causes || {}).map(([name, number]) => ({ name, number }));
  const flaws = FLAWS.filter(name => counters[name] > 0).map(name => ({ name, number: counters[name] }));
  const limit = gauges.connections_limit || 0;
  const share = limit ? 100 * gauges.connections_live / limit : 0;
  return html`
    <${Page} title="Overview" lead=${`Up ${duration(server.uptime_seconds)}, configuration ${server.generation} for
      ${duration(latest.now - server.configured_at)}.`}>
      <${Problem} error=${error}/>
      ${server.configuration_state && server.configuration_state !== 'taken' && html`<div class="problem" role="alert">
        <strong>The last reload was not taken.</strong> ${server.configuration_fault || 'The error log says why.'}</div>`}
      <dl class="tiles">
        <${Tile} label="Requests" value=${rate(samples.recentRate('requests'))} unit="/s"
          note=${`${count(counters.requests)} in all`}/>
        <${Tile} label="Server errors" value=${rate(failing)} unit="/s" tone=${failing > 0 ? 'bad' : ''}
          note=${`${count(counters.responses_5xx)} in all`}/>
        <${Tile} label="Connections" value=${count(gauges.connections_live)}
          note=${limit ? `of ${count(limit)} allowed` : ''} tone=${share > 90 ? 'bad' : share > 70 ? 'warn' : ''}/>
        <${Tile} label="At work" value=${count(gauges.connections_busy)} note="with a request"/>
        <${Tile} label="To clients" value=${bytes(samples.recentRate('bytes_out'))} unit="/s"
          note=${`${bytes(counters.bytes_out)} in all`}/>
        <${Tile} label="Children" value=${latest.children.length}
          note=${latest.children.some(one => one.generation !== server.generation) ? 'some of an older configuration'
            : `${count(gauges.reactors)} reactors`}/>
      </dl>
      <div class="grid">
        <${Card} id="c-requests" title="Requests" note="per second">
          <${Chart} label="Requests per second" theme=${theme} times=${times} format=${rate} series=${[
            { label: '2xx', colour: '--good', values: samples.rates('responses_2xx'), fill: true },
            { label: '3xx', colour: '--accent', values: samples.rates('responses_3xx') },
            { label: '4xx', colour: '--warn', values: samples.rates('responses_4xx') },
            { label: '5xx', colour: '--bad', values: samples.rates('responses_5xx') },
          ]}/><//>
        <${Card} id="c-traffic" title="Traffic" note="bytes per second">
          <${Chart} label="Bytes per second" theme=${theme} times=${times} format=${bytes} series=${[
            { label: 'to clients', colour: '--accent', values: samples.rates('bytes_out'), fill: true },
            { label: 'from clients', colour: '--violet', values: samples.rates('bytes_in') },
          ]}/><//>
        <${Card} id="c-connections" title="Connections" note="open now">
          <${Chart} label="Connections" theme=${theme} times=${times} format=${count} series=${[
            { label: 'live', colour: '--accent', values: samples.levels('connections_live'), fill: true },
            { label: 'at work', colour: '--good', values: samples.levels('connections_busy') },
            { label: 'hibernated', colour: '--violet', values: samples.levels('connections_hibernated') },
          ]}/><//>
        <${Card} id="c-backends" title="Backends" note="per second">
          <${Chart} label="Backend exchanges per second" theme=${theme} times=${times} format=${rate} series=${[
            { label: 'reused', colour: '--good', values: samples.rates('backend_reuses'), fill: true },
            { label: 'connected', colour: '--accent', values: samples.rates('backend_connects') },
            { label: 'failed', colour: '--bad', values: samples.rates('backend_failures') },
          ]}/><//>
        <${Latency} id="c-latency" title="Latency" name="servlet" rows=${latest.traffic && latest.traffic.http_request_duration}/>
        <${Latency} id="c-calls" title="Latency of backends" name="backend"
          rows=${latest.traffic && latest.traffic.backend_call_duration}/>
        <${Card} id="c-causes" title="Refused because of"
          note=${html`<a href="#/requests">look at some of them</a>`}>
          <${Table} caption="Causes of refusals" keyOf=${row => row.name} rows=${causes}
            empty="Nothing has been refused since the server was started." columns=${[
              { head: 'cause', cell: row => words(row.name) },
              { head: 'requests', number: true, cell: row => count(row.number) },
            ]}/><//>
        <${Card} id="c-flaws" title="Worth a look" note="since the server was started">
          <${Table} caption="Numbers worth a look" keyOf=${row => row.name} rows=${flaws}
            empty="Nothing: no retries, no refusals, no stalls." columns=${[
              { head: 'what', cell: row => words(row.name) },
              { head: 'how often', number: true, cell: row => count(row.number) },
            ]}/><//>
        <${Card} id="c-server" title="Server">
          <dl class="facts">
            <dt>version</dt><dd>${server.version}</dd>
            <dt>configuration</dt><dd><code>${server.configuration}</code></dd>
            <dt>last reload</dt><dd><${Reload} server=${server} now=${latest.now}/></dd>
            <dt>allocator</dt><dd>${server.allocator}</dd>
            <dt>process</dt><dd>${server.pid}</dd>
            <dt>shared memory</dt><dd>${bytes(latest.memory.used)} of ${bytes(latest.memory.configured)}
              <${Meter} label="Shared memory of the configuration" text=${`${bytes(latest.memory.used)} used`}
                percent=${latest.memory.configured ? 100 * latest.memory.used / latest.memory.configured : 0}/></dd>
            <dt>rules</dt><dd>${count(counters.rule_reloads)} reloads, ${count(counters.rule_reloads_refused)} refused
              ${counters.rule_reloads_refused > 0 && html` <${Badge} tone="warn">look at the error log<//>`}</dd>
            <dt>requests remembered</dt><dd>${Object.entries(latest.remembered || {}).map(([kind, number]) =>
              `${count(number)} ${kind}`).join(', ') || 'none: there is no run directory'}</dd>
          </dl><//>
      </div>
    <//>`;
}
