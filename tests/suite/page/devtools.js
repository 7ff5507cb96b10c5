// Drives a headless Chromium over its DevTools pipe.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

// A connection to the browser: commands are numbered, and answers come as they please.
class DevTools {
  constructor(chromium, profile) {
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
    await this.load(url);
  }

  async load(url) {
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

  async press(key, code = key, windowsVirtualKeyCode = 0) {
    const text = key.length === 1 ? key : key === 'Enter' ? '\r' : undefined;
    const given = { key, code, windowsVirtualKeyCode, text };
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...given });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...given });
  }

  // What axe-core finds that keeps people from using the page.
  async findings(axe) {
    await this.evaluate(`${fs.readFileSync(axe, 'utf8')}; undefined`);
    const run = `axe.run().then(({ violations }) => violations.map(({ id, impact, help, nodes }) =>
      ({ id, impact, help, html: nodes[0].html.slice(0, 200) })))`;
    return this.evaluate(run);
  }

  // The page from `y` on, as far as somebody would look.
  async picture(file, y = 0) {
    const { cssContentSize } = await this.send('Page.getLayoutMetrics');
    const height = Math.min(cssContentSize.height - y, 3000);
    const clip = { x: 0, y, width: cssContentSize.width, height, scale: 1 };
    const { data } = await this.send('Page.captureScreenshot', { clip, captureBeyondViewport: true });
    fs.writeFileSync(file, Buffer.from(data, 'base64'));
  }
}

// Has a browser look at a page, and prints what `look` makes of it as one line of JSON.
async function withBrowser(chromium, page, look) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'page-'));
  const tools = new DevTools(chromium, profile);
  try {
    await tools.open(pathToFileURL(page).href);
    console.log(JSON.stringify(await look(tools)));
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

module.exports = (chromium, page, look) => withBrowser(chromium, page, look).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
