import { html, useState } from '../../vendor/htm-preact.js';
import { get, post } from '../api.js';
import { count, duration } from '../format.js';
import { Badge, Card, Empty, Loading, Page, Problem, Table, useAction, usePoll } from '../parts.js';

const ago = seconds => seconds ? `${duration(Date.now() / 1000 - seconds)} ago` : '–';

export function Rules({ role }) {
  const [filter, setFilter] = useState('');
  const action = useAction();
  const { data, error, again } = usePoll(() => get('/rules'), 2);
  const sets = (data && data.rules) || [];
  const reload = set => action.ask({
    title: `Read rules ${set.name} again?`, text: `${set.file} is read and put to work, in all children at once. With a
      fault the rules of now stay.`, verb: 'Reload',
    run: () => post('/rules/reload', { rules: set.name }).then(answer => (again(), answer)),
    done: answer => `Generation ${answer.reloaded[0].generation} of ${set.name} is at work.`,
  });
  const wanted = row => !filter || `${row.id} ${row.set} ${row.mode}`.toLowerCase().includes(filter.toLowerCase());
  return html`
    <${Page} title="Rules" lead="What each rule has done, also those in shadow mode, which only count.">
      ${action.view}
      <${Problem} error=${error}/>
      ${!data ? !error && html`<${Loading}/>` : !sets.length ? html`<${Empty}>This configuration has no Rules element.<//>` : html`
        <div class="filters"><label>Filter <input type="search" data-filter value=${filter}
          onInput=${event => setFilter(event.target.value)}/></label></div>
        ${sets.map(set => html`
          <${Card} wide id=${`rules-${set.name}`} title=${`Rules ${set.name}`} note=${html`<span>generation ${set.generation},
            ${count(set.rules)} rules</span> ${role !== 'viewer' && html`<button class="small plain"
              onClick=${() => reload(set)}>Reload</button>`}`}>
            <p class="note"><code>${set.file}</code></p>
            <${Table} caption=${`Rules of ${set.name}`} keyOf=${row => row.set + row.id} empty="No rule fits."
              rows=${(data.rule || []).filter(row => row.rules === set.name && wanted(row))} columns=${[
                { head: 'rule', cell: row => html`<strong>${row.id}</strong><br/><span class="note">${row.place}</span>` },
                { head: 'set', cell: row => row.set },
                { head: 'mode', cell: row => html`<${Badge} tone=${row.mode === 'shadow' ? 'info' : 'good'}>${row.mode}<//>` },
                { head: 'hits', number: true, cell: row => count(row.hits) },
                { head: 'refused', number: true, cell: row => count(row.refused) },
                { head: 'would have', number: true, cell: row => count(row.would_have) },
                { head: 'gave up', number: true, cell: row => row.gave_up
                  ? html`<span class="bad-text">${count(row.gave_up)}</span>` : '0' },
                { head: 'mean time', number: true, cell: row => row.mean_ns ? `${count(row.mean_ns)} ns` : '–' },
                { head: 'last hit', number: true, cell: row => ago(row.last_hit) },
              ]}/><//>`)}`}
    <//>`;
}
