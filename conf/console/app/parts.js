// What all pages are made of.
import { html, useState, useEffect, useRef, useCallback } from '../vendor/htm-preact.js';
import { ApiError } from './api.js';

// Asks again and again while the page is shown and the tab is seen: {data, error, again}.
export function usePoll(ask, seconds, keys = []) {
  const [state, setState] = useState({ data: null, error: null });
  const run = useRef(0);
  const look = useCallback(async () => {
    const mine = ++run.current;
    try {
      const data = await ask();
      if (mine === run.current) setState({ data, error: null });
    } catch (error) {
      if (mine === run.current) setState(before => ({ data: before.data, error }));
    }
  }, keys);
  useEffect(() => {
    let timer = 0, over = false;
    const round = async () => {
      if (!document.hidden) await look();
      if (!over && seconds) timer = setTimeout(round, seconds * 1000);
    };
    round();
    return () => {
      over = true;
      run.current++;
      clearTimeout(timer);
    };
  }, [look, seconds]);
  return { ...state, again: look };
}

export const Page = ({ title, lead, actions, children }) => html`
  <div class="page">
    <header class="page-head">
      <div><h1 tabindex="-1">${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}
  </div>`;

export const Card = ({ title, note, children, wide, id }) => html`
  <section class=${'card' + (wide ? ' wide' : '')} aria-labelledby=${id}>
    ${title && html`<header class="card-head"><h2 id=${id}>${title}</h2>${note && html`<span class="note">${note}</span>`}
      </header>`}
    ${children}
  </section>`;

export const Tile = ({ label, value, unit, note, tone }) => html`
  <div class=${'tile' + (tone ? ' ' + tone : '')}>
    <dt>${label}</dt>
    <dd><span class="figure">${value}</span>${unit && html` <span class="unit">${unit}</span>`}
      ${note && html`<span class="note">${note}</span>`}</dd>
  </div>`;

export const Badge = ({ tone, children }) => html`<span class=${'badge ' + (tone || 'plain')}>${children}</span>`;

export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

export function Problem({ error }) {
  if (!error) return null;
  const denied = error instanceof ApiError && error.status === 403;
  return html`<div class=${'problem' + (denied ? ' denied' : '')} role="alert">
    <strong>${denied ? 'Not for this role.' : 'That did not work.'}</strong> ${error.message}</div>`;
}

export const Loading = () => html`<p class="empty" role="status">Loading…</p>`;

// columns: {name, head, cell, number, wide}. A table that scrolls by itself can be reached with the keyboard.
export function Table({ caption, columns, rows, keyOf, empty }) {
  if (!rows.length) return html`<${Empty}>${empty || 'Nothing to show.'}<//>`;
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label=${caption}>
      <table>
        <caption class="hidden">${caption}</caption>
        <thead><tr>${columns.map(one => html`<th scope="col" class=${one.number ? 'number' : ''}>
          ${one.head || html`<span class="hidden">${one.label}</span>`}</th>`)}</tr></thead>
        <tbody>${rows.map((row, index) => html`<tr key=${keyOf ? keyOf(row) : index}>
          ${columns.map(one => html`<td class=${(one.number ? 'number' : '') + (one.wide ? ' wide' : '')}>
            ${one.cell(row)}</td>`)}</tr>`)}</tbody>
      </table>
    </div>`;
}

// A share of something, with marks.
export function Meter({ label, percent, marks = [70, 90, 95], text }) {
  const tone = percent >= marks[1] ? 'bad' : percent >= marks[0] ? 'warn' : 'good';
  const width = Math.max(0, Math.min(100, percent));
  return html`
    <div class=${'meter ' + tone} role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${Math.round(width)} aria-valuetext=${text}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="6" rx="1.5"/>
        <rect class="fill" width=${width} height="6" rx="1.5"/>
        ${marks.map(mark => html`<rect class="mark" x=${mark} width="0.5" height="6"/>`)}
      </svg>
    </div>`;
}

// Asks before it acts; shows what came of it.
export function useAction() {
  const [state, setState] = useState({ asked: null, busy: false, told: null, error: null });
  const dialog = useRef(null);
  useEffect(() => {
    const box = dialog.current;
    if (!box) return;
    if (state.asked && !box.open) box.showModal();
    if (!state.asked && box.open) box.close();
  });
  const ask = asked => setState({ asked, busy: false, told: null, error: null });
  const act = async () => {
    const { run, done } = state.asked;
    setState(before => ({ ...before, busy: true }));
    try {
      const answer = await run();
      setState({ asked: null, busy: false, told: typeof done === 'function' ? done(answer) : done, error: null });
    } catch (error) {
      setState({ asked: null, busy: false, told: null, error });
    }
  };
  const close = () => setState(before => ({ ...before, asked: null }));
  const view = html`
    <div class="says" aria-live="polite">${state.told && html`<div class="told">${state.told}</div>`}</div>
    <${Problem} error=${state.error}/>
    <dialog ref=${dialog} onClose=${close} aria-labelledby="dialog-title">
      ${state.asked && html`
        <h2 id="dialog-title">${state.asked.title}</h2>
        <p>${state.asked.text}</p>
        <div class="actions">
          <button class="plain" onClick=${close} disabled=${state.busy}>Cancel</button>
          <button class=${state.asked.danger ? 'danger' : ''} onClick=${act} disabled=${state.busy}>
            ${state.asked.verb}</button>
        </div>`}
    </dialog>`;
  return { ask, view };
}

export function statusTone(status) {
  return status >= 500 ? 'bad' : status >= 400 ? 'warn' : status >= 300 ? 'info' : 'good';
}
