/** How the page of allocations looks, by day and by night. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --text: #1c2430; --faint: #66707f; --back: #fff; --panel: #f5f6f8; --edge: #d7dbe2;
  --live: #2563c9; --held: #b9c4d6; --block: #2563c9; --freed: #f0b429; --fresh: #dfe4ec; --gone: transparent; --current: #d6336c; --pin: #7a2fc0; --brk: #0d8a5f; --mmap: #7a2fc0; --bad: #d01f1f; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --faint: #98a2b3; --back: #14181f; --panel: #1c222c; --edge: #343d4b;
  --live: #6ba4ff; --held: #4a566a; --block: #5b95f2; --freed: #c98f10; --fresh: #2d3644; --current: #ff6fa3; --pin: #b98cff; --brk: #35c792; --mmap: #b98cff; --bad: #ff5a5a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back); }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1rem; margin: 1.2rem 0 .4rem; } small { font-weight: normal; color: var(--faint); }
header p, .key { color: var(--faint); margin: .2rem 0; }
canvas { width: 100%; display: block; background: var(--panel); border: 1px solid var(--edge); border-radius: 4px; }
.key span { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .2em 0 .9em; vertical-align: -.05em; border: 1px solid var(--edge); }
.key span.dot { border-radius: 50%; }
.live { background: var(--live); } .held { background: var(--held); } .block { background: var(--block); } .freed { background: var(--freed); }
.fresh { background: var(--fresh); } .gone { background: var(--gone); } .current { background: var(--current); } .pin { background: var(--pin); }
.brk { background: var(--brk); } .mmap { background: var(--mmap); } .bad { background: var(--bad); }
.controls { display: flex; gap: .5rem; margin: .5rem 0; } .controls input { flex: 1; accent-color: var(--live); }
button { font: inherit; padding: .1rem .7rem; color: inherit; background: var(--panel); border: 1px solid var(--edge); border-radius: 4px; cursor: pointer; }
#now, #hover { min-height: 1.5em; margin: .3rem 0; font-family: ui-monospace, monospace; font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
#list { height: 22rem; overflow-y: auto; border: 1px solid var(--edge); border-radius: 4px; background: var(--panel); font-family: ui-monospace, monospace; font-size: 12.5px; position: relative; }
#list div.row { position: absolute; left: 0; right: 0; height: 20px; padding: 0 .6rem; white-space: pre; overflow: hidden; text-overflow: ellipsis; cursor: pointer; }
#list div.row:hover { background: var(--fresh); } #list div.on { background: var(--current); color: #fff; } #list div.problem { color: var(--bad); font-weight: 600; } #list div.on.problem { color: #fff; }
pre { font-size: 12.5px; padding: .7rem; background: var(--panel); border: 1px solid var(--edge); border-radius: 4px; overflow-x: auto; white-space: pre-wrap; }
`;
