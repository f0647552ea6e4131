import { html } from '../../vendor/htm-preact.js';
import { get } from '../api.js';
import { count, date, duration } from '../format.js';
import { Badge, Card, Loading, Page, Problem, Table, Tile, usePoll } from '../parts.js';

const DAY = 86400;

function Until({ row, now }) {
  if (row.fault) return html`<${Badge} tone="bad">${row.fault}<//>`;
  const left = row.not_after - now;
  const tone = left < 0 || row.not_before > now ? 'bad' : left < 30 * DAY ? 'warn' : 'good';
  const text = left < 0 ? 'expired' : row.not_before > now ? 'not yet valid' : `${duration(left)} left`;
  return html`${date(row.not_after)}<br/><${Badge} tone=${tone}>${text}<//>`;
}

export function Certificates() {
  const { data, error } = usePoll(() => get('/certificates'), 30);
  const numbers = usePoll(() => get('/overview'), 5);
  const total = numbers.data && numbers.data.total;
  return html`
    <${Page} title="Certificates" lead="What this server serves and signs with, as read when its configuration was.">
      <${Problem} error=${error}/>
      ${!data ? !error && html`<${Loading}/>` : html`<${Card} wide id="served" title="Served and signed with">
        <${Table} caption="Certificates" keyOf=${row => row.of + row.file} rows=${data.certificate}
          empty="No listener has a certificate: nothing here speaks TLS to clients." columns=${[
            { head: 'of', cell: row => html`<strong>${row.of}</strong><br/><span class="note">${row.use}</span>` },
            { head: 'subject', wide: true, cell: row => html`${row.subject || '–'}<br/>
              <span class="note">${row.names}</span>` },
            { head: 'issuer', wide: true, cell: row => row.issuer || '–' },
            { head: 'key', cell: row => row.key || '–' },
            { head: 'valid until', cell: row => html`<${Until} row=${row} now=${data.now}/>` },
            { head: 'file', wide: true, cell: row => html`<code>${row.file}</code>` },
          ]}/><//>`}
      ${total && html`<${Card} wide id="minted" title="Minted certificates" note="since the server was started">
        <dl class="tiles small">
          <${Tile} label="Minted" value=${count(total.counters.certificates_minted)}/>
          <${Tile} label="Found in the cache" value=${count(total.counters.certificate_hits)}/>
          <${Tile} label="Gave way" value=${count(total.counters.certificate_evictions)}/>
          <${Tile} label="Not minted" value=${count(total.counters.minting_refused)} note="too many were asked for"/>
          <${Tile} label="Handshakes failed" value=${count(total.counters.interception_failures)}
            note=${`of ${count(total.counters.interceptions + total.counters.interception_failures)}`}/>
        </dl><//>`}
    <//>`;
}
