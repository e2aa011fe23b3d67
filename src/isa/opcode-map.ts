/**
 * The opcode map, in the notation of SDM vol. 2, appendix A: the one table behind decoder, disassembler, interpreter and documentation.
 *
 * A line reads `opcode[/digit] MNEMONIC operands attributes`.
 *   opcode   hex bytes; `+` after the last: the low bits hold a register (operand Z) or a condition (mnemonic ending in cc)
 *   /digit   the ModRM reg field chooses the row
 *   operand  addressing letter and type letter of appendix A:
 *            E register or memory by ModRM, G register by ModRM.reg, M memory only, R register only by ModRM.rm, Z register in the opcode,
 *            I immediate (sI: a byte, sign-extended), J relative, O offset without ModRM, A far pointer, S segment register, C and D control
 *            and debug register, X memory at rSI, Y memory at rDI; a name in capitals is that register, eAX that register at operand size, 1 the number
 *            b byte, w word, d doubleword, v and z by operand size, p far pointer, s descriptor-table register image, a pair of bounds, q quadword;
 *            no type letter: address only
 *   lock     LOCK is allowed when the first operand is memory (for XCHG either)
 *   reg      the row is for ModRM.mod 3 only, though no operand says so
 * A prefix 66, F2 or F3 before 0F is mandatory: it chooses the row and has no other meaning there (simd-map.ts). A row with /digit goes before
 * one without.
 * Departures from the manual: rows that differ only by what the manual calls an alias (82h, /6 of group 2, /1 of group 3) are listed as
 * what processors do with them. The escape opcodes D8-DF are in x87-map.ts.
 */
import { simdMap } from './simd-map.ts';
import { EscapeRows } from './x87-map.ts';

const map = `
00 ADD Eb,Gb lock        01 ADD Ev,Gv lock        02 ADD Gb,Eb   03 ADD Gv,Ev   04 ADD AL,Ib   05 ADD eAX,Iz
08 OR Eb,Gb lock         09 OR Ev,Gv lock         0A OR Gb,Eb    0B OR Gv,Ev    0C OR AL,Ib    0D OR eAX,Iz
10 ADC Eb,Gb lock        11 ADC Ev,Gv lock        12 ADC Gb,Eb   13 ADC Gv,Ev   14 ADC AL,Ib   15 ADC eAX,Iz
18 SBB Eb,Gb lock        19 SBB Ev,Gv lock        1A SBB Gb,Eb   1B SBB Gv,Ev   1C SBB AL,Ib   1D SBB eAX,Iz
20 AND Eb,Gb lock        21 AND Ev,Gv lock        22 AND Gb,Eb   23 AND Gv,Ev   24 AND AL,Ib   25 AND eAX,Iz
28 SUB Eb,Gb lock        29 SUB Ev,Gv lock        2A SUB Gb,Eb   2B SUB Gv,Ev   2C SUB AL,Ib   2D SUB eAX,Iz
30 XOR Eb,Gb lock        31 XOR Ev,Gv lock        32 XOR Gb,Eb   33 XOR Gv,Ev   34 XOR AL,Ib   35 XOR eAX,Iz
38 CMP Eb,Gb             39 CMP Ev,Gv             3A CMP Gb,Eb   3B CMP Gv,Ev   3C CMP AL,Ib   3D CMP eAX,Iz
80/0 ADD Eb,Ib lock      81/0 ADD Ev,Iz lock      82/0 ADD Eb,Ib lock     83/0 ADD Ev,sIb lock
80/1 OR Eb,Ib lock       81/1 OR Ev,Iz lock       82/1 OR Eb,Ib lock      83/1 OR Ev,sIb lock
80/2 ADC Eb,Ib lock      81/2 ADC Ev,Iz lock      82/2 ADC Eb,Ib lock     83/2 ADC Ev,sIb lock
80/3 SBB Eb,Ib lock      81/3 SBB Ev,Iz lock      82/3 SBB Eb,Ib lock     83/3 SBB Ev,sIb lock
80/4 AND Eb,Ib lock      81/4 AND Ev,Iz lock      82/4 AND Eb,Ib lock     83/4 AND Ev,sIb lock
80/5 SUB Eb,Ib lock      81/5 SUB Ev,Iz lock      82/5 SUB Eb,Ib lock     83/5 SUB Ev,sIb lock
80/6 XOR Eb,Ib lock      81/6 XOR Ev,Iz lock      82/6 XOR Eb,Ib lock     83/6 XOR Ev,sIb lock
80/7 CMP Eb,Ib           81/7 CMP Ev,Iz           82/7 CMP Eb,Ib          83/7 CMP Ev,sIb
84 TEST Eb,Gb            85 TEST Ev,Gv            A8 TEST AL,Ib           A9 TEST eAX,Iz
40+ INC Zv               48+ DEC Zv
FE/0 INC Eb lock         FF/0 INC Ev lock         FE/1 DEC Eb lock        FF/1 DEC Ev lock
F6/0 TEST Eb,Ib          F7/0 TEST Ev,Iz          F6/1 TEST Eb,Ib         F7/1 TEST Ev,Iz
F6/2 NOT Eb lock         F7/2 NOT Ev lock         F6/3 NEG Eb lock        F7/3 NEG Ev lock
F6/4 MUL Eb              F7/4 MUL Ev              F6/5 IMUL Eb            F7/5 IMUL Ev
F6/6 DIV Eb              F7/6 DIV Ev              F6/7 IDIV Eb            F7/7 IDIV Ev
69 IMUL Gv,Ev,Iz         6B IMUL Gv,Ev,sIb        0FAF IMUL Gv,Ev
C0/0 ROL Eb,Ib           C1/0 ROL Ev,Ib           D0/0 ROL Eb,1   D1/0 ROL Ev,1   D2/0 ROL Eb,CL   D3/0 ROL Ev,CL
C0/1 ROR Eb,Ib           C1/1 ROR Ev,Ib           D0/1 ROR Eb,1   D1/1 ROR Ev,1   D2/1 ROR Eb,CL   D3/1 ROR Ev,CL
C0/2 RCL Eb,Ib           C1/2 RCL Ev,Ib           D0/2 RCL Eb,1   D1/2 RCL Ev,1   D2/2 RCL Eb,CL   D3/2 RCL Ev,CL
C0/3 RCR Eb,Ib           C1/3 RCR Ev,Ib           D0/3 RCR Eb,1   D1/3 RCR Ev,1   D2/3 RCR Eb,CL   D3/3 RCR Ev,CL
C0/4 SHL Eb,Ib           C1/4 SHL Ev,Ib           D0/4 SHL Eb,1   D1/4 SHL Ev,1   D2/4 SHL Eb,CL   D3/4 SHL Ev,CL
C0/5 SHR Eb,Ib           C1/5 SHR Ev,Ib           D0/5 SHR Eb,1   D1/5 SHR Ev,1   D2/5 SHR Eb,CL   D3/5 SHR Ev,CL
C0/6 SHL Eb,Ib           C1/6 SHL Ev,Ib           D0/6 SHL Eb,1   D1/6 SHL Ev,1   D2/6 SHL Eb,CL   D3/6 SHL Ev,CL
C0/7 SAR Eb,Ib           C1/7 SAR Ev,Ib           D0/7 SAR Eb,1   D1/7 SAR Ev,1   D2/7 SAR Eb,CL   D3/7 SAR Ev,CL
0FA4 SHLD Ev,Gv,Ib       0FA5 SHLD Ev,Gv,CL       0FAC SHRD Ev,Gv,Ib      0FAD SHRD Ev,Gv,CL
27 DAA   2F DAS   37 AAA   3F AAS   D4 AAM Ib   D5 AAD Ib   D6 SALC
98 CBW   99 CWD   9E SAHF   9F LAHF   F5 CMC   F8 CLC   F9 STC   FC CLD   FD STD   FA CLI   FB STI
88 MOV Eb,Gb   89 MOV Ev,Gv   8A MOV Gb,Eb   8B MOV Gv,Ev   8C MOV Ev,Sw   8E MOV Sw,Ew
A0 MOV AL,Ob   A1 MOV eAX,Ov  A2 MOV Ob,AL   A3 MOV Ov,eAX  B0+ MOV Zb,Ib  B8+ MOV Zv,Iz   C6/0 MOV Eb,Ib   C7/0 MOV Ev,Iz
8D LEA Gv,M    86 XCHG Eb,Gb lock             87 XCHG Ev,Gv lock          90 NOP           91 XCHG Zv,eAX    92 XCHG Zv,eAX
93 XCHG Zv,eAX   94 XCHG Zv,eAX   95 XCHG Zv,eAX   96 XCHG Zv,eAX     97 XCHG Zv,eAX
0FB6 MOVZX Gv,Eb   0FB7 MOVZX Gv,Ew   0FBE MOVSX Gv,Eb   0FBF MOVSX Gv,Ew   D7 XLAT
0FB0 CMPXCHG Eb,Gb lock   0FB1 CMPXCHG Ev,Gv lock   0FC0 XADD Eb,Gb lock   0FC1 XADD Ev,Gv lock   0FC7/1 CMPXCHG8B Mq lock
0FC8+ BSWAP Zv     0F40+ CMOVcc Gv,Ev   0F90+ SETcc Eb
C4 LES Gv,Mp   C5 LDS Gv,Mp   0FB2 LSS Gv,Mp   0FB4 LFS Gv,Mp   0FB5 LGS Gv,Mp
50+ PUSH Zv    58+ POP Zv     68 PUSH Iz     6A PUSH sIb    8F/0 POP Ev   FF/6 PUSH Ev   60 PUSHA   61 POPA   9C PUSHF   9D POPF
06 PUSH ES   0E PUSH CS   16 PUSH SS   1E PUSH DS   0FA0 PUSH FS   0FA8 PUSH GS
07 POP ES    17 POP SS    1F POP DS    0FA1 POP FS   0FA9 POP GS
C8 ENTER Iw,Ib   C9 LEAVE
0FA3 BT Ev,Gv           0FAB BTS Ev,Gv lock     0FB3 BTR Ev,Gv lock     0FBB BTC Ev,Gv lock
0FBA/4 BT Ev,Ib         0FBA/5 BTS Ev,Ib lock   0FBA/6 BTR Ev,Ib lock   0FBA/7 BTC Ev,Ib lock
0FBC BSF Gv,Ev          0FBD BSR Gv,Ev
A4 MOVS Yb,Xb   A5 MOVS Yv,Xv   A6 CMPS Xb,Yb   A7 CMPS Xv,Yv   AA STOS Yb,AL   AB STOS Yv,eAX   AC LODS AL,Xb   AD LODS eAX,Xv
AE SCAS AL,Yb   AF SCAS eAX,Yv  6C INS Yb,DX    6D INS Yz,DX    6E OUTS DX,Xb   6F OUTS DX,Xz
70+ Jcc Jb   0F80+ Jcc Jz   E0 LOOPNZ Jb   E1 LOOPZ Jb   E2 LOOP Jb   E3 JCXZ Jb
E8 CALL Jz   E9 JMP Jz      EB JMP Jb      FF/2 CALL Ev  FF/4 JMP Ev  C2 RET Iw   C3 RET
9A CALLF Ap  EA JMPF Ap     FF/3 CALLF Mp  FF/5 JMPF Mp  CA RETF Iw   CB RETF
CC INT3      CD INT Ib      CE INTO        CF IRET       F1 INT1      F4 HLT      62 BOUND Gv,Ma
E4 IN AL,Ib  E5 IN eAX,Ib   EC IN AL,DX    ED IN eAX,DX  E6 OUT Ib,AL   E7 OUT Ib,eAX   EE OUT DX,AL   EF OUT DX,eAX
0F00/0 SLDT Ev    0F00/1 STR Ev     0F00/2 LLDT Ew   0F00/3 LTR Ew   0F00/4 VERR Ew   0F00/5 VERW Ew   63 ARPL Ew,Gw
0F01/0 SGDT Ms    0F01/1 SIDT Ms    0F01/2 LGDT Ms   0F01/3 LIDT Ms  0F01/4 SMSW Ev   0F01/6 LMSW Ew   0F01/7 INVLPG M
0F02 LAR Gv,Ew    0F03 LSL Gv,Ew    0F06 CLTS        0F08 INVD       0F09 WBINVD      0F0B UD2         0FB9 UD1 Gv,Ev
0F20 MOV Rd,Cd    0F22 MOV Cd,Rd    0F21 MOV Rd,Dd   0F23 MOV Dd,Rd
0F30 WRMSR        0F31 RDTSC        0F32 RDMSR       0F33 RDPMC      0FA2 CPUID     0F34 SYSENTER    0F35 SYSEXIT
0F18 NOP Ev   0F19 NOP Ev   0F1A NOP Ev   0F1B NOP Ev   0F1C NOP Ev   0F1D NOP Ev   0F1E NOP Ev   0F1F NOP Ev
9B WAIT
0FAE/0 FXSAVE M   0FAE/1 FXRSTOR M
`;

/** One line of the map. */
export interface Row {
  /** Unique name, as printed: `01 ADD Ev,Gv`. */
  readonly name: string;
  /** Its place in Rows. */
  number: number;
  /** One-byte opcodes 00-FF; 0F00-0FFF as 100h-1FFh, 0F3800-0F38FF as 200h-2FFh, 0F3A00-0F3AFF as 300h-3FFh. */
  readonly opcode: number;
  /** Mandatory prefix, or 0. */
  readonly prefix: MandatoryPrefix;
  /** ModRM.reg that selects this row, or -1. */
  readonly digit: number;
  /** Of an x87 row without memory operand: its (first) ModRM byte, C0h and up; else -1. */
  readonly registerForm: number;
  readonly mnemonic: string;
  /** Operands in the notation above. */
  readonly operands: readonly string[];
  readonly lockable: boolean;
  /** The instruction has a ModRM byte. */
  readonly modrm: boolean;
  /** Whether ModRM.rm is memory or a register where that chooses the row. */
  readonly only: 'memory' | 'register' | undefined;
  /** Works on MMX or XMM registers, or their control: executed by the `simd` service. */
  readonly simd: boolean;
}

export type MandatoryPrefix = 0 | 0x66 | 0xf2 | 0xf3;

/** Rows of one opcode and mandatory prefix. */
export interface Choice {
  /** By ModRM.reg, then eight more for mod 3; all the same where ModRM does not choose. */
  readonly rows: readonly (Row | undefined)[];
  readonly modrm: boolean;
}

/** Where the rows of a prefix begin in the table of choices. */
const BANKS: Readonly<Record<MandatoryPrefix, number>> = { 0: 0, 102: 0x400, 243: 0x800, 242: 0xc00 };
/** Instructions of the SIMD units that have no MMX or XMM operand. */
const SIMD_CONTROL = new Set(['EMMS', 'LDMXCSR', 'STMXCSR']);

const oneAndTwoByteRows: readonly Row[] = parse(map + simdMap);

export const Rows: readonly Row[] = [...oneAndTwoByteRows, ...EscapeRows];
for (const [number, row] of Rows.entries()) row.number = number;

const choices: readonly (Choice | undefined)[] = index(oneAndTwoByteRows);
/** Opcodes at which 66, F2 and F3 are part of the opcode: with one that no row has there is no instruction. */
const isPrefixed = new Uint8Array(0x400);
for (const row of Rows) if (row.prefix !== 0 || row.simd || row.mnemonic === 'MOVNTI') isPrefixed[row.opcode] = 1;

/** The rows an opcode other than D8h-DFh (see escapeRow()) may mean after prefix `prefix`: the last of F2h and F3h, else 66h, else 0. */
export function choiceOf(opcode: number, prefix: MandatoryPrefix): Choice | undefined {
  return choices[isPrefixed[opcode] === 1 ? BANKS[prefix] + opcode : opcode];
}

/** The bytes of a row's opcode, without mandatory prefix. */
export function opcodeBytes({ opcode }: Row): number[] {
  const last = opcode & 0xff;
  return [[last], [0x0f, last], [0x0f, 0x38, last], [0x0f, 0x3a, last]][opcode >> 8]!;
}

function parse(text: string): Row[] {
  const rows: Row[] = [];
  const line =
    /([0-9A-F]{2,8})(\+?)(?:\/([0-7]))? ([A-Z0-9]+c?c?)(?: (?!lock|reg)([A-Za-z0-9,]+))?( lock| reg)?(?=\s{2,}|\n|$)/g;
  const compact = text.trim();
  for (const [, hex, plus, digit, mnemonic, operands, attribute] of compact.matchAll(line)) {
    const { prefix, opcode } = opcodeOf(hex!);
    const list = operands ? operands.split(',') : [];
    const count = plus === '' ? 1 : mnemonic!.endsWith('cc') ? 16 : 8;
    for (let i = 0; i < count; i++) {
      const code = hex!.slice(0, -2) + ((opcode + i) & 0xff).toString(16).toUpperCase().padStart(2, '0');
      rows.push({
        name: `${code}${digit ? `/${digit}` : ''} ${mnemonic}${operands ? ` ${operands}` : ''}`,
        number: -1,
        opcode: opcode + i,
        prefix,
        digit: digit ? Number(digit) : -1,
        registerForm: -1,
        mnemonic: mnemonic!,
        operands: list,
        lockable: attribute === ' lock',
        modrm: digit !== undefined || list.some(o => /^[EGMRSCDPQNVWU]([a-z]{1,3})?$/.test(o)),
        only: list.some(o => o[0] === 'M')
          ? 'memory'
          : attribute === ' reg' || list.some(o => /^[NU][a-z]/.test(o))
            ? 'register'
            : undefined,
        simd: list.some(o => /^[PQNVWU][a-z]/.test(o)) || SIMD_CONTROL.has(mnemonic!),
      });
    }
  }
  return rows;
}

function opcodeOf(hex: string): { prefix: MandatoryPrefix; opcode: number } {
  const [, prefix = '0', lead, last] = /^(66|F2|F3)?(0F38|0F3A|0F)?(..)$/.exec(hex)!;
  const page = [undefined, '0F', '0F38', '0F3A'].indexOf(lead);
  return {
    prefix: Number.parseInt(prefix, 16) as MandatoryPrefix,
    opcode: (page << 8) | Number.parseInt(last!, 16),
  };
}

function index(rows: readonly Row[]): (Choice | undefined)[] {
  const table: ({ rows: (Row | undefined)[]; modrm: boolean } | undefined)[] = new Array(0x1000).fill(undefined);
  // Rows with a digit come second: they replace one that is for all.
  for (const row of [...rows.filter(row => row.digit < 0), ...rows.filter(row => row.digit >= 0)]) {
    const at = BANKS[row.prefix] + row.opcode;
    table[at] ??= { rows: new Array(16).fill(undefined), modrm: false };
    const choice = table[at];
    choice.modrm ||= row.modrm;
    for (let i = 0; i < 16; i++) {
      if (row.digit >= 0 && row.digit !== (i & 7)) continue;
      if (row.only !== undefined && row.only !== (i < 8 ? 'memory' : 'register')) continue;
      const old = choice.rows[i];
      if (old && old.digit >= 0 === row.digit >= 0) throw new Error(`opcode map: ${row.name} is listed twice`);
      choice.rows[i] = row;
    }
  }
  return table;
}
