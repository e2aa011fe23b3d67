/**
 * The keys of a 101/102-key keyboard by their W3C KeyboardEvent codes, with their scan codes in sets 1 and 2, and what is typed for a character
 * on a US layout. Source: IBM PS/2 hardware interface technical reference, "Keyboards"; Microsoft keyboard scan code specification.
 */

/** What the 8042 makes of each byte of set 2 in its translating mode: set 1. Bytes from 80h on pass but for the two in `translate`. */
const TRANSLATION = [
  0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59, 0x65, 0x38, 0x2a,
  0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, 0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05,
  0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d, 0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a,
  0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26,
  0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63,
  0x76, 0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, 0x52, 0x53,
  0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
] as const;
const F7 = 0x83;
const SYSTEM_REQUEST = 0x84;

/** Set 1 of a byte of set 2. */
export function translate(byte: number): number {
  if (byte === F7) return 0x41;
  if (byte === SYSTEM_REQUEST) return 0x54;
  return TRANSLATION[byte] ?? byte;
}

/** Codes of set 2 by code of set 1. */
const SET2 = new Map<number, number>(TRANSLATION.map((set1, set2) => [set1, set2]));
SET2.set(0x41, F7);
SET2.set(0x54, SYSTEM_REQUEST);

/** Set 1 codes count up along the rows of the first PC's keyboard. A `-` has no key. */
const ROWS: readonly (readonly [first: number, codes: string])[] = [
  [0x01, 'Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace'],
  [0x0f, 'Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft'],
  [0x1e, 'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash'],
  [0x2c, 'KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock'],
  [0x3b, 'F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock'],
  [
    0x47,
    'Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal',
  ],
  [0x56, 'IntlBackslash F11 F12'],
];
/** Keys whose codes follow E0h. */
const EXTENDED: readonly (readonly [first: number, codes: string])[] = [
  [0x1c, 'NumpadEnter ControlRight'],
  [0x35, 'NumpadDivide - - AltRight'],
  [0x47, 'Home ArrowUp PageUp - ArrowLeft - ArrowRight - End ArrowDown PageDown Insert Delete'],
  [0x5b, 'MetaLeft MetaRight ContextMenu'],
];

export interface Key {
  readonly extended: boolean;
  readonly set1: number;
  readonly set2: number;
}

/** Keys by KeyboardEvent code. Pause and PrintScreen, which send sequences of their own, are not there. */
export const Keys: ReadonlyMap<string, Key> = new Map([...keysOf(ROWS, false), ...keysOf(EXTENDED, true)]);

function keysOf(rows: typeof ROWS, extended: boolean): [string, Key][] {
  return rows.flatMap(([first, codes]) =>
    codes
      .split(' ')
      .flatMap((code, i): [string, Key][] =>
        code === '-' ? [] : [[code, { extended, set1: first + i, set2: SET2.get(first + i)! }]],
      ),
  );
}

export interface Stroke {
  readonly code: string;
  readonly shift: boolean;
  readonly control: boolean;
}

/** Plain and shifted characters of the keys, in one order. */
const PLAIN = "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ ";
const SHIFTED = '!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"~|ZXCVBNM<>? ';
const PLAIN_CODES = [
  ...ROWS[0]![1].split(' ').slice(1, 13),
  ...ROWS[1]![1].split(' ').slice(1, 13),
  ...ROWS[2]![1].split(' ').slice(0, 12),
  'Backslash',
  ...ROWS[3]![1].split(' ').slice(0, 10),
  'Space',
];
const CONTROL: ReadonlyMap<string, string> = new Map([
  ['\n', 'Enter'],
  ['\r', 'Enter'],
  ['\t', 'Tab'],
  ['\b', 'Backspace'],
  ['\x7f', 'Backspace'],
  ['\x1b', 'Escape'],
]);

/** How to type a character; undefined when no key does. Control characters without a key of their own are Ctrl with a letter. */
export function strokeFor(character: string): Stroke | undefined {
  const own = CONTROL.get(character);
  if (own) return { code: own, shift: false, control: false };
  const plain = PLAIN.indexOf(character);
  if (plain >= 0) return { code: PLAIN_CODES[plain]!, shift: false, control: false };
  const shifted = SHIFTED.indexOf(character);
  if (shifted >= 0) return { code: PLAIN_CODES[shifted]!, shift: true, control: false };
  const letter = character.charCodeAt(0);
  if (letter < 1 || letter > 26) return undefined;
  return { code: `Key${String.fromCharCode(letter + 0x40)}`, shift: false, control: true };
}
