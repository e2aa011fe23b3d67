/** Ingredients for the x87, MMX and SSE: they stand between others, so that what compiled code keeps must survive them. */
import { Cell } from './layout.ts';
import { guarded } from './system.ts';
import type { Ingredient } from './writer.ts';

export const x87: Ingredient = w => {
  const place = (width: string) => `${width} ${w.dialect.address(w)}`;
  switch (w.below(7)) {
    case 6:
      w.seldom(4, () => {
        const control = w.cell(Cell.pointer);
        w.emit(`mov word ${control},${w.pick([0x300, 0x37b, 0x27f, 0xf7f])}`, `fldcw word ${control}`);
        guarded(w, 'fldz', 'fld1', 'fdiv st,st1', `fistp word ${control}`, 'wait');
        w.emit('fninit');
      });
      break;
    case 0:
      w.emit('fninit');
      break;
    case 1: {
      const load = `${w.pick(['fld', 'fild'])} ${place(w.pick(['dword', 'qword']))}`;
      w.emit(load, w.pick(['fchs', 'fabs', 'fsqrt', 'fld1', 'fxch st1', 'ftst']));
      break;
    }
    case 2:
      w.emit(`${w.pick(['fadd', 'fmul', 'fsub', 'fdivr'])} ${place(w.pick(['dword', 'qword']))}`);
      break;
    case 3:
      w.emit(`${w.pick(['fadd', 'fmul', 'fsub', 'fdiv'])} st,st${1 + w.below(3)}`);
      break;
    case 4:
      w.emit(`${w.pick(['fstp', 'fistp', 'fst'])} ${place('dword')}`);
      break;
    default:
      w.emit(w.pick(['fnstsw ax', `fcomi st,st${w.below(4)}`, `fucomip st,st${w.below(3)}`]));
      w.emit(`set${w.pick(['b', 'z', 'p'])} dl`);
  }
};

const PACKED = ['paddb', 'paddw', 'psubd', 'pxor', 'por', 'pand', 'pcmpeqb', 'pcmpgtw', 'punpcklbw', 'pmullw'];
const FLOATS = ['addps', 'mulps', 'subps', 'minps', 'maxps', 'addss', 'mulsd', 'addpd', 'sqrtss', 'andps'];

export const vectors: Ingredient = w => {
  const place = (width: string) => `${width} ${w.dialect.address(w)}`;
  const x = () => `xmm${w.below(8)}`;
  const m = () => `mm${w.below(8)}`;
  switch (w.below(9)) {
    case 8:
      w.seldom(4, () => {
        const control = w.cell(Cell.pointer);
        w.emit(`mov dword ${control},${w.pick([0x1f00, 0x1d80, 0x7f80, 0x9fc0])}`, `ldmxcsr dword ${control}`);
        guarded(w, `divss ${x()},${x()}`, `sqrtpd ${x()},${x()}`, `cvttss2si eax,${x()}`);
        w.emit(`mov dword ${control},0x1f80`, `ldmxcsr dword ${control}`);
      });
      break;
    case 0:
      w.emit(`movd ${m()},${w.register('dword')}`, `${w.pick(PACKED)} ${m()},${m()}`);
      break;
    case 1:
      w.emit(`movq ${m()},${place('qword')}`);
      break;
    case 2:
      w.emit(`movq ${place('qword')},${m()}`, w.pick(['emms', 'nop']));
      break;
    case 3:
      w.emit(`movdqu ${x()},${place('xmmword')}`, `${w.pick(PACKED)} ${x()},${x()}`);
      break;
    case 4:
      w.emit(`movups ${place('xmmword')},${x()}`);
      break;
    case 5:
      w.emit(`${w.pick(FLOATS)} ${x()},${x()}`, `ucomiss ${x()},${x()}`, `set${w.pick(['b', 'z', 'p'])} al`);
      break;
    case 6:
      w.emit(`cvtsi2sd ${x()},${w.register('dword')}`, `cvttsd2si ${w.register('dword')},${x()}`);
      break;
    default:
      w.emit(`movd ${w.register('dword')},${x()}`, `movdqa ${x()},${x()}`);
  }
};
