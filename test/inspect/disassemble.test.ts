import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disassembleAt } from '../../src/inspect/disassemble.ts';
import { opcodeBytes, Rows } from '../../src/isa/opcode-map.ts';

const bytesOf = (hex: string) => hex.split(' ').map(byte => Number.parseInt(byte, 16));

function text(bytes: readonly number[], big = true, address = 0x1000, name?: (at: number) => string | undefined) {
  return disassembleAt(i => bytes[i] ?? -1, { address, big, ...(name ? { name } : {}) }).text;
}

describe('instructions as text', () => {
  it.each([
    ['c7 00 2a 00 00 00', 'mov dword [eax],0x2a'],
    ['c6 00 2a', 'mov byte [eax],0x2a'],
    ['8b 44 8b 10', 'mov eax,dword [ebx+ecx*4+0x10]'],
    ['8b 45 fc', 'mov eax,dword [ebp-0x4]'],
    ['64 a1 10 00 00 00', 'mov eax,dword [fs:0x10]'],
    ['8d 04 f5 00 00 00 00', 'lea eax,[esi*8]'],
    ['8d 74 26 00', 'lea esi,[esi]'],
    ['0f b6 01', 'movzx eax,byte [ecx]'],
    ['0f bf c1', 'movsx eax,cx'],
    ['f3 a5', 'rep movsd'],
    ['f3 a6', 'repe cmpsb'],
    ['f2 ae', 'repne scasb'],
    ['66 ad', 'lodsw'],
    ['64 a4', 'fs movsb'],
    ['75 fe', 'jne 0x1000'],
    ['0f 84 00 01 00 00', 'je 0x1106'],
    ['e8 fb ff ff ff', 'call 0x1000'],
    ['ff d0', 'call eax'],
    ['ff 10', 'call dword [eax]'],
    ['ff 1d 34 12 00 00', 'call far [0x1234]'],
    ['9a 34 12 00 00 10 00', 'call 0x10:0x1234'],
    ['83 ec 80', 'sub esp,0xffffff80'],
    ['66 83 c0 ff', 'add ax,0xffff'],
    ['6a ff', 'push 0xffffffff'],
    ['f0 83 00 01', 'lock add dword [eax],0x1'],
    ['0f 22 c0', 'mov cr0,eax'],
    ['0f 0b', 'ud2'],
    ['cd 80', 'int 0x80'],
    ['f3 90', 'pause'],
    ['f2 0f c2 c1 06', 'cmpsd xmm0,xmm1,0x6'],
    ['0f c2 00 01', 'cmpps xmm0,xmmword [eax],0x1'],
    ['66 0f ef c0', 'pxor xmm0,xmm0'],
    ['f3 66 0f 6f 01', 'movdqu xmm0,xmmword [ecx]'],
    ['0f 18 01', 'prefetchnta byte [ecx]'],
    ['0f 18 c1', 'nop ecx'],
    ['66 0f 77', '(bad) 0x66'],
    ['f2 0f f0 00', 'lddqu xmm0,xmmword [eax]'],
    ['f3 0f d6 c3', 'movq2dq xmm0,mm3'],
    ['66 f2 0f d6 c3', 'movdq2q mm0,xmm3'],
    ['66 61', 'popaw'],
    ['98', 'cwde'],
    ['67 e3 fc', 'jcxz 0xfff'],
    ['ff ff', '(bad) 0xff'],
    ['', '(unreadable)'],
  ])('%s  %s', (hex, expected) => expect(text(hex === '' ? [] : bytesOf(hex))).toBe(expected));

  it.each([
    ['8b 07', 'mov ax,word [bx]'],
    ['8a 42 fe', 'mov al,byte [bp+si-0x2]'],
    ['66 b8 78 56 34 12', 'mov eax,0x12345678'],
    ['67 8b 04 24', 'mov ax,word [esp]'],
    ['eb fe', 'jmp 0x1000'],
    ['ea f0 ff 00 f0', 'jmp 0xf000:0xfff0'],
    ['a1 ad 02', 'mov ax,word [0x2ad]'],
    ['61', 'popa'],
    ['66 61', 'popad'],
  ])('16-bit: %s  %s', (hex, expected) => expect(text(bytesOf(hex), false)).toBe(expected));

  it('wraps 16-bit targets at 64 KiB', () => expect(text([0xe9, 0xfd, 0xff], false, 0)).toBe('jmp 0x0'));

  it('names targets', () => {
    expect(text([0xe8, 0, 0, 0, 0], true, 0x1000, at => (at === 0x1005 ? 'puts' : undefined))).toBe(
      'call 0x1005 <puts>',
    );
  });
});

/** objdump's spelling turned into ours; what remains different is a difference of meaning. */
function fromObjdump(line: string): string {
  let s = line
    .replace(/\s*[#<].*$/, '')
    .trim()
    .replace(/\s+/g, ' ');
  // Prefixes without effect come as words of their own.
  s = s.replace(/^((data16|addr16|data32|addr32|fs|es) )+/, '');
  s = s.replace(/\bXMMWORD PTR |\bBYTE PTR |\bWORD PTR |\bDWORD PTR |\bQWORD PTR |\bFWORD PTR |\bTBYTE PTR /g, size =>
    size.replace(' PTR', '').toLowerCase(),
  );
  s = s.replace(/(\b[c-g]s|\bes|\bss):\[/g, '[$1:').replace(/\b([c-g]s|ss):(0x[0-9a-f]+)/g, '[$1:$2]');
  s = s.replace(/\[ds:(0x)/g, '[$1');
  s = s
    .replace(/([+-])0x0\]/g, ']')
    .replace(/\+eiz\*\d/g, '')
    .replace(/\[eiz\*\d\+?/g, '[');
  return s;
}

const objdump = spawnSync('objdump', ['--version']).status === 0;

describe.skipIf(!objdump)('agreement with objdump (needs binutils)', () => {
  /** Rows spelt differently by objdump in ways that say nothing about decoding: checked by the rows above. */
  const apart = new Set([
    'FXSAVE',
    'FXRSTOR',
    'MOVS',
    'CMPS',
    'STOS',
    'LODS',
    'SCAS',
    'INS',
    'OUTS',
    'XLAT',
    'CALLF',
    'JMPF',
    'BOUND',
    'SGDT',
    'SIDT',
    'LGDT',
    'LIDT',
    'INVLPG',
    'UD1',
    // Shown with their predicate as a name.
    'CMPPS',
    'CMPPD',
    'CMPSS',
    'CMPSD',
    // Without size, or with the wrong bank of registers when 66h comes too.
    'LDDQU',
    'MOVQ2DQ',
    'MOVDQ2Q',
  ]);
  /** Operands that objdump shows at another size than they have: MOV Sw,Ew, LAR and LSL; A0h-A3h and far pointers, which go without a size here. */
  const sizeless = new Set([
    'MOV Sw,Ew',
    'LAR Gv,Ew',
    'LSL Gv,Ew',
    'LES Gv,Mp',
    'LDS Gv,Mp',
    'LSS Gv,Mp',
    'LFS Gv,Mp',
    'LGS Gv,Mp',
  ]);
  const SLOT = 16;

  it.each([
    ['32-bit code', true, 'i386', [[], [0x66], [0x64], [0x67]]],
    ['16-bit code', false, 'i8086', [[], [0x66], [0x26], [0x67]]],
  ] as const)('every row of the opcode map, %s', (_name, big, machine, prefixes) => {
    const cases: number[][] = [];
    const tails = [
      [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66],
      [0x04, 0xf5, 0x80, 0xff, 0xff, 0xff, 0x7f],
      [0x44, 0x24, 0xfc, 0x81, 0x92, 0xa3, 0xb4],
      [0x45, 0xfe, 0x10, 0x20, 0x30, 0x40, 0x50],
      [0x84, 0x8b, 0x01, 0x02, 0x03, 0x84, 0x05],
      [0x05, 0x78, 0x56, 0x34, 0x12, 0x2a, 0x2b],
      [0xc3, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc],
      [0xfe, 0x80, 0x00, 0x00, 0x80, 0x00, 0x00],
    ];
    for (const row of Rows) {
      // 90h means NOP here even with a prefix, and 0F18h-0F1Eh are NOPs that later processors gave hints, bounds and branch marks.
      if (apart.has(row.mnemonic) || row.opcode === 0x90 || (row.opcode >= 0x118 && row.opcode <= 0x11e)) continue;
      const opcode = opcodeBytes(row);
      if (row.prefix !== 0) opcode.unshift(row.prefix);
      for (const prefix of prefixes) {
        for (const [modrm, ...rest] of tails) {
          const digit = row.digit < 0 ? modrm! : (modrm! & 0xc7) | (row.digit << 3);
          cases.push([...prefix, ...opcode, digit, ...rest]);
        }
      }
    }
    const image = new Uint8Array(cases.length * SLOT).fill(0x90);
    for (const [i, bytes] of cases.entries()) image.set(bytes, i * SLOT);
    const folder = mkdtempSync(join(tmpdir(), 'real86-'));
    const file = join(folder, 'code.bin');
    writeFileSync(file, image);
    const { stdout } = spawnSync(
      'objdump',
      ['-D', '-z', '-b', 'binary', '-m', machine, '-M', 'intel', '--insn-width=16', file],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    rmSync(folder, { recursive: true });
    const theirs = new Map<number, { text: string; length: number }>();
    for (const [, at, raw, said] of stdout.matchAll(/^\s*([0-9a-f]+):\t([0-9a-f ]+?)\s*\t(.*)$/gm)) {
      theirs.set(Number.parseInt(at!, 16), { text: said!, length: raw!.trim().split(' ').length });
    }
    const differences: string[] = [];
    let compared = 0;
    for (const [i, bytes] of cases.entries()) {
      const address = i * SLOT;
      const mine = disassembleAt(k => image[address + k] ?? -1, { address, big });
      const other = theirs.get(address);
      if (!mine.decoded || !other || /\(bad\)/.test(other.text)) continue;
      compared++;
      const row = mine.decoded.row.name.replace(/^\S+ /, '');
      let expected = fromObjdump(other.text);
      let got = mine.text;
      if (sizeless.has(row) || /\bO[bv]/.test(row))
        [expected, got] = [expected, got].map(s =>
          s.replace(/\b(byte|word|dword|qword|fword) /g, '').replace(/,e?([a-z]{2})$/, ',$1'),
        ) as [string, string];
      // Targets at 16 bits wrap within the segment, which objdump does not know the start of.
      if (/ J[bz]$/.test(row) && mine.decoded.operandSize === 2)
        expected = expected.replace(/0x[0-9a-f]+$/, target => `0x${(Number(target) & 0xffff).toString(16)}`);
      if (expected !== got || other.length !== mine.length) {
        differences.push(
          `${bytes.map(b => b.toString(16).padStart(2, '0')).join(' ')} | ${got} (${mine.length}) | ${other.text} (${other.length})`,
        );
      }
    }
    expect(compared).toBeGreaterThan(5000);
    expect(differences.slice(0, 40)).toEqual([]);
  });
});
