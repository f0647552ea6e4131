import { html, useState } from '../../vendor/htm-preact.js';
import { get } from '../api.js';
import { bytes, count, duration, words } from '../format.js';
import { Card, Loading, Meter, Page, Problem, Table, usePoll } from '../parts.js';

// "rates/rows 1024" of a tree of numbers, as rows.
function rowsOf(node, path = '') {
  const own = Object.entries(node.values).map(([name, value]) => ({ name: path + words(name), key: name, value }));
  return own.concat(...node.parts.map(part => rowsOf(part, `${path}${part.name}: `)));
}

const shown = row => typeof row.value !== 'number' ? row.value
  : /bytes|memory/.test(row.key) ? bytes(row.value) : count(row.value);

export function Limits() {
  const [filter, setFilter] = useState('');
  const { data, error } = usePoll(() => get('/limits'), 2);
  const credits = ((data && data.credit) || []).filter(row =>
    !filter || `${row.rule} ${row.of}`.toLowerCase().includes(filter.toLowerCase()));
  const now = Date.now() / 1000;
  return html`
    <${Page} title="Limits and credits" lead="Rates, credits and places, counted by all child processes together.">
      <${Problem} error=${error}/>
      ${!data ? !error && html`<${Loading}/>` : html`
        <${Card} wide id="credits" title="Credits" note=${data.left_out ? `${count(data.left_out)} more are not shown` : ''}>
          <div class="filters"><label>Filter by rule or key <input type="search" data-filter value=${filter}
            onInput=${event => setFilter(event.target.value)}/></label></div>
          <${Table} caption="Credits" keyOf=${row => row.rule + row.of} rows=${credits}
            empty=${filter ? 'No credit fits.' : 'Nobody has used a credit.'} columns=${[
              { head: 'rule', cell: row => html`<strong>${row.rule}</strong>` },
              { head: 'key', cell: row => row.of },
              { head: 'used', number: true, cell: row => count(row.used) },
              { head: 'of', number: true, cell: row => count(row.amount) },
              { head: 'left', number: true, cell: row => count(row.remaining) },
              { head: 'share', cell: row => html`<${Meter} label=${`Credit of ${row.of} with ${row.rule}`}
                  percent=${row.amount ? 100 * row.used / row.amount : 0} text=${`${row.used} of ${row.amount} used`}/>` },
              { head: 'new in', number: true, cell: row => row.ends ? duration(row.ends - now) : '–' },
            ]}/><//>
        <${Card} wide id="table" title="The table of limits">
          <${Table} caption="The table of limits" keyOf=${row => row.name} rows=${rowsOf(data.tree)} columns=${[
            { head: 'what', cell: row => row.name },
            { head: 'value', number: true, cell: row => shown(row) },
          ]}/><//>`}
    <//>`;
}
