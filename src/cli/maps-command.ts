import type { ProgramOptions } from './program.ts';

export interface MapsOptions extends ProgramOptions {
  readonly at: string | undefined;
}

export async function maps(_options: MapsOptions): Promise<number> {
  return 0;
}
