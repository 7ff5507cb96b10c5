// Looks at the page of a class, uses it with the keyboard, and prints what it found as one line of JSON.
// usage: node class.js CHROMIUM PAGE [AXE [FOLDER FOR PICTURES]]
'use strict';

const path = require('node:path');
const { pathToFileURL } = require('node:url');
const withBrowser = require('./devtools.js');

const [chromium, page, axe, pictures] = process.argv.slice(2);
const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'];
const TABS_MAX = 1500;
const LOADS = 3;

// In the page: the rows that are shown, from above, and what the page says of them.
function table() {
  const shown = [...document.querySelectorAll('#rows tbody tr')].filter((row) => !row.hidden);
  return {
    count: shown.length,
    status: document.getElementById('shown').textContent,
    names: shown.map((row) => row.cells[0].textContent),
    points: shown.map((row) => row.cells[1].textContent),
    results: shown.map((row) => row.dataset.results),
    mistakes: shown.map((row) => row.dataset.mistakes),
    verdicts: shown.map((row) => row.dataset.verdict),
  };
}

withBrowser(chromium, page, async (tools) => {
  const state = () => tools.evaluate(`(${table})()`);
  // Goes on with the tab key until something is true of what has the focus.
  const tabTo = async (condition) => {
    for (let stop = 0; stop < TABS_MAX; ++stop) {
      await tools.press('Tab', 'Tab', 9);
      if (await tools.evaluate(`((at) => ${condition})(document.activeElement)`)) return;
    }
    throw new Error(`the tab key does not lead to where ${condition}`);
  };
  const enter = () => tools.press('Enter', 'Enter', 13);

  const seen = { loaded_after_ms: [], shown_after_ms: [], views: [], axe: [] };
  for (let time = 0; time < LOADS; ++time) {
    await tools.load(pathToFileURL(page).href);
    // Two frames later, what was loaded is on the screen.
    const [loaded, shown] = await tools.evaluate(`new Promise((done) =>
      requestAnimationFrame(() => requestAnimationFrame(() =>
        done([performance.getEntriesByType('navigation')[0].loadEventEnd, performance.now()]))))`);
    seen.loaded_after_ms.push(loaded);
    seen.shown_after_ms.push(shown);
  }
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      await tools.look(width, scheme);
      const [room, needed] = await tools.evaluate(
        '[document.documentElement.clientWidth, document.documentElement.scrollWidth]');
      const background = await tools.evaluate('getComputedStyle(document.body).backgroundColor');
      seen.views.push({ width, scheme, room, needed, background });
      if (axe) seen.axe.push(...(await tools.findings(axe)).map((one) => ({ width, scheme, ...one })));
      if (pictures) {
        const top = await tools.evaluate("document.getElementById('hand-ins').offsetTop");
        for (const [part, y] of [['top', 0], ['table', top]]) {
          await tools.picture(path.join(pictures, `${path.parse(page).name}-${part}-${width}-${scheme}.png`), y);
        }
      }
    }
  }

  seen.first = await state();
  await tools.evaluate("document.getElementById('hand-ins-title').focus()");
  await tabTo("at.id === 'search'");
  for (const letter of 'muller') await tools.press(letter);
  seen.searched = await state();
  await tabTo("at.id === 'mistake'");
  await tools.press('ArrowDown', 'ArrowDown', 40);
  seen.searchedWithMistake = await state();
  await tabTo("at.id === 'all'");
  await enter();
  seen.all = await state();
  await tabTo("at.textContent === 'Points'");
  await enter();
  seen.byPoints = await state();
  await enter();
  seen.byPointsDown = await state();
  seen.sort = await tools.evaluate("document.activeElement.closest('th').getAttribute('aria-sort')");
  await tabTo("at.textContent === 'short'");
  for (const _ of ['medium', 'long']) await tools.press('ArrowRight', 'ArrowRight', 39);
  await enter();
  seen.byLong = await state();
  // A result that is clicked leads to where it is told.
  const target = await tools.evaluate(`(() => {
    const row = [...document.querySelectorAll('#rows tbody tr')].find((row) => row.dataset.results.startsWith('ppf'));
    const svg = row.querySelector('svg');
    svg.scrollIntoView({ block: 'center' });
    svg.closest('.scroll').scrollLeft = 0;
    const { left, top } = svg.getBoundingClientRect();
    return { x: left + 2 * 12 + 5, y: top + 5, link: row.querySelector('a').href };
  })()`);
  await tools.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: target.x, y: target.y });
  seen.readout = await tools.evaluate("document.getElementById('readout').textContent");
  await tools.evaluate("document.querySelector('.ranked [data-mistake=\"1\"]').click()");
  seen.byMistake = await state();
  seen.complaints = tools.complaints();
  return seen;
});
