// The admin API as the pages use it. The token lives in this tab's sessionStorage and goes out as a field: there is no
// cookie another site's page could have the browser send.
const KEY = 'navajo.token';

export const token = () => sessionStorage.getItem(KEY) || '';
export const keepToken = text => sessionStorage.setItem(KEY, text);
export const forgetToken = () => sessionStorage.removeItem(KEY);

export class ApiError extends Error {
  constructor(status, code, text) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${token()}` };
  if (method !== 'GET') headers['Content-Type'] = 'application/json';
  let answer;
  try {
    answer = await fetch(`api/v1${path}`, {
      method, headers, cache: 'no-store',
      body: method === 'GET' ? undefined : JSON.stringify(body || {}),
      signal: AbortSignal.timeout(15000),
    });
  } catch {
    throw new ApiError(0, 'unreachable', 'The server does not answer.');
  }
  let data = null;
  try {
    data = await answer.json();
  } catch { /* said below */ }
  if (answer.ok && data) return data;
  const error = (data && data.error) || {};
  throw new ApiError(answer.status, error.code || 'error', error.text || `The server answered ${answer.status}.`);
}

export const get = path => call('GET', path);
export const post = (path, body) => call('POST', path, body);
export const remove = path => call('DELETE', path);

// "?a=1&b=2" of what is not empty.
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== '' && value != null);
  return given.length ? '?' + new URLSearchParams(given) : '';
}
