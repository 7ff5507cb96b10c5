// Looks at a page in a headless Chromium, over its DevTools pipe, and prints what it found as one line of JSON.
// usage: node browser.js CHROMIUM PAGE [AXE [FOLDER FOR PICTURES]]
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [chromium, page, axe, pictures] = process.argv.slice(2);
const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'];
// More stops of the tab key than this are not followed.
const TABS_MAX = 400;

// A connection to the browser: commands are numbered, and answers come as they please.
class DevTools {
  constructor(profile) {
    const flags = ['--headless', '--remote-debugging-pipe', '--no-first-run', '--disable-gpu', `--user-data-dir=${profile}`];
    // As root it starts without its sandbox or not at all.
    if (process.getuid() === 0) flags.push('--no-sandbox');
    this.process = spawn(chromium, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.waiting = new Map();
    this.events = [];
    this.number = 0;
    let rest = '';
    this.process.stdio[4].setEncoding('utf8').on('data', (data) => {
      const messages = (rest + data).split('\0');
      rest = messages.pop();
      messages.forEach((text) => this.take(JSON.parse(text)));
    });
    this.process.on('exit', () => this.fail(new Error('the browser has ended')));
    this.process.on('error', (error) => this.fail(error));
  }

  take(message) {
    if (message.id === undefined) {
      this.events.push(message);
      this.onEvent?.(message);
      return;
    }
    const { resolve, reject } = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }

  fail(error) {
    this.waiting.forEach(({ reject }) => reject(error));
    this.waiting.clear();
  }

  send(method, params = {}) {
    const id = ++this.number;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + '\0');
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  event(method) {
    return new Promise((resolve) => {
      this.onEvent = (event) => event.method === method && resolve(event.params);
    });
  }

  async evaluate(expression) {
    const given = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', given);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async open(url) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    this.session = (await this.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log']) await this.send(`${domain}.enable`);
    const loaded = this.event('Page.loadEventFired');
    await this.send('Page.navigate', { url });
    await loaded;
  }

  // What the browser complains about.
  complaints() {
    const texts = this.events.map(({ method, params }) => {
      if (method === 'Log.entryAdded') return params.entry.text;
      if (method === 'Runtime.exceptionThrown') return params.exceptionDetails.text;
      return method === 'Runtime.consoleAPICalled' ? JSON.stringify(params.args) : undefined;
    });
    return texts.filter((text) => text !== undefined);
  }

  async look(width, scheme) {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  }
}

// In the page: pictures that show nothing, and words that do not fit between the lifelines.
function pictureFaults() {
  const faults = [];
  for (const svg of document.querySelectorAll('details[open] .story svg')) {
    const area = svg.getBoundingClientRect();
    const arrows = [...svg.querySelectorAll('use')].filter((use) => use.getBBox().width > 0);
    if (area.width < 200 || arrows.length === 0) faults.push('an empty picture');
    for (const arrow of svg.querySelectorAll('a')) {
      const room = arrow.querySelector('use').getBoundingClientRect();
      const words = arrow.querySelector('text:not(.b)');
      const box = words.getBoundingClientRect();
      if (box.left < room.left || box.right > room.right) faults.push(words.textContent);
    }
  }
  return faults;
}

// In the page: what has the focus, and the part of the page that it is in.
function focused() {
  const element = document.activeElement;
  if (element === document.body) return null;
  const part = element.closest('section, nav, header, footer');
  const isSeen = getComputedStyle(element).outlineStyle !== 'none';
  return { tag: element.tagName.toLowerCase(), text: element.textContent.trim().slice(0, 40), part: part?.id || part?.tagName.toLowerCase(), isSeen };
}

async function tabs(tools) {
  const stops = [];
  const key = { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 };
  while (stops.length < TABS_MAX) {
    await tools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
    await tools.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
    const stop = await tools.evaluate(`(${focused})()`);
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

async function findings(tools) {
  await tools.evaluate(`${fs.readFileSync(axe, 'utf8')}; undefined`);
  const run = `axe.run().then(({ violations }) => violations.map(({ id, impact, help, nodes }) =>
    ({ id, impact, help, html: nodes[0].html.slice(0, 200) })))`;
  return tools.evaluate(run);
}

async function picture(tools, name) {
  const { cssContentSize } = await tools.send('Page.getLayoutMetrics');
  const clip = { x: 0, y: 0, width: cssContentSize.width, height: Math.min(cssContentSize.height, 3000), scale: 1 };
  const { data } = await tools.send('Page.captureScreenshot', { clip, captureBeyondViewport: true });
  fs.writeFileSync(path.join(pictures, name), Buffer.from(data, 'base64'));
}

async function main() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'page-'));
  const tools = new DevTools(profile);
  try {
    await tools.open(pathToFileURL(page).href);
    const seen = { views: [], axe: [] };
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await tools.look(width, scheme);
        const [room, needed] = await tools.evaluate(
          '[document.documentElement.clientWidth, document.documentElement.scrollWidth]');
        const faults = await tools.evaluate(`(${pictureFaults})()`);
        const background = await tools.evaluate('getComputedStyle(document.body).backgroundColor');
        seen.views.push({ width, scheme, room, needed, faults, background });
        if (axe) seen.axe.push(...(await findings(tools)).map((one) => ({ width, scheme, ...one })));
        if (pictures) await picture(tools, `${path.parse(page).name}-${width}-${scheme}.png`);
      }
    }
    if (axe) {
      await tools.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
      seen.axe.push(...(await findings(tools)).map((one) => ({ opened: true, ...one })));
      await tools.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = one.classList.contains('example')))");
    }
    seen.pictures = await tools.evaluate("document.querySelectorAll('details[open] .story svg').length");
    seen.stops = await tabs(tools);
    seen.complaints = tools.complaints();
    console.log(JSON.stringify(seen));
  } finally {
    const gone = new Promise((resolve) => tools.process.once('exit', resolve));
    tools.process.kill('SIGKILL');
    await gone;
    try {
      fs.rmSync(profile, { recursive: true, force: true });
    } catch {
      // Processes of the browser outlive it, and may still write there. That says nothing of the page.
    }
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
