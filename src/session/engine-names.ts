/** What `--engine` takes and reports say; see engines.ts. Apart from it, so that a command line is read without loading them. */
export const EngineNames = ['jit', 'interp', 'jit-eager', 'oracle'] as const;
export type EngineName = (typeof EngineNames)[number];
export const DEFAULT_ENGINE: EngineName = 'jit';
