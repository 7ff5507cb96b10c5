// Looks at the page of a run, and prints what it found as one line of JSON.
// usage: node browser.js CHROMIUM PAGE [AXE [FOLDER FOR PICTURES]]
'use strict';

const path = require('node:path');
const withBrowser = require('./devtools.js');

const [chromium, page, axe, pictures] = process.argv.slice(2);
const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'];
// More stops of the tab key than this are not followed.
const TABS_MAX = 400;

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
  while (stops.length < TABS_MAX) {
    await tools.press('Tab', 'Tab', 9);
    const stop = await tools.evaluate(`(${focused})()`);
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

withBrowser(chromium, page, async (tools) => {
  const seen = { views: [], axe: [] };
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      await tools.look(width, scheme);
      const [room, needed] = await tools.evaluate(
        '[document.documentElement.clientWidth, document.documentElement.scrollWidth]');
      const faults = await tools.evaluate(`(${pictureFaults})()`);
      const background = await tools.evaluate('getComputedStyle(document.body).backgroundColor');
      seen.views.push({ width, scheme, room, needed, faults, background });
      if (axe) seen.axe.push(...(await tools.findings(axe)).map((one) => ({ width, scheme, ...one })));
      if (pictures) await tools.picture(path.join(pictures, `${path.parse(page).name}-${width}-${scheme}.png`));
    }
  }
  if (axe) {
    await tools.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
    seen.axe.push(...(await tools.findings(axe)).map((one) => ({ opened: true, ...one })));
    await tools.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = one.classList.contains('example')))");
  }
  seen.pictures = await tools.evaluate("document.querySelectorAll('details[open] .story svg').length");
  seen.stops = await tabs(tools);
  seen.complaints = tools.complaints();
  return seen;
});
