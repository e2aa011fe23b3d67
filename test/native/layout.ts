/**
 * Where a case lives in linear memory, for the host's process and for our processor alike, and the wire format between test and runner.c.
 *
 *   CODE                one page, execute and read: the instruction, INT3 (CCh) everywhere else; nothing mapped after it
 *   DATA - 1000h        one page, read only
 *   DATA                two pages, read and write; nothing mapped after them
 *   [0, FREE_END)       otherwise unmapped in both: stray accesses fault alike. Above it the host has its own things
 *
 * A low DATA is reachable with 16-bit addresses; the host must allow mappings that low (vm.mmap_min_addr).
 */
export const CODE = 0x20000000;
export const CODE_BYTES = 0x1000;
export const HIGH_DATA = 0x10001000;
export const LOW_DATA = 0x9000;
export const READ_ONLY_BYTES = 0x1000;
export const DATA_BYTES = 0x2000;
export const FREE_END = 0x60000000;
/** Read-only page and data pages together: what a batch fills before its first case. */
export const PATTERN_BYTES = READ_ONLY_BYTES + DATA_BYTES;
export const INT3 = 0xcc;
export const MAX_PATCH = 20;

/** Byte offsets within a case on the wire; all little-endian. */
export const CaseLayout = {
  /** 16 bytes, unused ones INT3. */
  code: 0,
  /** Offset in CS of the first byte, and its offset in the code page. */
  eip: 16,
  place: 20,
  /** EAX to EDI in encoding order. */
  registers: 24,
  eflags: 56,
  /** ES, CS, SS, DS, FS, GS: 16 bits each. */
  selectors: 60,
  /** Two of: 16-bit offset in DATA, 16-bit length, MAX_PATCH bytes. */
  patches: 72,
  bytes: 120,
} as const;

/** The fixed part of an outcome; `changes` counts the runs of changed data that follow: offset, length, bytes padded to 4. */
export const OutcomeLayout = {
  vector: 0,
  error: 4,
  cr2: 8,
  eip: 12,
  eflags: 16,
  registers: 20,
  selectors: 52,
  changes: 64,
  bytes: 68,
} as const;
