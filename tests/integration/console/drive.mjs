// Drives a real Chromium through every page of the console, in light and dark, and has axe-core judge each. Told by
// environment variables: TOOLS (folder with node_modules), URL, TOKENS (JSON), CHROMIUM, SHOTS (folder for pictures, or
// empty). Says what it found as one JSON object; whoever started it judges (test_console.py).
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const { TOOLS, URL, TOKENS, CHROMIUM, SHOTS, STEPS = 'pages' } = process.env;
const require = createRequire(`${TOOLS}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const tokens = JSON.parse(TOKENS);

const PAGES = [
  ['overview', 'Overview'], ['hosts', 'Hosts and backends'], ['live', 'Live requests'], ['requests', 'Requests'],
  ['sessions', 'Sessions'], ['rules', 'Rules'], ['limits', 'Limits and credits'], ['certificates', 'Certificates'],
  ['tunnels', 'Tunnels'],
];
const found = { visited: [], violations: [], complaints: [], told: {} };

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });

async function open(scheme, size = { width: 1360, height: 860 }) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: size, locale: 'en-US', bypassCSP: false });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  page.on('pageerror', error => found.complaints.push(`error: ${error.message}`));
  page.on('console', message => {
    // What is refused on purpose is said by the browser as well.
    if (message.type() === 'error' && !/status of (401|403|404|429)/.test(message.text()))
      found.complaints.push(`console: ${message.text()}`);
  });
  page.on('request', request => {
    if (!request.url().startsWith(URL) && !request.url().startsWith('data:'))
      found.complaints.push(`asks elsewhere: ${request.url()}`);
  });
  await page.goto(URL);
  return page;
}

async function enter(page, token) {
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
}

// axe is run by the debugger, not by a script element: the policy of the page allows none.
async function judge(page, name) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  for (const one of result.violations)
    found.violations.push(`${name}: ${one.id}: ${one.nodes.map(node => node.target.join(' ')).slice(0, 4).join(', ')}` +
      ` (${one.nodes[0].failureSummary.split('\n').slice(1, 3).join(' ').trim()})`);
  found.visited.push(name);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name.replaceAll(' ', '-')}.png`, fullPage: true });
}

async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('[role=status]'));
}

async function visitAll(page, scheme) {
  for (const [index, [path, title]] of PAGES.entries()) {
    await page.keyboard.press(String(index + 1));
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
    if (!page.url().endsWith(`#/${path}`)) found.complaints.push(`${path} is at ${page.url()}`);
    await settled(page);
    if (['overview', 'tunnels'].includes(path)) await page.locator('.uplot canvas').first().waitFor();
    await judge(page, `${scheme} ${path}`);
    if (page.url() !== `${URL}#/overview` || index) {
      const focus = await page.evaluate(() => document.activeElement.tagName);
      if (index && focus !== 'H1') found.complaints.push(`${path}: the focus is on ${focus}, not on the heading`);
    }
  }
}

async function lookWhy(page, scheme) {
  await page.goto(`${URL}#/requests`);
  await page.getByRole('button', { name: 'failed', exact: true }).click();
  await page.getByRole('link', { name: /^Why 502/ }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Why?' }).waitFor();
  await page.locator('.verdict').waitFor();
  found.told.verdict = await page.locator('.verdict').textContent();
  found.told.tries = await page.locator('.tries').textContent();
  await judge(page, `${scheme} why`);
  await page.goto(`${URL}#/requests`);
  await page.getByRole('button', { name: 'blocked', exact: true }).click();
  await page.getByRole('link', { name: /^Why 403/ }).first().click();
  await page.locator('.verdict').waitFor();
  found.told.blocked = await page.locator('#rules').locator('..').locator('..').textContent();
}

async function keyboard(page) {
  await page.goto(`${URL}#/overview`);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.keyboard.press('Tab');
  found.told.skip = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press('Enter');
  found.told.afterSkip = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
  await judge(page, 'light shortcuts');
  await page.keyboard.press('Escape');
  await page.keyboard.press('3');
  await page.getByRole('heading', { level: 1, name: 'Live requests' }).waitFor();
  await page.keyboard.press('/');
  found.told.slash = await page.evaluate(() => document.activeElement.type);
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  const before = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.keyboard.press('t');
  const after = await page.evaluate(() => document.documentElement.dataset.theme);
  found.told.theme = `${before} ${after}`;
}

async function changes(page) {
  await page.goto(`${URL}#/hosts`);
  await page.getByRole('button', { name: 'Drain one' }).click();
  await page.getByRole('heading', { name: 'Drain one?' }).waitFor();
  await judge(page, 'light drain dialog');
  await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
  await page.locator('.told').waitFor();
  found.told.drained = await page.locator('.told').textContent();
  await page.getByRole('button', { name: 'Enable one' }).waitFor();
  await page.getByRole('button', { name: /^Drain .* of Dead$/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Drain the last one' }).click();
  await page.locator('.told', { hasText: 'out of service' }).waitFor();
  await page.getByRole('button', { name: /^Enable .* of Dead$/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
  await page.locator('.told', { hasText: 'in service again' }).waitFor();
  found.told.undrained = await page.locator('.told').textContent();
  await page.goto(`${URL}#/tunnels`);
  await page.getByRole('button', { name: /^End tunnel/ }).click();
  await judge(page, 'light end of a tunnel');
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await page.locator('.told').waitFor();
  found.told.ended = await page.locator('.told').textContent();
  await page.goto(`${URL}#/rules`);
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reload' }).click();
  await page.locator('.told').waitFor();
  found.told.reloaded = await page.locator('.told').textContent();
}

async function roles() {
  const page = await open('light');
  await judge(page, 'light login');
  await enter(page, 'not-a-token');
  await page.getByRole('alert').waitFor();
  found.told.wrong = await page.getByRole('alert').textContent();
  await enter(page, tokens.viewer);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.goto(`${URL}#/sessions`);
  await page.getByText('Who is logged in is shown to operators').waitFor();
  await judge(page, 'light sessions of a viewer');
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByLabel('Token').waitFor();
  found.told.left = await page.evaluate(() => sessionStorage.length);
  await page.context().close();
}

try {
  await roles();
  const light = await open('light');
  await enter(light, tokens.admin);
  await light.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await visitAll(light, 'light');
  await lookWhy(light, 'light');
  await keyboard(light);
  await light.evaluate(() => localStorage.clear());
  await changes(light);
  await light.context().close();
  const dark = await open('dark');
  await enter(dark, tokens.operator);
  await dark.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await visitAll(dark, 'dark');
  await lookWhy(dark, 'dark');
  await dark.context().close();
  const small = await open('light', { width: 390, height: 800 });
  await enter(small, tokens.viewer);
  await small.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  found.told.wide = await small.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await judge(small, 'small overview');
  await small.context().close();
} catch (error) {
  found.complaints.push(`stopped: ${error.message.split('\n').slice(0, 6).join(' ')}`);
}
await browser.close();
console.log(JSON.stringify(found));
