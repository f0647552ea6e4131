// Numbers and times for people. No locale: the same everywhere, and nothing that a strange LANG could break.
const group = digits => digits.replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009');

export function count(value) {
  if (value == null || !isFinite(value)) return '–';
  if (Math.abs(value) >= 1e9) return `${(value / 1e9).toFixed(2)} G`;
  if (Math.abs(value) >= 1e7) return `${(value / 1e6).toFixed(1)} M`;
  return group(String(Math.round(value)));
}

export function rate(value) {
  if (value == null || !isFinite(value)) return '–';
  return value >= 100 || value === 0 ? count(value) : value.toFixed(value < 10 ? 2 : 1);
}

export function bytes(value) {
  if (value == null || !isFinite(value)) return '–';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

export function micros(value) {
  if (value == null || !isFinite(value)) return '–';
  if (value < 1000) return `${Math.round(value)} µs`;
  if (value < 1e6) return `${(value / 1000).toFixed(value < 1e4 ? 2 : 1)} ms`;
  return `${(value / 1e6).toFixed(2)} s`;
}

export const millis = value => micros(value * 1000);

export function duration(seconds) {
  if (seconds == null || !isFinite(seconds)) return '–';
  seconds = Math.max(0, Math.round(seconds));
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  if (minutes) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

const two = number => String(number).padStart(2, '0');

export function clock(ms) {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function date(seconds) {
  const at = new Date(seconds * 1000);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function moment(ms) {
  return `${date(ms / 1000)} ${clock(ms)}`;
}

// Of today the time alone.
export function when(ms) {
  return date(ms / 1000) === date(Date.now() / 1000) ? clock(ms) : moment(ms);
}

// "connect_refused" as "connect refused".
export const words = name => String(name).replaceAll('_', ' ');
