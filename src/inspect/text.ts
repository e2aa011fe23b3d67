/** How reports write numbers. Kept free of Intl, which costs milliseconds to load. */

/** Eight digits: an address. */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}

/** As short as it goes: an error code, a selector. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** Thousands apart: `48,211`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A size or distance for people: `16 bytes`, `4 KiB`, `490.9 MiB`. */
export function byteCount(count: number): string {
  const units = [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const;
  for (const [unit, size] of units) {
    if (count >= size) return `${(count / size).toFixed(count % size === 0 ? 0 : 1)} ${unit}`;
  }
  return `${count} byte${count === 1 ? '' : 's'}`;
}
