/**
 * How the MC146818's time registers are written: BCD or binary, 24 or 12 hours with bit 7 for p.m., by register B.
 * Source: Motorola MC146818A datasheet, "Time, calendar, and alarm locations".
 */
import { calendarOf, secondsOf, weekday } from './calendar.ts';

export const TimeRegister = {
  seconds: 0,
  minutes: 2,
  hours: 4,
  weekday: 6,
  day: 7,
  month: 8,
  year: 9,
  century: 0x32,
} as const;
/** Bits of register B. */
export const Format = { binary: 0x04, hours24: 0x02 } as const;

const isTimeTable = new Set<number>(Object.values(TimeRegister));
export const isTimeRegister = (register: number): boolean => isTimeTable.has(register);

const AFTERNOON = 0x80;

function encode(value: number, b: number): number {
  return b & Format.binary ? value & 0xff : ((Math.floor(value / 10) % 10) << 4) | (value % 10);
}

function decode(value: number, b: number): number {
  return b & Format.binary ? value : (value >> 4) * 10 + (value & 15);
}

function encodeHours(hours: number, b: number): number {
  if (b & Format.hours24) return encode(hours, b);
  return encode(hours % 12 || 12, b) | (hours >= 12 ? AFTERNOON : 0);
}

function decodeHours(value: number, b: number): number {
  if (b & Format.hours24) return decode(value, b);
  return (decode(value & ~AFTERNOON, b) % 12) + (value & AFTERNOON ? 12 : 0);
}

/** Writes `seconds` since 1970 into the time registers. */
export function encodeTime(registers: Uint8Array, seconds: number, b: number): void {
  const time = calendarOf(seconds);
  registers[TimeRegister.seconds] = encode(time.second, b);
  registers[TimeRegister.minutes] = encode(time.minute, b);
  registers[TimeRegister.hours] = encodeHours(time.hour, b);
  registers[TimeRegister.weekday] = encode(weekday(seconds) + 1, b);
  registers[TimeRegister.day] = encode(time.day, b);
  registers[TimeRegister.month] = encode(time.month, b);
  registers[TimeRegister.year] = encode(time.year % 100, b);
  // Not a register of the chip but the PC's convention, in BCD always.
  registers[TimeRegister.century] = encode(Math.floor(time.year / 100), 0);
}

/** Seconds since 1970 of the time registers; the weekday follows from the date, whatever its register says. */
export function decodeTime(registers: Uint8Array, b: number): number {
  return secondsOf({
    year: decode(registers[TimeRegister.century]!, 0) * 100 + decode(registers[TimeRegister.year]!, b),
    month: decode(registers[TimeRegister.month]!, b),
    day: decode(registers[TimeRegister.day]!, b),
    hour: decodeHours(registers[TimeRegister.hours]!, b),
    minute: decode(registers[TimeRegister.minutes]!, b),
    second: decode(registers[TimeRegister.seconds]!, b),
  });
}
