// The last minutes of the server's numbers, kept while one moves between pages: one sample a second, and rates between
// any two of them.
import { get } from './api.js';

const KEPT = 300;
const samples = [];
const listeners = new Set();
let timer = 0, error = null, latest = null;

function take(data) {
  latest = data;
  const last = samples[samples.length - 1];
  const at = performance.now() / 1000;
  const sample = { at, wall: Date.now() / 1000, counters: data.total.counters, gauges: data.total.gauges };
  // A server that was started anew counts from zero.
  if (last && sample.counters.requests < last.counters.requests) samples.length = 0;
  samples.push(sample);
  if (samples.length > KEPT) samples.shift();
}

async function look() {
  try {
    if (!document.hidden) take(await get('/overview'));
    error = null;
  } catch (problem) {
    error = problem;
  }
  for (const listener of listeners) listener();
  if (listeners.size) timer = setTimeout(look, 1000);
}

export function subscribe(listener) {
  listeners.add(listener);
  if (listeners.size === 1) {
    clearTimeout(timer);
    look();
  }
  return () => {
    listeners.delete(listener);
    if (!listeners.size) clearTimeout(timer);
  };
}

export const current = () => ({ samples, latest, error });

// Of a counter, per second, at each sample but the first.
export function rates(name) {
  const out = [];
  for (let i = 1; i < samples.length; i++) {
    const seconds = samples[i].at - samples[i - 1].at;
    out.push(seconds > 0 ? Math.max(0, samples[i].counters[name] - samples[i - 1].counters[name]) / seconds : 0);
  }
  return out;
}

export const times = () => samples.slice(1).map(one => one.wall);
export const levels = name => samples.slice(1).map(one => one.gauges[name]);

// Over the last so many seconds.
export function recentRate(name, seconds = 10) {
  if (samples.length < 2) return null;
  const last = samples[samples.length - 1];
  const first = samples.find(one => last.at - one.at <= seconds) || samples[0];
  return last.at > first.at ? (last.counters[name] - first.counters[name]) / (last.at - first.at) : null;
}

export function forget() {
  samples.length = 0;
  latest = error = null;
}
