/**
 * Ingredients that change address translation: windows moved from one physical page to another, pages that go and come, rights, CR3, global pages, CR0. With
 * INVLPG and, as nobody should, without.
 */
import { few } from './control.ts';
import { Cell, Layout } from './layout.ts';
import { fields } from './records.ts';
import { guarded } from './system.ts';
import type { Ingredient, Writer } from './writer.ts';

const PAGES = 4;
const page = (linear: number): number => linear >>> 12;
/** Address of the page-table entry of a page of the first address space. */
const entry = (linear: number): number => Layout.table + page(linear) * 4;
const otherEntry = (linear: number): number => Layout.otherTable + page(linear) * 4;

/** Present, writable, user. */
const ALL = 7;
/** A bit of entries that processors leave alone: the handler of page faults may repair this one. */
export const REPAIRABLE = 0x200;

function privileged(w: Writer, ...lines: string[]): void {
  w.dialect.privileged!(w, lines);
}

/** INVLPG mostly; or CR3, which does as well but for global pages; or nothing. */
function forget(w: Writer, linear: number): string[] {
  const reload = ['mov eax,cr3', 'mov cr3,eax'];
  return w.pick([[`invlpg [${linear}]`], [`invlpg [${linear + w.below(0x1000)}]`], [`invlpg [${linear}]`], reload, []]);
}

/** Functions of the pages to which code is copied: two bytes apart, each alike and different. */
function copyFunctions(w: Writer, to: number): void {
  const template = w.label('F');
  w.emit(`mov esi,${template}`, `mov edi,${to}`, `mov ecx,${w.pick([3, 8])}`, 'rep movsd');
  w.later(() => {
    w.emit(`${template}:`);
    for (let i = 1 + w.below(3); i > 0; i--) w.emit(`add ${w.register('word')},${w.below(100)}`);
    w.emit('ret', `dd ${'0x90909090,'.repeat(7)}0xc3`);
  });
}

/** A function that is called by the addresses of its page and of a window to it, and changed through either. */
export const window: Ingredient = w => {
  const number = w.below(PAGES);
  const offset = 0x40 * w.below(4);
  const physical = Layout.copies + number * 0x1000;
  const linear = Layout.windows + w.below(PAGES) * 0x1000;
  const either = () => w.pick([physical, linear]) + offset;
  copyFunctions(w, physical + offset);
  privileged(w, `mov dword [${entry(linear)}],${physical | ALL}`, ...forget(w, linear));
  for (let i = 1 + w.below(3); i > 0; i--) {
    w.emit(`mov ebx,${either()}`, 'call ebx');
    if (w.once(2)) w.emit(`inc byte [${either() + 3}]`);
  }
};

/** A window goes from page to page while code calls it. */
export const moving: Ingredient = w => {
  const linear = Layout.windows + w.below(PAGES) * 0x1000;
  const counter = w.counter();
  const head = w.label();
  const [a, b] = [w.below(PAGES), w.below(PAGES)];
  copyFunctions(w, Layout.copies + a * 0x1000);
  copyFunctions(w, Layout.copies + b * 0x1000);
  const difference = (a ^ b) << 12;
  const set = `mov dword [${entry(linear)}],${(Layout.copies + a * 0x1000) | ALL}`;
  privileged(w, set, `invlpg [${linear}]`);
  w.emit(`mov ${counter},${3 + w.below(30)}`, `${head}:`, `mov ebx,${linear}`, 'call ebx');
  privileged(w, `xor dword [${entry(linear)}],${difference}`, ...forget(w, linear));
  few(w, 2);
  w.emit(`dec ${counter}`, `jnz ${head}`);
};

/** A page of data, code or stack that is not there when it is next wanted, or may not be written; the handler repairs that. */
export const missing: Ingredient = w => {
  const linear = w.pick([
    Layout.data + 0x1000 * (1 + w.below(5)),
    Layout.copies + 0x1000 * w.below(PAGES),
    Layout.windows + 0x1000 * w.below(PAGES),
    ...(w.dialect.innerStack ? [Layout.stack - 0x1000 * (1 + w.below(3))] : []),
    Layout.code + 0x1000 * w.below(4),
  ]);
  const lost = w.pick([1, 1, 2, 2, 4]);
  privileged(
    w,
    `or dword [${entry(linear)}],${REPAIRABLE}`,
    `and dword [${entry(linear)}],${~lost}`,
    ...forget(w, linear),
  );
};

/** A page that stays away: whoever touches it is sent on. */
export const absent: Ingredient = w => {
  const linear = Layout.data + 0x1000 * (4 + w.below(2));
  const off = `and dword [${entry(linear)}],${~(REPAIRABLE | 1)}`;
  privileged(w, off, `invlpg [${linear}]`);
  const width = w.width();
  const place = `${width} [${linear + w.pick([0, 8, 0xffe]) - w.pick([0, 0, 2])}]`;
  guarded(
    w,
    `mov edi,${w.below(1000)}`,
    w.pick([`add ${place},${w.register(width)}`, `mov ${w.register(width)},${place}`, `push ${w.register('dword')}`]),
  );
  privileged(w, `or dword [${entry(linear)}],1`);
};

/** The other address space, or the same again. */
export const spaces: Ingredient = w => {
  const change = w.once(3) ? [] : [`xor eax,${Layout.directory ^ Layout.otherDirectory}`];
  privileged(w, 'mov eax,cr3', ...change, 'mov cr3,eax');
};

/** The other space shows other pages in its windows, or in the place of data. */
export const otherSpace: Ingredient = w => {
  const linear = w.pick([Layout.windows, Layout.windows + 0x1000, Layout.data + 0x3000, Layout.copies]);
  const physical = Layout.copies + 0x1000 * w.below(PAGES);
  privileged(w, `mov dword [${otherEntry(linear)}],${physical | ALL}`, ...forget(w, linear));
};

/** Global pages, which a load of CR3 leaves; and whether there are any. */
export const global: Ingredient = w => {
  const linear = w.pick([Layout.windows, Layout.windows + 0x1000, Layout.data + 0x2000, Layout.copies]);
  const toggle = ['mov eax,cr4', 'xor eax,0x80', 'mov cr4,eax'];
  privileged(w, ...w.pick([[`xor dword [${entry(linear)}],0x100`], toggle]));
};

/** CR0: writes by CPL 0 to read-only pages, alignment checks, no paging at all for a while, TS. */
export const modes: Ingredient = w => {
  const bit = w.pick([0x10000, 0x10000, 0x40000, 0x80000000, 8]);
  const toggle = ['mov eax,cr0', `xor eax,${bit}`, 'mov cr0,eax'];
  privileged(w, ...toggle);
  few(w, 3);
  if (bit !== 0x10000) privileged(w, ...(bit === 8 ? ['clts'] : toggle));
};

/** A count in the cells, written through a window to its page. */
export const aliasedData: Ingredient = w => {
  const linear = Layout.windows + 0x3000;
  privileged(w, `mov dword [${entry(linear)}],${Layout.data | ALL}`, ...forget(w, linear));
  w.emit(`inc dword [${linear + Cell.bytes + 8}]`, `mov edx,[${Layout.data + Cell.bytes + 8}]`);
};

/** A function that lies on two windows, the end of one and the beginning of the next, which go to other pages while it is called. */
export const crossing: Ingredient = w => {
  const first = Layout.windows + 0x1000 * w.below(PAGES - 1);
  const second = first + 0x1000;
  const start = second - 1 - w.below(14);
  const template = w.label('F');
  const counter = w.counter();
  const head = w.label();
  const write = () => w.emit(`mov esi,${template}`, `mov edi,${start}`, 'mov ecx,20', 'rep movsb');
  const [a, b] = [w.below(PAGES), w.below(PAGES)];
  w.later(() => {
    w.emit(`${template}:`);
    for (let i = 0; i < 2; i++) w.emit(`add ${w.pick(['eax', 'ebx', 'edx'])},${0x1000 + w.below(0x1000)}`);
    w.emit(`imul edx,edx,${0x10000 + w.below(100)}`, 'ret', 'dd 0x90909090,0x90909090');
  });
  write();
  privileged(w, `mov dword [${entry(second)}],${(Layout.copies + a * 0x1000) | ALL}`, `invlpg [${second}]`);
  write();
  // The same function but for its immediate, on the other page.
  w.emit(
    `add byte [${second + w.below(6)}],1`,
    `mov ${counter},${3 + w.below(20)}`,
    `${head}:`,
    `mov ebx,${start}`,
    'call ebx',
  );
  privileged(w, `xor dword [${entry(second)}],${(a ^ b) << 12}`, ...forget(w, second));
  w.emit(`dec ${counter}`, `jnz ${head}`);
};

/** Two windows side by side, which go to any two pages; the border between them. */
function border(w: Writer): number {
  const linear = Layout.windows + 0x1000 * (1 + w.below(PAGES - 1));
  for (const at of [linear - 0x1000, linear])
    privileged(w, `mov dword [${entry(at)}],${(Layout.copies + 0x1000 * w.below(PAGES)) | ALL}`, `invlpg [${at}]`);
  return linear;
}

/** A record across two windows, one of which goes elsewhere while it is in use, or may not be written any more. */
export const recordAcross: Ingredient = w => {
  const middle = border(w);
  const counter = w.counter();
  const head = w.label();
  w.emit(`mov ebx,${middle + w.below(80) - 40}`, 'and esi,15', `mov ${counter},${3 + w.below(20)}`, `${head}:`);
  fields(w, 'ebx', 'esi', 2 + w.below(4));
  if (w.once(2)) {
    const changed = w.pick([middle, middle - 0x1000]);
    const change = w.pick([0x1000, 0x2000, 2]);
    // What may not be written is repaired by the handler.
    privileged(
      w,
      `or dword [${entry(changed)}],${REPAIRABLE}`,
      `xor dword [${entry(changed)}],${change}`,
      ...forget(w, changed),
    );
    w.emit(`mov ebx,${middle + w.below(80) - 40}`, 'and esi,15');
  }
  fields(w, 'ebx', 'esi', 1 + w.below(3));
  w.emit(`dec ${counter}`, `jnz ${head}`);
};

/** The stack across two windows, neighbours in memory or not. */
export const stackAcross: Ingredient = w => {
  const middle = border(w);
  const f = w.label('F');
  w.emit('mov ebp,esp', `mov esp,${middle + 4 * (w.below(16) - 4)}`);
  for (let i = 1 + w.below(3); i > 0; i--) w.emit(`call ${f}`);
  w.emit('mov esp,ebp');
  w.later(() => {
    const room = 4 * (1 + w.below(12));
    w.emit(`${f}:`, 'push eax', 'push edx', `sub esp,${room}`);
    for (let i = 2 + w.below(4); i > 0; i--) {
      const place = `[esp+${w.below(room + 4)}]`;
      const own = `[esp+${w.below(room - 3)}]`;
      w.emit(
        w.pick([
          `mov eax,${place}`,
          `add edx,${place}`,
          `cmp eax,${place}`,
          `mov dl,${place}`,
          `mov ${own},eax`,
          `xor ${own},dx`,
        ]),
      );
    }
    w.emit('push edx', 'pop eax', `add esp,${room + 8}`);
    w.emit('ret');
  });
};

/** A function of the program by its other address, in a large page; data there too. */
export const largePage: Ingredient = w => {
  const f = w.label();
  const { again } = Layout;
  w.emit(
    `mov ebx,${f}`,
    w.once(2) ? `add ebx,${again}` : 'nop',
    'call ebx',
    `mov ebx,${f}`,
    `add ebx,${again}`,
    'call ebx',
  );
  const place = `[${again + Layout.data + Cell.bytes + w.below(0x1000)}]`;
  w.emit(w.pick([`inc dword ${place}`, `add eax,${place}`, `xor byte ${w.code(f)},8`, 'nop']));
  if (w.once(2)) w.emit(`xor byte [ebx],8`);
  if (w.once(3)) privileged(w, `invlpg [${again + w.pick([0, 0x5000, 0x20000])}]`);
  w.later(() => {
    w.emit(`${f}:`, `db ${w.pick([0x40, 0x43, 0x4a])}`);
    few(w, 2);
    w.emit('ret');
  });
};

/** Code in ROM, whose bytes the program changes in the RAM behind it; writes to the ROM do nothing. */
export const rom: Ingredient = w => {
  const offset = 0x1000 * w.below(PAGES) + 0x40 * w.below(4);
  copyFunctions(w, Layout.copies + offset);
  for (let i = 1 + w.below(3); i > 0; i--) {
    w.emit(`mov ebx,${Layout.rom + offset}`, 'call ebx');
    w.emit(w.pick([`inc byte [${Layout.rom + offset + 3}]`, `inc byte [${Layout.copies + offset + 3}]`, 'nop']));
  }
};
