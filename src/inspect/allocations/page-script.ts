/**
 * What makes the page of allocations move. It plays the calls up to the slider anew each time it goes back, and from where it is when it goes on. A call in the data
 * is [insn, id, address, size, frees, brk, live, held, caller, text, problem, kind]; mappings are [1 or -1, start, length] beside it.
 */
export const PAGE_SCRIPT = `
const { heapStart, callers, rows, mappings } = JSON.parse(document.getElementById('data').textContent);
const get = id => document.getElementById(id);
const colour = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const hex = value => '0x' + value.toString(16).padStart(8, '0');
const bytes = n => n >= 1048576 ? (n / 1048576).toFixed(1) + ' MiB' : n >= 1024 ? (n / 1024).toFixed(1) + ' KiB' : n + ' bytes';
const slider = get('at');
slider.max = Math.max(0, rows.length - 1);
let state, at = -1;
const reset = () => { state = { blocks: new Map(), freed: [], maps: new Map(), brk: heapStart }; at = -1; };
const advance = to => {
  for (let i = at + 1; i <= to; i++) {
    const [, id, address, size, frees, brk] = rows[i];
    if (frees) { const old = state.blocks.get(frees); state.blocks.delete(frees); if (old) state.freed.push(old); }
    for (const [sign, start, length] of mappings[i]) { if (sign > 0) state.maps.set(start, length); else cut(start, length); }
    if (id) { const block = { id, address, size, call: i }; state.blocks.set(id, block); }
    state.brk = brk;
    if (state.freed.length > 4000) state.freed = state.freed.filter(b => b.address < brk || b.address > heapTop);
  }
  at = to;
};
const cut = (start, length) => { for (const [from, size] of [...state.maps]) if (length === 0 ? from === start : from < start + length && from + size > start) state.maps.delete(from); };
const heapTop = rows.reduce((top, row) => Math.max(top, row[5]), heapStart);
const inHeap = a => a >= heapStart && a < heapTop;
const ratio = devicePixelRatio || 1;
const prepare = (canvas, height) => {
  const width = canvas.clientWidth;
  canvas.style.height = height + 'px'; canvas.width = width * ratio; canvas.height = height * ratio;
  const c = canvas.getContext('2d'); c.scale(ratio, ratio); return [c, width, height];
};
const drawLine = () => {
  const [c, w, h] = prepare(get('line'), 140);
  const most = rows.reduce((m, r) => Math.max(m, r[7], r[6]), 1), n = Math.max(1, rows.length - 1);
  const x = i => 4 + (w - 8) * i / n, y = v => h - 14 - (h - 24) * v / most;
  for (const [index, name, fill] of [[7, 'held', true], [6, 'live', false]]) {
    c.beginPath(); rows.forEach((r, i) => { if (i) c.lineTo(x(i), y(rows[i - 1][index])); c.lineTo(x(i), y(r[index])); });
    c.strokeStyle = c.fillStyle = colour(name); c.lineWidth = 2;
    if (fill) { c.lineTo(x(rows.length - 1), y(0)); c.lineTo(x(0), y(0)); c.globalAlpha = .45; c.fill(); c.globalAlpha = 1; } else c.stroke();
  }
  rows.forEach((r, i) => { const name = r[10] ? 'bad' : r[11] === 'brk' ? 'brk' : r[11] === 'mmap' || r[11] === 'mremap' ? 'mmap' : ''; if (name) { c.fillStyle = colour(name); c.beginPath(); c.arc(x(i), h - 6, 2.5, 0, 7); c.fill(); } });
  c.fillStyle = colour('faint'); c.font = '11px system-ui'; c.fillText(bytes(most), 6, 12);
  c.strokeStyle = colour('current'); c.lineWidth = 1.5; c.beginPath(); c.moveTo(x(Math.max(at, 0)), 0); c.lineTo(x(Math.max(at, 0)), h); c.stroke();
};
let spots = [];
const drawHeap = () => {
  const span = Math.max(4096, heapTop - heapStart), ROWS = span > 1 << 20 ? 24 : span > 1 << 17 ? 12 : 6, ROW = 18;
  const [c, w, h] = prepare(get('heap'), ROWS * ROW + 2);
  const perRow = Math.ceil(span / ROWS / 16) * 16;
  spots = [];
  const paint = (start, end, fill, note, canvas = 'heap') => {
    for (let a = Math.max(start, heapStart); a < end;) {
      const row = Math.floor((a - heapStart) / perRow), stop = Math.min(end, heapStart + (row + 1) * perRow);
      const x = (a - heapStart - row * perRow) / perRow * w, width = Math.max(1, (stop - a) / perRow * w);
      c.fillStyle = fill; c.fillRect(x, row * ROW + 2, width > 3 ? width - .5 : width, ROW - 3);
      if (note) spots.push({ canvas, x, y: row * ROW, w: width, h: ROW, note });
      a = stop;
    }
  };
  paint(heapStart, state.brk, colour('fresh'), 'never used since the kernel gave it');
  for (const b of state.freed) if (inHeap(b.address) && b.address < state.brk) paint(b.address, Math.min(b.address + Math.max(b.size, 8), state.brk), colour('freed'), 'freed: #' + b.id + ', ' + bytes(b.size) + ' at ' + hex(b.address) + ' from ' + callers[rows[b.call][8]]);
  let pin;
  for (const b of state.blocks.values()) if (inHeap(b.address) && (!pin || b.address > pin.address)) pin = b;
  for (const b of state.blocks.values()) if (inHeap(b.address)) paint(b.address, b.address + Math.max(b.size, 8), colour(b.call === at ? 'current' : b === pin ? 'pin' : 'block'), '#' + b.id + ', ' + bytes(b.size) + ' at ' + hex(b.address) + ' from ' + callers[rows[b.call][8]]);
  get('heap-range').textContent = heapTop > heapStart ? hex(heapStart) + ' - ' + hex(state.brk) + ', ' + bytes(state.brk - heapStart) + '; a row is ' + bytes(perRow) : 'the program has none';
};
const drawMaps = () => {
  const list = [...state.maps].sort((a, b) => b[0] - a[0]).slice(0, 40), ROW = 18;
  const [c, w] = prepare(get('maps'), Math.max(1, list.length) * ROW + 2);
  const most = list.reduce((m, [, length]) => Math.max(m, length), 1);
  c.font = '11px ui-monospace, monospace';
  list.forEach(([start, length], row) => {
    const scale = (w - 330) / most, note = 'mapping ' + hex(start) + ' - ' + hex(start + length) + ', ' + bytes(length);
    c.fillStyle = colour('fresh'); c.fillRect(0, row * ROW + 2, Math.max(2, length * scale), ROW - 3);
    spots.push({ canvas: 'maps', x: 0, y: row * ROW, w: length * scale, h: ROW, note });
    for (const b of state.blocks.values()) if (b.address >= start && b.address < start + length) {
      c.fillStyle = colour(b.call === at ? 'current' : 'mmap'); const x = (b.address - start) * scale;
      c.fillRect(x, row * ROW + 2, Math.max(1, b.size * scale), ROW - 3);
      spots.push({ canvas: 'maps', x, y: row * ROW, w: b.size * scale, h: ROW, note: '#' + b.id + ', ' + bytes(b.size) + ' at ' + hex(b.address) + ' from ' + callers[rows[b.call][8]] });
    }
    c.fillStyle = colour('faint'); c.fillText(note.replace('mapping ', ''), w - 320, row * ROW + 14);
  });
  get('map-range').textContent = list.length ? state.maps.size + ', highest address first' : 'none now';
};
const ROW_HEIGHT = 20, list = get('list'), inner = document.createElement('div');
inner.style.height = rows.length * ROW_HEIGHT + 'px'; list.append(inner);
const drawList = () => {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - 5), last = Math.min(rows.length, first + 40);
  inner.replaceChildren();
  for (let i = first; i < last; i++) {
    const row = document.createElement('div');
    row.className = 'row' + (i === at ? ' on' : '') + (rows[i][10] ? ' problem' : '');
    row.style.top = i * ROW_HEIGHT + 'px'; row.textContent = rows[i][9]; row.onclick = () => go(i); inner.append(row);
  }
};
const go = (to, scroll) => {
  if (rows.length === 0) { get('now').textContent = 'This program allocated nothing.'; reset(); return; }
  to = Math.max(0, Math.min(rows.length - 1, to));
  if (to < at) reset();
  advance(to); slider.value = to;
  const r = rows[to];
  get('now').textContent = 'call ' + (to + 1) + ' of ' + rows.length + ', instruction ' + r[0].toLocaleString('en') + ':  ' + r[9] + '\\nin use ' + bytes(r[6]) + ', held ' + bytes(r[7]);
  drawLine(); drawHeap(); drawMaps();
  if (scroll) { const top = to * ROW_HEIGHT; if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - ROW_HEIGHT) list.scrollTop = top - list.clientHeight / 2; }
  drawList();
};
let timer;
const play = () => { if (timer) { clearInterval(timer); timer = undefined; get('play').textContent = 'Play'; return; }
  if (at >= rows.length - 1) go(0, true);
  const step = Math.max(1, Math.round(rows.length / 400)); get('play').textContent = 'Pause';
  timer = setInterval(() => { go(at + step, true); if (at >= rows.length - 1) play(); }, 60); };
slider.oninput = () => go(Number(slider.value), true);
get('back').onclick = () => go(at - 1, true); get('on').onclick = () => go(at + 1, true); get('play').onclick = play;
list.onscroll = drawList; addEventListener('resize', () => go(at));
addEventListener('keydown', e => { if (e.target === slider) return; if (e.key === 'ArrowLeft') go(at - 1, true); if (e.key === 'ArrowRight') go(at + 1, true); });
for (const id of ['heap', 'maps']) get(id).onmousemove = e => {
  const spot = spots.findLast(s => s.canvas === id && e.offsetX >= s.x && e.offsetX <= s.x + s.w && e.offsetY >= s.y && e.offsetY <= s.y + s.h);
  get('hover').textContent = spot ? spot.note : '';
};
get('line').onclick = e => go(Math.round((e.offsetX - 4) / (get('line').clientWidth - 8) * (rows.length - 1)), true);
matchMedia('(prefers-color-scheme: dark)').onchange = () => go(at);
reset(); go(Number(location.hash.slice(1)) || rows.length - 1, true);
`;
