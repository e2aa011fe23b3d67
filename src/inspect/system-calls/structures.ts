/** Structures that system calls take and fill in, as strace shows them. Source: Linux uapi headers, i386 layouts; offsets in bytes. */
import { FlagSets, flagText, signalName, signalSetText } from './flags.ts';
import { octal, pointer, quoted } from './text.ts';

/** Memory of the process; only what is there. */
export interface CallMemory {
  /** Up to `count` bytes: fewer when what follows is not mapped. */
  bytes(linear: number, count: number): Uint8Array;
}

interface Layout {
  readonly size: number;
  /** `view`: of `size` bytes. */
  show(view: DataView, memory: CallMemory): string;
}

const u32 = (view: DataView, at: number): number => view.getUint32(at, true);
const i32 = (view: DataView, at: number): number => view.getInt32(at, true);
const u64 = (view: DataView, at: number): bigint => view.getBigUint64(at, true);

/** By bits 12-15 of a mode. */
const FileTypes: readonly (string | undefined)[] = [
  undefined,
  'S_IFIFO',
  'S_IFCHR',
  undefined,
  'S_IFDIR',
  undefined,
  'S_IFBLK',
  undefined,
  'S_IFREG',
  undefined,
  'S_IFLNK',
  undefined,
  'S_IFSOCK',
];

export function modeText(mode: number): string {
  const type = FileTypes[(mode >>> 12) & 15];
  return type === undefined ? octal(mode) : `${type}|${octal(mode & 0o7777).padStart(4, '0')}`;
}

/** Special files show which device they are, others their size. */
function fileText(prefix: string, mode: number, size: bigint | number, device: string): string {
  const isDevice = (mode & 0o170000) === 0o020000 || (mode & 0o170000) === 0o060000;
  return `${prefix}_mode=${modeText(mode)}, ${isDevice ? `${prefix}_rdev=${device}` : `${prefix}_size=${size}`}, ...`;
}

function deviceText(major: number, minor: number): string {
  return `makedev(0x${major.toString(16)}, 0x${minor.toString(16)})`;
}

export function waitStatusText(status: number): string {
  const signal = status & 0x7f;
  if ((status & 0xff) === 0x7f)
    return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName((status >> 8) & 0xff) ?? (status >> 8) & 0xff}}`;
  if (signal === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${(status >> 8) & 0xff}}`;
  return `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(signal) ?? signal}${(status & 0x80) !== 0 ? ' && WCOREDUMP(s)' : ''}}`;
}

const handlerText = (value: number): string => (value === 0 ? 'SIG_DFL' : value === 1 ? 'SIG_IGN' : pointer(value));

function actionText(handler: number, flags: number, restorer: number, mask: readonly number[]): string {
  const kind = (flags & 4) !== 0 && handler > 1 ? 'sa_sigaction' : 'sa_handler';
  const tail = (flags & 0x04000000) !== 0 ? `, sa_restorer=${pointer(restorer)}` : '';
  return `{${kind}=${handlerText(handler)}, sa_mask=${signalSetText(mask)}, sa_flags=${flagText(FlagSets.signalAction, flags)}${tail}}`;
}

const limit = (value: bigint | number, infinity: bigint | number): string =>
  value === infinity
    ? 'RLIM_INFINITY'
    : BigInt(value) >= 1024n && BigInt(value) % 1024n === 0n
      ? `${BigInt(value) / 1024n}*1024`
      : String(value);

const text = (view: DataView, at: number, length: number): string => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const end = bytes.indexOf(0);
  return quoted(end < 0 ? bytes : bytes.subarray(0, end), { limit: length });
};

/** By the names that signatures use. */
export const Structures: Readonly<Record<string, Layout>> = {
  word: { size: 4, show: v => `[${i32(v, 0)}]` },
  off64: { size: 8, show: v => `[${v.getBigInt64(0, true)}]` },
  pair: { size: 8, show: v => `[${i32(v, 0)}, ${i32(v, 4)}]` },
  status: { size: 4, show: v => `[${waitStatusText(u32(v, 0))}]` },
  timeval: { size: 8, show: v => `{tv_sec=${i32(v, 0)}, tv_usec=${i32(v, 4)}}` },
  timespec: { size: 8, show: v => `{tv_sec=${i32(v, 0)}, tv_nsec=${i32(v, 4)}}` },
  timespec64: { size: 16, show: v => `{tv_sec=${v.getBigInt64(0, true)}, tv_nsec=${i32(v, 8)}}` },
  itimer: {
    size: 16,
    show: v =>
      `{it_interval={tv_sec=${i32(v, 0)}, tv_usec=${i32(v, 4)}}, it_value={tv_sec=${i32(v, 8)}, tv_usec=${i32(v, 12)}}}`,
  },
  limit: {
    size: 8,
    show: v => `{rlim_cur=${limit(u32(v, 0), 0xffffffff)}, rlim_max=${limit(u32(v, 4), 0xffffffff)}}`,
  },
  limit64: {
    size: 16,
    show: v => {
      const infinity = 0xffffffffffffffffn;
      return `{rlim_cur=${limit(u64(v, 0), infinity)}, rlim_max=${limit(u64(v, 8), infinity)}}`;
    },
  },
  set1: { size: 4, show: v => signalSetText([u32(v, 0)]) },
  set2: { size: 8, show: v => signalSetText([u32(v, 0), u32(v, 4)]) },
  action: { size: 16, show: v => actionText(u32(v, 0), u32(v, 8), u32(v, 12), [u32(v, 4)]) },
  rtaction: { size: 20, show: v => actionText(u32(v, 0), u32(v, 4), u32(v, 8), [u32(v, 12), u32(v, 16)]) },
  stack: {
    size: 12,
    show: v => {
      const flags = ['0', 'SS_ONSTACK', 'SS_DISABLE'][u32(v, 4)] ?? `0x${u32(v, 4).toString(16)}`;
      return `{ss_sp=${pointer(u32(v, 0))}, ss_flags=${flags}, ss_size=${u32(v, 8)}}`;
    },
  },
  stat64: {
    size: 96,
    show: v => {
      const device = u32(v, 32);
      return `{${fileText('st', u32(v, 16), u64(v, 44), deviceText((device >>> 8) & 0xfff, device & 0xff))}}`;
    },
  },
  statx: {
    size: 144,
    show: v =>
      `{stx_mask=${flagText(FlagSets.statxMask, u32(v, 0))}, stx_attributes=0, ${fileText('stx', v.getUint16(28, true), u64(v, 40), deviceText(u32(v, 128), u32(v, 132)))}}`,
  },
  utsname: { size: 390, show: v => `{sysname=${text(v, 0, 65)}, nodename=${text(v, 65, 65)}, ...}` },
  userdesc: {
    size: 16,
    show: v => {
      const bits = u32(v, 12);
      const bit = (name: string, at: number, mask = 1): string => `${name}=${(bits >>> at) & mask}`;
      return `{entry_number=${i32(v, 0)}, base_addr=${pointer(u32(v, 4))}, limit=0x${u32(v, 8).toString(16).padStart(6, '0')}, ${[
        bit('seg_32bit', 0),
        bit('contents', 1, 3),
        bit('read_exec_only', 3),
        bit('limit_in_pages', 4),
        bit('seg_not_present', 5),
        bit('useable', 6),
      ].join(', ')}}`;
    },
  },
};

export function structureText(name: string, linear: number, memory: CallMemory): string | undefined {
  const layout = Structures[name];
  if (!layout) return undefined;
  const bytes = memory.bytes(linear, layout.size);
  if (bytes.length < layout.size) return undefined;
  return layout.show(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), memory);
}
