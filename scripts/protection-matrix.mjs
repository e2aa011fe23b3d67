/**
 * Writes test/data/protection-matrix.json.gz: what paging and protection do in every cell of several tables, from the rules of the SDM alone. Nothing of src/ is used
 * here, so that the tables judge it; others may use them too. The format is docs/protection-matrix.md. `--check` compares with the file instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const FILE = fileURLToPath(new URL('../test/data/protection-matrix.json.gz', import.meta.url));
const bits = n => Array.from({ length: n }, (_, i) => i);
const product = (...lists) => lists.reduce((rows, list) => rows.flatMap(row => list.map(item => [...row, item])), [[]]);

const [NP, SS, GP] = [11, 12, 13];

// ---- paging: SDM vol. 3, 4.3 to 4.8

const [P, W, U, A, D, PS] = [1, 2, 4, 0x20, 0x40, 0x80];

/** One access through up to two entries. `xd`: the no-execute bits of the entries; `reserved`: which entry has a reserved bit set, 0 none. */
function page({ format, large, upper, lower, xd, nxe, reserved, user, wp, access }) {
  const wide = format === 'pae';
  const entries = large
    ? [{ e: upper, xd: xd & 1, r: reserved === 1 }]
    : [
        { e: upper, xd: xd & 1, r: reserved === 1 },
        { e: lower, xd: xd >> 1, r: reserved === 2 },
      ];
  const code = (access === 'write' ? 2 : 0) | (user ? 4 : 0) | (access === 'fetch' && wide && nxe ? 16 : 0);
  for (const { e, xd: noExecute, r } of entries) {
    if ((e & P) === 0) return code;
    // Bit 63 is reserved while EFER.NXE is clear; 32-bit entries have none.
    if (r || (wide && noExecute && !nxe)) return code | 1 | 8;
  }
  const all = bit => entries.every(({ e }) => (e & bit) !== 0);
  const mayRead = !user || all(U);
  const mayWrite = mayRead && (all(W) || (!user && !wp));
  const mayFetch = mayRead && !(wide && nxe && entries.some(({ xd: noExecute }) => noExecute));
  const allowed = { read: mayRead, write: mayWrite, fetch: mayFetch }[access];
  return allowed ? -1 : code | 1;
}

function paging() {
  const cells = [];
  const formats = [
    ['32', false],
    ['32', true],
    ['pae', false],
    ['pae', true],
  ];
  for (const [format, large] of formats) {
    const wide = format === 'pae';
    const lowers = large ? [0] : bits(8);
    const xds = wide ? (large ? [0, 1] : bits(4)) : [0];
    const reservedCells = format === '32' && !large ? [0] : large ? [0, 1] : [0, 1, 2];
    for (const [upper, lower, xd, nxe, reserved, user, wp, access] of product(
      bits(8),
      lowers,
      xds,
      wide ? [0, 1] : [0],
      reservedCells,
      [0, 1],
      [0, 1],
      ['read', 'write', 'fetch'],
    )) {
      const up = upper | (large ? PS : 0);
      const fault = page({ format, large, upper: up, lower, xd, nxe, reserved, user, wp, access });
      // Only an access that is allowed sets flags: A in each entry, D in the one that maps.
      const set = fault < 0 ? [A, A] : [0, 0];
      if (fault < 0 && access === 'write') set[large ? 0 : 1] |= D;
      cells.push([
        format,
        large ? 1 : 0,
        up,
        lower,
        xd,
        nxe,
        reserved,
        user ? 3 : 0,
        wp,
        access,
        fault,
        set[0],
        large ? 0 : set[1],
      ]);
    }
  }
  return cells;
}

// ---- loading a data or stack segment: SDM vol. 3, 5.5 to 5.7; vol. 2, MOV

/** `type`: S bit and type, 5 bits. Answers 0, or the vector; the error code is the selector. */
function segmentLoad(register, type, dpl, rpl, cpl, present) {
  const isSegment = (type & 16) !== 0;
  const isCode = isSegment && (type & 8) !== 0;
  if (register === 'ss') {
    const writableData = isSegment && !isCode && (type & 2) !== 0;
    if (rpl !== cpl || !writableData || dpl !== cpl) return GP;
    return present ? 0 : SS;
  }
  if (!isSegment || (isCode && (type & 2) === 0)) return GP;
  const conforming = isCode && (type & 4) !== 0;
  if (!conforming && (rpl > dpl || cpl > dpl)) return GP;
  return present ? 0 : NP;
}

const segmentLoads = () =>
  product(['ds', 'ss'], bits(32), bits(4), bits(4), bits(4), [0, 1]).map(cell => [...cell, segmentLoad(...cell)]);

// ---- using a segment: SDM vol. 3, 5.3 (limits), 5.5 (types)

/** 0 or the vector, through DS. Type is that of a segment, with S. */
function segmentAccess(type, granular, big, limit, offset, size, access) {
  const isCode = (type & 8) !== 0;
  if (access === 'write' && (isCode || (type & 2) === 0)) return GP;
  if (access === 'read' && isCode && (type & 2) === 0) return GP;
  const bytes = granular ? limit * 4096 + 4095 : limit;
  const last = offset + size - 1;
  const down = !isCode && (type & 4) !== 0;
  if (!down) return last > bytes ? GP : 0;
  const top = big ? 0xffffffff : 0xffff;
  return offset <= bytes || last > top ? GP : 0;
}

function segmentAccesses() {
  const cells = [];
  const edges = (bytes, size) => [0, bytes - size, bytes - size + 1, bytes, bytes + 1, bytes + 2].filter(at => at >= 0);
  for (const [type, granular, big, limit, size, access] of product(
    bits(16).map(t => 16 | t),
    [0, 1],
    [0, 1],
    [0, 1, 5, 0x10, 0xff],
    [1, 2, 4],
    ['read', 'write'],
  )) {
    const bytes = granular ? limit * 4096 + 4095 : limit;
    const offsets = new Set([...edges(bytes, size), 0xfffd, 0xffff, 0x10000]);
    // A code segment that cannot be read cannot be loaded into DS.
    if ((type & 8) !== 0 && (type & 2) === 0) continue;
    for (const offset of offsets)
      cells.push([
        type,
        granular,
        big,
        limit,
        offset,
        size,
        access,
        segmentAccess(type, granular, big, limit, offset, size, access),
      ]);
  }
  return cells;
}

// ---- far CALL and JMP: SDM vol. 2, CALL, JMP; vol. 3, 5.8

const CODE_TYPES = { nonconforming: 0x1a, conforming: 0x1e };

/** Answers [vector, which selector: 'target' or 'gate'; 0 for none] or ['ok', new CPL]. */
function codeSegment(_op, type, dpl, rpl, cpl, present) {
  const isCode = (type & 0x18) === 0x18;
  if (!isCode) return [GP, 'target'];
  const conforming = (type & 4) !== 0;
  if (conforming ? dpl > cpl : rpl > cpl || dpl !== cpl) return [GP, 'target'];
  return present ? ['ok', cpl] : [NP, 'target'];
}

function throughGate(op, gate, cpl) {
  const { dpl, rpl, present, target } = gate;
  if (dpl < cpl || rpl > dpl) return [GP, 'gate'];
  if (!present) return [NP, 'gate'];
  const isCode = (target.type & 0x18) === 0x18;
  if (!isCode || target.dpl > cpl) return [GP, 'target'];
  const conforming = (target.type & 4) !== 0;
  if (op === 'jmp' && !conforming && target.dpl !== cpl) return [GP, 'target'];
  if (!target.present) return [NP, 'target'];
  return ['ok', op === 'call' && !conforming ? target.dpl : cpl];
}

function transfers() {
  const direct = product(
    ['jmp', 'call'],
    bits(32).filter(t => ![1, 3, 4, 5, 9, 11, 12].includes(t)),
    bits(4),
    bits(4),
    bits(4),
    [0, 1],
  ).map(cell => [...cell, ...codeSegment(...cell)]);
  const gates = product(
    ['jmp', 'call'],
    [4, 12],
    bits(4),
    bits(4),
    bits(4),
    [0, 1],
    [CODE_TYPES.nonconforming, CODE_TYPES.conforming, 0x12, 0x02],
    bits(4),
    [0, 1],
  ).map(([op, type, dpl, rpl, cpl, present, targetType, targetDpl, targetPresent]) => {
    const target = { type: targetType, dpl: targetDpl, present: targetPresent };
    const outcome = throughGate(op, { dpl, rpl, present, target }, cpl);
    return [op, type, dpl, rpl, cpl, present, targetType, targetDpl, targetPresent, ...outcome];
  });
  return { direct, gates };
}

// ---- INT n and exceptions through the IDT: SDM vol. 2, INT n; vol. 3, 6.12, 6.13

/** Answers [vector, error code as 'idt' or 'target'] or ['ok', new CPL]. EXT is 1 when `source` is not 'software'. */
function interrupt(source, type, dpl, present, targetType, targetDpl, targetPresent, cpl) {
  if (![6, 7, 14, 15].includes(type)) return [GP, 'idt'];
  if (source === 'software' && dpl < cpl) return [GP, 'idt'];
  if (!present) return [NP, 'idt'];
  const isCode = (targetType & 0x18) === 0x18;
  if (!isCode || targetDpl > cpl) return [GP, 'target'];
  if (!targetPresent) return [NP, 'target'];
  return ['ok', (targetType & 4) !== 0 ? cpl : targetDpl];
}

const interrupts = () =>
  product(
    ['software', 'exception', 'external'],
    bits(32).filter(type => type !== 5),
    bits(4),
    [0, 1],
    [CODE_TYPES.nonconforming, CODE_TYPES.conforming, 0x12],
    bits(4),
    [0, 1],
    bits(4),
  )
    // What the target is matters only to gates.
    .filter(
      ([, type, , , targetType, targetDpl, targetPresent]) =>
        [6, 7, 14, 15].includes(type) || (targetType === 0x1a && targetDpl === 0 && targetPresent === 1),
    )
    .map(cell => [...cell, ...interrupt(...cell)]);

const tables = {
  version: 1,
  paging: paging(),
  segmentLoad: segmentLoads(),
  segmentAccess: segmentAccesses(),
  ...transfers(),
  interrupt: interrupts(),
};

const text = JSON.stringify(tables);
if (process.argv.includes('--check')) {
  if (gunzipSync(readFileSync(FILE)).toString() !== text) {
    console.error('test/data/protection-matrix.json.gz is not what scripts/protection-matrix.mjs writes');
    process.exitCode = 1;
  }
} else {
  const bytes = gzipSync(text, { level: 9 });
  writeFileSync(FILE, bytes);
  for (const [name, cells] of Object.entries(tables)) if (Array.isArray(cells)) console.log(`${name} ${cells.length}`);
  console.log(`${text.length} bytes, ${bytes.length} compressed`);
}
