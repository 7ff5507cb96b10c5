'use strict';
(() => {
  // A result is so wide, and so is the gap between two groups: see the patterns.
  const WIDTH = 12;
  const HEIGHT = 18;
  const PATTERNS = { p: 'pass', f: 'fail', o: 'open', u: 'none' };
  const WORDS = { p: 'passed', f: 'failed', o: 'blocked or inconclusive', u: 'makes no sense here', '.': 'not played' };
  // What needs attention comes first.
  const RANKS = 'fou.p';
  const NAMES_MAX = 8;

  const get = (id) => document.getElementById(id);
  const table = get('rows');
  const body = table.tBodies[0];
  const head = table.tHead.rows[0];
  const readout = get('readout');
  const hint = readout.textContent;
  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

  const scenarios = document.createElement('th');
  scenarios.scope = 'col';
  const heads = document.createElement('div');
  heads.className = 'heads';
  heads.append(get('heads').content);
  scenarios.append(heads);
  head.append(scenarios);
  // The places of the results, with a hole for each gap, as in the texts of the rows.
  const columns = [...heads.children].flatMap((group, index) => [...(index ? [null] : []), ...group.querySelectorAll('button')]);
  // A browser says that of a header, and the words for a scenario are too many for one.
  const named = (button) => `${button.textContent} (${button.parentElement.getAttribute('aria-label')})`;
  const buttons = columns.filter(Boolean);
  buttons.forEach((button) => button.setAttribute('aria-label', `Sort by ${named(button)}`));

  const rows = [...body.rows].map((element, index) => ({
    element,
    index,
    results: element.dataset.results,
    mistakes: element.dataset.mistakes.split(' '),
    verdict: element.dataset.verdict,
    text: plain(element.cells[0].textContent),
    name: element.cells[0].textContent,
    points: parseInt(element.cells[1].textContent, 10),
  }));

  // The results of a row: for each kind of them one shape, of all the stretches in which they stand.
  function picture(results) {
    const stretches = {};
    for (const { 0: stretch, index } of results.matchAll(/p+|f+|o+|u+/g)) {
      const width = stretch.length * WIDTH;
      (stretches[stretch[0]] ??= []).push(`M${index * WIDTH} 0h${width}v${HEIGHT}h-${width}z`);
    }
    const shapes = Object.entries(stretches).map(([kind, paths]) => `<path fill="url(#${PATTERNS[kind]})" d="${paths.join('')}"/>`);
    const failed = results.split('f').length - 1;
    const all = results.replaceAll(' ', '').length;
    return `<svg width="${columns.length * WIDTH}" height="${HEIGHT}" role="img" aria-label="${failed} of ${all} failed">${shapes.join('')}</svg>`;
  }
  for (const { element, results } of rows) {
    const cell = element.insertCell();
    // There are only letters in it that are known.
    if (results) cell.innerHTML = picture(results);
  }

  const sorts = {
    name: (row) => row.text,
    points: (row) => (Number.isNaN(row.points) ? -1 : row.points),
    verdict: (row) => ['fail', 'incomplete', 'none', 'pass'].indexOf(row.verdict),
  };
  let sorted = null;
  const byText = new Intl.Collator(undefined, { numeric: true });

  function sort(button, key) {
    const down = sorted?.button === button && !sorted.down;
    if (sorted) delete sorted.button.dataset.sorted;
    head.querySelectorAll('[aria-sort]').forEach((cell) => cell.removeAttribute('aria-sort'));
    sorted = { button, down };
    button.dataset.sorted = down ? 'down' : 'up';
    button.closest('th').setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const keys = new Map(rows.map((row) => [row, key(row)]));
    const compare = (one, other) => {
      const [left, right] = [keys.get(one), keys.get(other)];
      const order = typeof left === 'string' ? byText.compare(left, right) : left - right;
      return (down ? -order : order) || one.index - other.index;
    };
    body.append(...[...rows].sort(compare).map((row) => row.element));
  }

  for (const [index, key] of ['name', 'points', 'verdict'].entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.cells[index].childNodes);
    head.cells[index].append(button);
    button.addEventListener('click', () => sort(button, sorts[key]));
  }
  // The tab key stops once at all of them, and arrows lead from one to the next.
  heads.setAttribute('role', 'toolbar');
  heads.setAttribute('aria-label', 'Sort by a scenario');
  buttons.forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
  heads.addEventListener('keydown', (event) => {
    const index = buttons.indexOf(event.target);
    const last = buttons.length - 1;
    const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    const button = buttons[Math.min(Math.max(next, 0), last)];
    button.tabIndex = 0;
    button.focus();
  });
  columns.forEach((button, place) => button?.addEventListener('click', () =>
    sort(button, ({ results }) => (results ? RANKS.indexOf(results[place]) : RANKS.length))));

  const [search, mistake, verdict] = ['search', 'mistake', 'verdict'].map(get);
  function filter() {
    const wanted = plain(search.value.trim());
    let shown = 0;
    for (const row of rows) {
      const matches = row.text.includes(wanted)
        && (mistake.value === '' || row.mistakes.includes(mistake.value))
        && (verdict.value === '' || row.verdict === verdict.value);
      row.element.hidden = !matches;
      shown += matches;
    }
    get('shown').textContent = shown === rows.length ? `${shown} hand-ins` : `${shown} of ${rows.length} hand-ins`;
  }
  get('tools').addEventListener('input', filter);
  get('tools').addEventListener('submit', (event) => event.preventDefault());
  function only(makersOf) {
    [search.value, mistake.value, verdict.value] = ['', makersOf, ''];
    filter();
  }
  get('all').addEventListener('click', () => only(''));
  document.addEventListener('click', (event) => {
    const wanted = event.target.closest('[data-mistake]');
    if (wanted) only(wanted.dataset.mistake);
  });

  // What a pointer is at.
  const rowOf = new Map(rows.map((row) => [row.element, row]));
  let at = null;
  function place(event) {
    const svg = event.target.closest('#rows td svg');
    if (!svg) return null;
    const row = rowOf.get(svg.closest('tr'));
    const index = Math.floor((event.clientX - svg.getBoundingClientRect().left) / WIDTH);
    return columns[index] ? { row, button: columns[index], letter: row.results[index] } : null;
  }
  function mark(button) {
    at?.classList.remove('at');
    at = button;
    at?.classList.add('at');
  }
  body.addEventListener('pointermove', (event) => {
    const found = place(event);
    mark(found?.button);
    readout.textContent = found ? `${found.row.name}: ${named(found.button)}: ${WORDS[found.letter]}. ${found.button.title}` : hint;
  });
  body.addEventListener('click', (event) => {
    const found = place(event);
    const link = found?.row.element.querySelector('a');
    if (link) location.href = `${link.href}#${found.button.dataset.anchor}`;
  });
  // Who comes with the keyboard reads what has failed.
  body.addEventListener('focusin', (event) => {
    const row = rowOf.get(event.target.closest('tr'));
    if (!row) return;
    const failed = columns.filter((button, index) => button && row.results[index] === 'f').map(named);
    const more = failed.length > NAMES_MAX ? ` and ${failed.length - NAMES_MAX} more` : '';
    readout.textContent = failed.length ? `${row.name}: failed ${failed.slice(0, NAMES_MAX).join('; ')}${more}` : `${row.name}: nothing failed`;
  });

  ['tools', 'legend', 'readout'].forEach((id) => { get(id).hidden = false; });
  filter();
})();
