/**
 * The processors that can be asked for: what each has, and what it says of itself. An instruction a model lacks is #UD there; bits of EFLAGS, CR0
 * and CR4 it lacks are reserved. Source: SDM vol. 2, CPUID; vol. 3, chapter 22 (compatibility); AP-485 for signatures and cache descriptors.
 *
 * CPUID names a feature only where the model has it *and* IMPLEMENTED does.
 * *Not modelled*: test registers of the 386 and 486, LOADALL, the local APIC, machine checks, the processor serial number.
 */
import { Flag } from '../isa/flags.ts';
import { type Row, Rows } from '../isa/opcode-map.ts';
import { simdExtension } from '../isa/simd-extensions.ts';

export type Feature =
  /** CMPXCHG, XADD, BSWAP, INVLPG, INVD, WBINVD; EFLAGS.AC; CR0.WP, AM, NE. */
  | 'i486'
  | 'cpuid'
  | 'fpu'
  | 'vme'
  | 'de'
  | 'pse'
  | 'tsc'
  | 'msr'
  | 'pae'
  | 'cx8'
  | 'sep'
  | 'mtrr'
  | 'pge'
  | 'cmov'
  | 'pat'
  | 'pse36'
  | 'clfsh'
  | 'mmx'
  | 'fxsr'
  | 'sse'
  | 'sse2'
  | 'sse3'
  | 'ssse3'
  /** No-execute: leaf 80000001h. */
  | 'nx'
  /** RDPMC and the two counters of a P6. */
  | 'pmc'
  /** Hint and multi-byte NOPs, 0F18 to 0F1F. */
  | 'nop';

/** Bit of CPUID leaf 1, EDX. */
const LEAF1_EDX: Partial<Record<Feature, number>> = {
  fpu: 0,
  vme: 1,
  de: 2,
  pse: 3,
  tsc: 4,
  msr: 5,
  pae: 6,
  cx8: 8,
  sep: 11,
  mtrr: 12,
  pge: 13,
  cmov: 15,
  pat: 16,
  pse36: 17,
  clfsh: 19,
  mmx: 23,
  fxsr: 24,
  sse: 25,
  sse2: 26,
};

/** Bit of CPUID leaf 1, ECX. */
const LEAF1_ECX: Partial<Record<Feature, number>> = { sse3: 0, ssse3: 9 };

/** What real86 has of the features CPUID names: a model's others are left out of its answer, and are #UD. */
const IMPLEMENTED: ReadonlySet<Feature> = new Set<Feature>([
  ...(['fpu', 'clfsh', 'mmx', 'fxsr', 'sse', 'sse2', 'sse3', 'ssse3'] as const),
  ...(['vme', 'de', 'pse', 'tsc', 'msr', 'pae', 'cx8', 'sep', 'mtrr', 'pge', 'cmov', 'pat', 'pse36', 'nx'] as const),
]);

/** Mnemonics that need a feature; all others are of the 386. */
const NEEDS: Readonly<Record<string, Feature>> = {
  CMPXCHG: 'i486',
  XADD: 'i486',
  BSWAP: 'i486',
  INVLPG: 'i486',
  INVD: 'i486',
  WBINVD: 'i486',
  CPUID: 'cpuid',
  RDTSC: 'tsc',
  RDMSR: 'msr',
  WRMSR: 'msr',
  RDPMC: 'pmc',
  CMPXCHG8B: 'cx8',
  CMOVcc: 'cmov',
  FCMOVB: 'cmov',
  FCMOVE: 'cmov',
  FCMOVBE: 'cmov',
  FCMOVU: 'cmov',
  FCMOVNB: 'cmov',
  FCMOVNE: 'cmov',
  FCMOVNBE: 'cmov',
  FCMOVNU: 'cmov',
  FCOMI: 'cmov',
  FCOMIP: 'cmov',
  FUCOMI: 'cmov',
  FUCOMIP: 'cmov',
  SYSENTER: 'sep',
  SYSEXIT: 'sep',
  CLFLUSH: 'clfsh',
  FXSAVE: 'fxsr',
  FXRSTOR: 'fxsr',
  FISTTP: 'sse3',
  // Before SSE they are the hint NOPs they were made of.
  PREFETCHNTA: 'nop',
  PREFETCHT0: 'nop',
  PREFETCHT1: 'nop',
  PREFETCHT2: 'nop',
};

/** Bits of CR4 by feature. Source: SDM vol. 3, 2.5. */
const CR4_BITS: Partial<Record<Feature, number>> = {
  vme: 0x3,
  tsc: 0x4,
  de: 0x8,
  pse: 0x10,
  pae: 0x20,
  pge: 0x80,
  pmc: 0x100,
  fxsr: 0x200,
  sse: 0x400,
};

export interface Model {
  readonly name: string;
  /** CPUID leaf 1 EAX, and EDX after reset: family, model, stepping. */
  readonly signature: number;
  readonly features: ReadonlySet<Feature>;
  /** Highest leaf of CPUID. */
  readonly leaves: number;
  /** Leaf 2: EAX, EBX, ECX, EDX. */
  readonly caches: readonly [number, number, number, number];
  /** Leaves 80000002h to 80000004h, at most 47 characters; without it there are no extended leaves. */
  readonly brand: string | undefined;
  /** CPUID leaf 1 EDX. */
  readonly leaf1: number;
  /** CPUID leaf 1 ECX. */
  readonly leaf1Ecx: number;
  /** Bits of MXCSR that can be set: DAZ came after SSE. Source: SDM vol. 1, 11.6.3. */
  readonly mxcsr: number;
  /** Bits of EFLAGS that can be set. */
  readonly eflags: number;
  /** Bits of CR4 that exist; the others are #GP. 0: no CR4, moving it is #UD. */
  readonly cr4: number;
  /** Rows of the opcode map that are #UD. */
  readonly absent: ReadonlySet<Row>;
}

const NONE = [0, 0, 0, 0] as const;
const I486: readonly Feature[] = ['i486', 'cpuid', 'fpu', 'vme'];
const PENTIUM: readonly Feature[] = [...I486, 'de', 'pse', 'tsc', 'msr', 'cx8'];
const PENTIUM_PRO: readonly Feature[] = [...PENTIUM, 'pae', 'mtrr', 'pge', 'cmov', 'pmc', 'nop'];
const PENTIUM3: readonly Feature[] = [...PENTIUM_PRO, 'sep', 'pat', 'pse36', 'mmx', 'fxsr', 'sse'];
const PENTIUM_M: readonly Feature[] = [...PENTIUM3, 'clfsh', 'sse2', 'nx'];
const CORE2: readonly Feature[] = [...PENTIUM_M, 'sse3', 'ssse3'];

export const Models = {
  i386: model('i386', 0x308, ['fpu'], 0, NONE),
  i486: model('i486', 0x480, I486, 1, NONE),
  pentium: model('pentium', 0x52c, PENTIUM, 1, NONE),
  // 8 KiB instruction and data caches, 256 KiB L2.
  'pentium-pro': model('pentium-pro', 0x619, PENTIUM_PRO, 2, [0x03020101, 0, 0, 0x06040a42]),
  // 16 KiB and 16 KiB, 256 KiB L2.
  pentium3: model('pentium3', 0x68a, PENTIUM3, 2, [0x03020101, 0, 0, 0x0c040882]),
  // 32 KiB and 32 KiB, 2 MiB L2.
  'pentium-m': model('pentium-m', 0x6d8, PENTIUM_M, 2, [0x02b3b001, 0xf0, 0, 0x2c04307d], 'real86 (Pentium M class)'),
  // As far as 32 bits go.
  core2: model('core2', 0x6f6, CORE2, 2, [0x02b3b001, 0xf0, 0, 0x2c04307d], 'real86 (Core 2 class)'),
} as const satisfies Record<string, Model>;

export type ModelName = keyof typeof Models;
export const ModelNames = Object.keys(Models) as readonly ModelName[];
export const DEFAULT_MODEL: ModelName = 'pentium-m';

function model(
  name: string,
  signature: number,
  list: readonly Feature[],
  leaves: number,
  caches: Model['caches'],
  brand?: string,
): Model {
  const has = (feature: Feature) =>
    list.includes(feature) && (!(feature in LEAF1_EDX || feature in LEAF1_ECX) || IMPLEMENTED.has(feature));
  const features = new Set(list.filter(has));
  const sum = (bits: Partial<Record<Feature, number>>) =>
    [...features].reduce((all, feature) => all | (bits[feature] ?? 0), 0);
  const bitsOf = (table: Partial<Record<Feature, number>>) =>
    [...features].reduce((all, f) => all | (f in table ? 1 << table[f]! : 0), 0);
  const later = (has('i486') ? Flag.AC : 0) | (has('cpuid') ? Flag.ID : 0) | (has('vme') ? Flag.VIF | Flag.VIP : 0);
  let absent: ReadonlySet<Row> | undefined;
  const eflags = 0x37fd7 | later;
  const leaf1 = bitsOf(LEAF1_EDX);
  const leaf1Ecx = bitsOf(LEAF1_ECX);
  return {
    name,
    signature,
    features,
    leaves,
    caches,
    brand,
    leaf1,
    leaf1Ecx,
    mxcsr: has('sse2') ? 0xffff : 0xffbf,
    eflags,
    cr4: sum(CR4_BITS),
    // Of the models only one is used: the map is gone through when that one first decodes.
    get absent() {
      absent ??= new Set(
        Rows.filter(row => {
          const need = needOf(row);
          return need !== undefined && !has(need);
        }),
      );
      return absent;
    },
  };
}

/** The feature a row came with; undefined for what all models have. */
function needOf(row: Row): Feature | undefined {
  return NEEDS[row.mnemonic] ?? simdExtension(row) ?? (/^0F1[89A-F] NOP/.test(row.name) ? 'nop' : undefined);
}
