/**
 * x87 in the opcode map: the escape opcodes D8-DF. Source: SDM vol. 2, appendix A, tables A-7 to A-22.
 *
 * `D8/0 FADD Md` is a memory form, chosen by ModRM.reg: Mw word, Md doubleword, Mq quadword, Mt ten bytes, M the environment or all state. What
 * a doubleword means, real or integer, is in the mnemonic. `D8C0+ FADD ST,STi` is a register form: its ModRM byte, `+` when the low three bits name STi.
 *
 * Departures from the manual: the aliases processors have are listed as what they do (D9D8 FSTP, DCD0 FCOM and so on), and what the 8087 and 287
 * needed (FNENI, FNDISI, FNSETPM) as the FNOP it is since the 387.
 */
import type { Row } from './opcode-map.ts';

const map = `
D8/0 FADD Md     D8/1 FMUL Md     D8/2 FCOM Md     D8/3 FCOMP Md    D8/4 FSUB Md     D8/5 FSUBR Md    D8/6 FDIV Md     D8/7 FDIVR Md
D9/0 FLD Md                       D9/2 FST Md      D9/3 FSTP Md     D9/4 FLDENV M    D9/5 FLDCW Mw    D9/6 FNSTENV M   D9/7 FNSTCW Mw
DA/0 FIADD Md    DA/1 FIMUL Md    DA/2 FICOM Md    DA/3 FICOMP Md   DA/4 FISUB Md    DA/5 FISUBR Md   DA/6 FIDIV Md    DA/7 FIDIVR Md
DB/0 FILD Md     DB/1 FISTTP Md   DB/2 FIST Md     DB/3 FISTP Md                     DB/5 FLD Mt                       DB/7 FSTP Mt
DC/0 FADD Mq     DC/1 FMUL Mq     DC/2 FCOM Mq     DC/3 FCOMP Mq    DC/4 FSUB Mq     DC/5 FSUBR Mq    DC/6 FDIV Mq     DC/7 FDIVR Mq
DD/0 FLD Mq      DD/1 FISTTP Mq   DD/2 FST Mq      DD/3 FSTP Mq     DD/4 FRSTOR M                     DD/6 FNSAVE M    DD/7 FNSTSW Mw
DE/0 FIADD Mw    DE/1 FIMUL Mw    DE/2 FICOM Mw    DE/3 FICOMP Mw   DE/4 FISUB Mw    DE/5 FISUBR Mw   DE/6 FIDIV Mw    DE/7 FIDIVR Mw
DF/0 FILD Mw     DF/1 FISTTP Mw   DF/2 FIST Mw     DF/3 FISTP Mw    DF/4 FBLD Mt     DF/5 FILD Mq     DF/6 FBSTP Mt    DF/7 FISTP Mq

D8C0+ FADD ST,STi     D8C8+ FMUL ST,STi     D8D0+ FCOM STi        D8D8+ FCOMP STi
D8E0+ FSUB ST,STi     D8E8+ FSUBR ST,STi    D8F0+ FDIV ST,STi     D8F8+ FDIVR ST,STi
D9C0+ FLD STi         D9C8+ FXCH STi        D9D0 FNOP             D9D8+ FSTP STi
D9E0 FCHS      D9E1 FABS      D9E4 FTST      D9E5 FXAM
D9E8 FLD1      D9E9 FLDL2T    D9EA FLDL2E    D9EB FLDPI     D9EC FLDLG2    D9ED FLDLN2    D9EE FLDZ
D9F0 F2XM1     D9F1 FYL2X     D9F2 FPTAN     D9F3 FPATAN    D9F4 FXTRACT   D9F5 FPREM1    D9F6 FDECSTP   D9F7 FINCSTP
D9F8 FPREM     D9F9 FYL2XP1   D9FA FSQRT     D9FB FSINCOS   D9FC FRNDINT   D9FD FSCALE    D9FE FSIN      D9FF FCOS
DAC0+ FCMOVB ST,STi   DAC8+ FCMOVE ST,STi   DAD0+ FCMOVBE ST,STi  DAD8+ FCMOVU ST,STi     DAE9 FUCOMPP
DBC0+ FCMOVNB ST,STi  DBC8+ FCMOVNE ST,STi  DBD0+ FCMOVNBE ST,STi DBD8+ FCMOVNU ST,STi
DBE0 FNENI     DBE1 FNDISI    DBE2 FNCLEX    DBE3 FNINIT    DBE4 FNSETPM
DBE8+ FUCOMI ST,STi   DBF0+ FCOMI ST,STi
DCC0+ FADD STi,ST     DCC8+ FMUL STi,ST     DCD0+ FCOM STi        DCD8+ FCOMP STi
DCE0+ FSUBR STi,ST    DCE8+ FSUB STi,ST     DCF0+ FDIVR STi,ST    DCF8+ FDIV STi,ST
DDC0+ FFREE STi       DDC8+ FXCH STi        DDD0+ FST STi         DDD8+ FSTP STi
DDE0+ FUCOM STi       DDE8+ FUCOMP STi
DEC0+ FADDP STi,ST    DEC8+ FMULP STi,ST    DED0+ FCOMP STi       DED9 FCOMPP
DEE0+ FSUBRP STi,ST   DEE8+ FSUBP STi,ST    DEF0+ FDIVRP STi,ST   DEF8+ FDIVP STi,ST
DFC0+ FFREEP STi      DFC8+ FXCH STi        DFD0+ FSTP STi        DFD8+ FSTP STi
DFE0 FNSTSW AX        DFE8+ FUCOMIP ST,STi  DFF0+ FCOMIP ST,STi
`;

export const EscapeRows: readonly Row[] = parse(map);

/** By opcode (3 bits) and ModRM.reg. */
const memoryRows: (Row | undefined)[] = new Array(64).fill(undefined);
/** By opcode (3 bits) and the low six bits of ModRM. */
const registerRows: (Row | undefined)[] = new Array(512).fill(undefined);
for (const row of EscapeRows) {
  const opcode = row.opcode & 7;
  if (row.registerForm < 0) memoryRows[(opcode << 3) | row.digit] = row;
  else {
    const count = row.operands.includes('STi') ? 8 : 1;
    for (let i = 0; i < count; i++) registerRows[(opcode << 6) | ((row.registerForm & 63) + i)] = row;
  }
}

/** Rows of the escape opcodes have ModRM and no operand in a general register. */
export function isEscape({ opcode }: Row): boolean {
  return opcode >> 3 === 0x1b;
}

/** The row of an escape opcode D8h-DFh with this ModRM byte. */
export function escapeRow(opcode: number, modrm: number): Row | undefined {
  const low = opcode & 7;
  return modrm >= 0xc0 ? registerRows[(low << 6) | (modrm & 63)] : memoryRows[(low << 3) | ((modrm >> 3) & 7)];
}

function parse(text: string): Row[] {
  const line = /(D[8-F])(?:\/([0-7])|([C-F][0-9A-F])(\+?)) ([A-Z0-9]+)(?: ([A-Za-z,]+))?(?=\s|$)/g;
  return [...text.matchAll(line)].map(([, opcode, digit, modrm, plus, mnemonic, operands]): Row => {
    const place = digit ? `/${digit}` : `${modrm}${plus}`;
    const registerForm = modrm ? Number.parseInt(modrm, 16) : -1;
    return {
      name: `${opcode}${place} ${mnemonic}${operands ? ` ${operands}` : ''}`,
      number: -1,
      opcode: Number.parseInt(opcode!, 16),
      digit: digit ? Number(digit) : (registerForm >> 3) & 7,
      registerForm,
      mnemonic: mnemonic!,
      operands: operands ? operands.split(',') : [],
      lockable: false,
      modrm: true,
      prefix: 0,
      only: modrm ? 'register' : 'memory',
      simd: false,
    };
  });
}
