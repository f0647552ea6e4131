// A page in a real Chromium opens a WebSocket to where it came from: text, a large message, the end. Told by environment
// variables: TOOLS, CHROMIUM, URL of the page, TARGET of the WebSocket. Says what the page saw as one JSON object.
import { createRequire } from 'node:module';

const { TOOLS, URL, TARGET, CHROMIUM } = process.env;
const { chromium } = createRequire(`${TOOLS}/`)('playwright-core');
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
page.setDefaultTimeout(20000);
await page.goto(URL);
const told = await page.evaluate(target => new Promise(resolve => {
  const seen = { text: '', bytes: 0, same: true };
  const sent = new Uint8Array(300000).map((_, i) => i * 7);
  const socket = new WebSocket(location.origin.replace('http', 'ws') + target);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => { seen.extensions = socket.extensions; socket.send('grüezi'); };
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') {
      seen.text = data;
      return socket.send(sent);
    }
    seen.bytes = data.byteLength;
    seen.same = new Uint8Array(data).every((byte, i) => byte === sent[i]);
    socket.close(4001, 'enough');
  };
  socket.onclose = ({ code, reason, wasClean }) => resolve({ ...seen, code, reason, wasClean });
}), TARGET);
console.log(JSON.stringify(told));
await browser.close();
