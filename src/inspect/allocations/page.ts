/**
 * The trace of allocations as one self-contained page: bytes in use and held over the calls, the address space at any of them, which a slider goes through, and
 * the calls themselves. The page holds the data as JSON and plays it: no network, no library.
 */

import type { AllocationEvent, AllocationSummary, Caller } from './events.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { callerText, eventText, problemText, summaryText } from './text.ts';

/** Calls that a page shows; of more the first. */
const MOST_EVENTS = 20_000;

export interface PageOptions {
  readonly program: string;
  readonly insns: number;
  readonly events: readonly AllocationEvent[];
  readonly summaries: readonly AllocationSummary[];
  readonly heapStart: number;
}

/** What the script knows of a call: see page-script.ts. */
type PageEvent = readonly [
  insn: number,
  id: number,
  address: number,
  size: number,
  frees: number,
  brk: number,
  live: number,
  held: number,
  caller: number,
  text: string,
  problem: number,
  kind: string,
];

/** Text of a HTML document. One process's calls: those of the first that has any. */
export function allocationPage({ program, insns, events, summaries, heapStart }: PageOptions): string {
  const pid = events[0]?.pid;
  const own = events.filter(event => event.pid === pid);
  const shown = own.slice(0, MOST_EVENTS);
  const callers: string[] = [];
  const numbers = new Map<number, number>();
  const number = (caller: Caller): number => {
    const known = numbers.get(caller.address);
    if (known !== undefined) return known;
    numbers.set(caller.address, callers.length);
    callers.push(callerText(caller));
    return callers.length - 1;
  };
  const rows: PageEvent[] = shown.map(event => [
    event.insn,
    event.id ?? 0,
    event.result ?? 0,
    event.size ?? 0,
    event.frees ?? 0,
    event.brk,
    event.live,
    event.held,
    number(event.caller),
    (problemText(event, id => `#${id}`)?.trim() ?? eventText(event, false)).replace(/\s{2,}/g, '  ').trim(),
    event.problem ? 1 : 0,
    event.source?.kind ?? (event.call === 'free' ? 'free' : 'none'),
  ]);
  const mappings = shown.map(event => [
    ...(event.source?.kind === 'mmap' ? [[1, event.source.start, event.source.length]] : []),
    ...(event.source?.kind === 'mremap'
      ? [
          [-1, event.source.from, 0],
          [1, event.source.start, event.source.length],
        ]
      : []),
    ...event.releases.flatMap(release => (release.kind === 'munmap' ? [[-1, release.start, release.length]] : [])),
  ]);
  const summary = summaries.find(one => one.pid === pid) ?? summaries[0];
  const cut = own.length > shown.length ? `The first ${shown.length} of ${own.length} calls.` : '';
  const data = { heapStart, callers, rows, mappings };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allocations of ${escapeHtml(program)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><h1>Allocations of ${escapeHtml(program)}</h1><p>${own.length.toLocaleString('en')} calls, ${insns.toLocaleString('en')} instructions. ${cut}</p></header>
<section>
<h2>In use and held</h2>
<canvas id="line" height="140" aria-label="Bytes in use and held, over the calls"></canvas>
<p class="key"><span class="live"></span> in use <span class="held"></span> held from the kernel <span class="dot brk"></span> brk <span class="dot mmap"></span> mmap <span class="dot bad"></span> bad free</p>
<p class="controls"><button id="back" title="Left arrow">&#9664;</button><button id="play">Play</button><button id="on" title="Right arrow">&#9654;</button><input id="at" type="range" min="0" value="0" aria-label="Call"></p>
<p id="now"></p>
</section>
<section>
<h2>The heap <small id="heap-range"></small></h2>
<canvas id="heap" aria-label="The heap, a row for each stretch of addresses"></canvas>
<p class="key"><span class="block"></span> in use <span class="freed"></span> freed, still held <span class="fresh"></span> never used <span class="gone"></span> not held <span class="current"></span> this call <span class="pin"></span> highest block: it pins the top</p>
<h2>Mappings <small id="map-range"></small></h2>
<canvas id="maps" aria-label="Mappings of the allocator"></canvas>
<p id="hover"></p>
</section>
<section><h2>Calls</h2><div id="list"></div></section>
<section><h2>At the end</h2><pre>${escapeHtml(summary ? summaryText(summary, false) : 'nothing was allocated')}</pre></section>
<script id="data" type="application/json">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
