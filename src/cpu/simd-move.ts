/**
 * SIMD moves, unpacking and shuffles: bytes change place and nothing is computed. Source: SDM vol. 1, 9.4, 10.4, 11.4; vol. 2 by mnemonic.
 * Moves to memory are the service's own (simd.ts); here the destination is a register.
 */
import { type Operation, staged, type VectorUnit } from './simd-unit.ts';

/** All of the register. */
const whole: Operation = (u, to, from) => u.copy(to, from, u.bytes);

/** The low `bytes` bytes: from a register they leave the rest, from memory they clear it. */
function scalar(bytes: 4 | 8): Operation {
  return (u, to, from) => {
    u.copy(to, from, bytes);
    if (u.fromMemory) u.clear(to + bytes, 16 - bytes);
  };
}

/** The low `bytes` bytes, and zeros above. */
function extended(bytes: 4 | 8): Operation {
  return (u, to, from) => {
    u.copy(to, from, bytes);
    u.clear(to + bytes, u.bytes - bytes);
  };
}

/** Eight bytes from one half to another. */
function half(toHigh: boolean, fromHigh: boolean): Operation {
  return (u, to, from) => u.copy(to + (toHigh ? 8 : 0), from + (fromHigh ? 8 : 0), 8);
}

/** Elements of `size` bytes of the low or high half, destination's and source's in turn. */
function unpack(size: 1 | 2 | 4 | 8, high: boolean): Operation {
  return staged((u, to, from, result) => {
    const start = high ? u.bytes >> 1 : 0;
    for (let i = 0; i < u.bytes >> 1; i++) {
      const place = result + Math.floor(i / size) * 2 * size + (i % size);
      u.u8[place] = u.u8[to + start + i]!;
      u.u8[place + size] = u.u8[from + start + i]!;
    }
  });
}

/** Four elements of `size` bytes at `base` of the source, each chosen by two bits of the immediate; what lies beside them is copied. */
function shuffleFour(size: 2 | 4, base: 0 | 8): Operation {
  return staged((u, _to, from, result) => {
    u.copy(result, from, u.bytes);
    for (let i = 0; i < 4 * size; i++) {
      const chosen = (u.immediate >> (2 * Math.floor(i / size))) & 3;
      u.u8[result + base + i] = u.u8[from + base + chosen * size + (i % size)]!;
    }
  });
}

/** Low elements from the destination, high from the source, each chosen by the immediate. */
const shuffleSingles = staged((u, to, from, result) => {
  for (let i = 0; i < 4; i++) {
    const source = i < 2 ? to : from;
    u.u32[(result >> 2) + i] = u.u32[(source >> 2) + ((u.immediate >> (2 * i)) & 3)]!;
  }
});

const shuffleDoubles = staged((u, to, from, result) => {
  u.copy(result, to + (u.immediate & 1) * 8, 8);
  u.copy(result + 8, from + ((u.immediate >> 1) & 1) * 8, 8);
});

/** Bytes of the destination chosen by the source; bit 7 gives zero. */
const shuffleBytes = staged((u, to, from, result) => {
  for (let i = 0; i < u.bytes; i++) {
    const chosen = u.u8[from + i]!;
    u.u8[result + i] = chosen & 0x80 ? 0 : u.u8[to + (chosen & (u.bytes - 1))]!;
  }
});

/** Destination and source as one long register, destination high, moved right by the immediate. */
const align = staged((u, to, from, result) => {
  for (let i = 0; i < u.bytes; i++) {
    const at = i + u.immediate;
    u.u8[result + i] = at < u.bytes ? u.u8[from + at]! : at < 2 * u.bytes ? u.u8[to + at - u.bytes]! : 0;
  }
});

/** Copies single `from & mask | bits` to each place. */
function duplicate(odd: 0 | 1): Operation {
  return staged((u, _to, from, result) => {
    for (let i = 0; i < 4; i++) u.u32[(result >> 2) + i] = u.u32[(from >> 2) + ((i & 2) | odd)]!;
  });
}

function duplicateDouble(u: VectorUnit, to: number, from: number): void {
  u.copy(to + 8, from, 8);
  u.copy(to, from, 8);
}

/** The sign bits of elements, as a number. */
function signs(size: 1 | 4 | 8): Operation {
  return (u, to, from) => {
    let bits = 0;
    for (let i = 0; i < u.bytes / size; i++) bits |= (u.u8[from + (i + 1) * size - 1]! >> 7) << i;
    u.u32[to >> 2] = bits;
  };
}

function insertWord(u: VectorUnit, to: number, from: number): void {
  u.u16[(to >> 1) + (u.immediate & ((u.bytes >> 1) - 1))] = u.u16[from >> 1]!;
}

function extractWord(u: VectorUnit, to: number, from: number): void {
  u.u32[to >> 2] = u.u16[(from >> 1) + (u.immediate & ((u.bytes >> 1) - 1))]!;
}

export const moves = {
  MOVUPS: whole,
  MOVUPD: whole,
  MOVAPS: whole,
  MOVAPD: whole,
  MOVDQA: whole,
  MOVDQU: whole,
  LDDQU: whole,
  MOVSS: scalar(4),
  MOVSD: scalar(8),
  MOVQ: extended(8),
  MOVQ2DQ: extended(8),
  MOVDQ2Q: (u, to, from) => u.copy(to, from, 8),
  MOVLPS: half(false, false),
  MOVLPD: half(false, false),
  MOVHPS: half(true, false),
  MOVHPD: half(true, false),
  MOVHLPS: half(false, true),
  MOVLHPS: half(true, false),
  MOVSLDUP: duplicate(0),
  MOVSHDUP: duplicate(1),
  MOVDDUP: duplicateDouble,
  MOVMSKPS: signs(4),
  MOVMSKPD: signs(8),
  PMOVMSKB: signs(1),
  PINSRW: insertWord,
  PEXTRW: extractWord,
  UNPCKLPS: unpack(4, false),
  UNPCKLPD: unpack(8, false),
  UNPCKHPS: unpack(4, true),
  UNPCKHPD: unpack(8, true),
  PUNPCKLBW: unpack(1, false),
  PUNPCKLWD: unpack(2, false),
  PUNPCKLDQ: unpack(4, false),
  PUNPCKLQDQ: unpack(8, false),
  PUNPCKHBW: unpack(1, true),
  PUNPCKHWD: unpack(2, true),
  PUNPCKHDQ: unpack(4, true),
  PUNPCKHQDQ: unpack(8, true),
  PSHUFW: shuffleFour(2, 0),
  PSHUFLW: shuffleFour(2, 0),
  PSHUFHW: shuffleFour(2, 8),
  PSHUFD: shuffleFour(4, 0),
  SHUFPS: shuffleSingles,
  SHUFPD: shuffleDoubles,
  PSHUFB: shuffleBytes,
  PALIGNR: align,
} satisfies Record<string, Operation>;

/** MOVD by where it goes: a vector register is extended with zeros, a general register or memory receives the low doubleword. */
export const moveDoubleword: Readonly<Record<'in' | 'out', Operation>> = {
  in: extended(4),
  out: (u, to, from) => u.copy(to, from, 4),
};
