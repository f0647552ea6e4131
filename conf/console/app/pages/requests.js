import { html, useState } from '../../vendor/htm-preact.js';
import { get, query } from '../api.js';
import { bytes, count, micros, millis, moment, when, words } from '../format.js';
import { Badge, Card, Empty, Loading, Page, Problem, Table, statusTone, usePoll } from '../parts.js';

const KINDS = [['', 'all'], ['slow', 'slow'], ['failed', 'failed'], ['blocked', 'blocked'], ['sampled', 'sampled']];
const TONES = { slow: 'warn', failed: 'bad', blocked: 'info', sampled: 'plain' };

export function Requests({ go }) {
  const [kind, setKind] = useState(''), [filter, setFilter] = useState(''), [id, setId] = useState('');
  const { data, error } = usePoll(() => get('/requests' + query({ kind, limit: 500 })), 2, [kind]);
  const all = (data && data.request) || [];
  const wanted = all.filter(row => !filter || Object.values(row).join(' ').toLowerCase().includes(filter.toLowerCase()));
  return html`
    <${Page} title="Requests" lead="Those that were slow, failed or were refused, and a few others to compare with; 256 of each
      are remembered.">
      <form class="filters" onSubmit=${event => { event.preventDefault(); if (id.trim().length >= 8) go(`requests/${id.trim()}`); }}>
        <label>Why? <input type="text" value=${id} placeholder="request id" autocomplete="off" spellcheck="false" minlength="8"
          onInput=${event => setId(event.target.value)}/></label>
        <button type="submit">Look it up</button>
      </form>
      <${Problem} error=${error}/>
      <${Card} wide id="list" title="Remembered" note=${`${count(wanted.length)} shown`}>
        <div class="filters">
          <div class="choice" role="group" aria-label="Kind">${KINDS.map(([value, label]) => html`
            <button type="button" aria-pressed=${kind === value} onClick=${() => setKind(value)}>${label}</button>`)}</div>
          <label>Filter <input type="search" data-filter value=${filter} placeholder="path, cause, backend, user"
            onInput=${event => setFilter(event.target.value)}/></label>
        </div>
        ${!data ? !error && html`<${Loading}/>` : html`<${Table} caption="Remembered requests" keyOf=${row => row.id + row.kind}
          rows=${wanted} empty=${all.length ? 'No request fits.' : 'Nothing yet: all went well.'} columns=${[
            { head: 'when', cell: row => html`<span class="once" title=${moment(row.started_ms)}>${when(row.started_ms)}</span>` },
            { head: 'kind', cell: row => html`<${Badge} tone=${TONES[row.kind]}>${row.kind}<//>` },
            { head: 'status', cell: row => html`<${Badge} tone=${statusTone(row.status)}>${row.status}<//>` },
            { head: 'took', number: true, cell: row => micros(row.total_us) },
            { head: 'request', wide: true, cell: row => html`${row.method} ${row.host}<wbr/>${row.path}` },
            { head: 'cause', cell: row => row.cause ? words(row.cause) : '–' },
            { head: 'backend', cell: row => row.backend || '–' },
            { head: '', label: 'why', cell: row => html`<a class="button small" href=${`#/requests/${row.id}`}
              aria-label=${`Why ${row.status} for ${row.path}`}>Why?</a>` },
          ]}/>`}
      <//>
    <//>`;
}

// Where the time went: the way down, what the last element did, and the way up, one bar each, on one scale.
function Timeline({ elements, total, before }) {
  const bars = [];
  let at = before;
  if (before > 0) bars.push({ name: 'before the chain', kind: 'httpd', spans: [[0, before]], time: before });
  for (const one of elements) {
    bars.push({ name: one.name, kind: one.kind, spans: [[at, one.down_us]], time: one.down_us + one.up_us, own: one });
    at += one.down_us;
  }
  for (const bar of [...bars].reverse()) {
    if (!bar.own || !bar.own.up_us) continue;
    bar.spans.push([at, bar.own.up_us]);
    at += bar.own.up_us;
  }
  if (total - at > total / 1000) bars.push({ name: 'sending the rest', kind: 'httpd', spans: [[at, total - at]], time: total - at });
  const scale = value => 1000 * value / Math.max(total, 1);
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="Time in each element">
    <table class="timeline">
      <caption class="hidden">Time in each element of the chain</caption>
      <thead><tr><th scope="col">element</th><th scope="col" class="number">down</th><th scope="col" class="number">up</th>
        <th scope="col" class="number">share</th><th scope="col" class="bars">when</th></tr></thead>
      <tbody>${bars.map(bar => html`<tr>
        <td><span class="kind">${bar.kind}</span> ${bar.name}</td>
        <td class="number">${micros(bar.own ? bar.own.down_us : bar.time)}</td>
        <td class="number">${bar.own ? micros(bar.own.up_us) : '–'}</td>
        <td class="number">${(100 * bar.time / Math.max(total, 1)).toFixed(1)} %</td>
        <td class="bars"><svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
          <rect class="track" width="1000" height="12"/>
          ${bar.spans.map(([from, length]) => html`<rect class=${'span ' + bar.kind} x=${scale(from)}
            width=${Math.max(scale(length), 2)} height="12"/>`)}</svg></td></tr>`)}</tbody>
    </table></div>`;
}

// One sentence on what happened.
function verdict(row, tries) {
  if (row.cut) return `The response was cut off${row.cause ? `: ${words(row.cause)}` : ''}.`;
  if (row.client_gone) return 'The client went away before the answer was complete.';
  if (row.kind === 'blocked') return `Refused with ${row.status}: ${words(row.cause || 'a rule')}.`;
  if (row.status >= 500 && row.cause) return `Answered ${row.status}: ${words(row.cause)}${tries.length > 1 ? `, after ${tries.length} tries` : ''}.`;
  if (row.status >= 500) return row.backend ? `The backend answered ${row.status}.` : `Answered ${row.status}.`;
  if (row.kind === 'slow') return `It took ${micros(row.total_us)}${row.backend_ms != null
    ? `, of which the backend had it for ${millis(row.backend_ms)}` : ''}.`;
  return `Answered ${row.status} in ${micros(row.total_us)}.`;
}

export function Why({ id }) {
  const { data, error } = usePoll(() => get(`/requests/${encodeURIComponent(id)}`), 0, [id]);
  const row = data && data.request && data.request[0];
  const back = html`<a class="button plain" href="#/requests">All requests</a>`;
  if (!row) return html`<${Page} title="Why?" actions=${back}>${error ? html`<${Problem} error=${error}/>` : html`<${Loading}/>`}<//>`;
  const tries = data.try || [], rules = data.rule || [];
  const fact = (name, value) => value != null && value !== '' && html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`
    <${Page} title="Why?" actions=${back} lead=${html`<${Badge} tone=${statusTone(row.status)}>${row.status}<//>
      ${' '}<strong>${row.method} ${row.host}${row.path}</strong>`}>
      <p class="verdict">${verdict(row, tries)}</p>
      <${Card} wide id="times" title="Where the time went" note=${micros(row.total_us)}>
        <${Timeline} elements=${data.element || []} total=${row.total_us} before=${row.before_chain_us}/>
      <//>
      <div class="grid">
        <${Card} id="request" title="Request">
          <dl class="facts">
            ${fact('started', moment(row.started_ms))}
            ${fact('id', html`<code>${row.id}</code>`)}
            ${fact('remembered as', row.kind)}
            ${fact('cause', row.cause && html`<code>${row.cause}</code>`)}
            ${fact('client', row.client)}
            ${fact('user', row.user)}
            ${fact('session', row.session && html`<code>${row.session}</code>`)}
            ${fact('context', row.context)}
            ${fact('servlet', row.servlet)}
            ${fact('bytes sent', bytes(row.bytes_sent))}
            ${fact('events', row.events)}
            ${fact('process', `${row.process}, configuration ${row.generation}`)}
          </dl><//>
        <${Card} id="backend" title="Backends">
          ${!row.backend && !tries.length ? html`<${Empty}>No backend was asked.<//>` : html`
            <dl class="facts">
              ${fact('answered by', row.backend)}
              ${fact('its status', row.backend_status)}
              ${fact('connected in', row.connect_ms != null ? millis(row.connect_ms) : null)}
              ${fact('first byte in', row.first_byte_ms != null ? millis(row.first_byte_ms) : null)}
              ${fact('in all', row.backend_ms != null ? millis(row.backend_ms) : null)}
            </dl>
            ${tries.length > 0 && html`<h3>Tried in vain</h3><ol class="tries">${tries.map(one => html`
              <li><strong>${one.backend}</strong> <${Badge} tone="bad">${words(one.outcome)}<//></li>`)}</ol>`}`}
        <//>
        <${Card} id="rules" title="Rules that fired">
          <${Table} caption="Rules that fired" keyOf=${one => one.id + one.did} rows=${rules} empty="None." columns=${[
            { head: 'rule', cell: one => html`<strong>${one.id}</strong>` },
            { head: 'did', cell: one => html`<${Badge} tone=${one.did === 'refused' ? 'bad' : one.did === 'shadow'
              ? 'info' : 'plain'}>${words(one.did)}<//>` },
          ]}/><//>
      </div>
    <//>`;
}
