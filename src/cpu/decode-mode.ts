/** What decoded code depends on beside its bytes: the low bits of `key` and all of `codeKey` among the words of state. */
export const Mode = { flat: 1, big: 2 } as const;
export const DECODE_MODES = 4;
export const decodeMode = (codeKey: number): number => codeKey & (Mode.flat | Mode.big);
/** Beside the mode: CPL is 3. */
export const USER = 4;
/** Always set, so that an empty entry of a cache, all zero, is good for no key. */
export const SOME = 8;
/** Above them in `key`: the generation of address translation. */
export const KEY_SHIFT = 8;

/** The word `protection`: this and CPL in protected mode, where transfers may be noted; 0 elsewhere. */
export const PROTECTED = 4;
