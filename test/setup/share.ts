/**
 * How much a test does that could go on for long. `npm test` takes a share of it, of fixed seed, as it must end within a minute; `npm run test:long` (REAL86_LONG=1)
 * takes the whole, and CI runs both. Searches with random seeds have counts of their own besides: `npm run test:fuzz`.
 */
export const isLong = process.env.REAL86_LONG !== undefined;

export const share = <T>(quick: T, long: T): T => (isLong ? long : quick);

/** `count` of the rows, spread over them; the whole takes all. */
export const some = <T>(rows: readonly T[], count: number): readonly T[] =>
  isLong
    ? rows
    : rows.filter((_, i) => Math.floor((i * count) / rows.length) !== Math.floor(((i - 1) * count) / rows.length));
