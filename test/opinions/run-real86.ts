/** The cases on our own machine: the whole PC, from its reset vector. */
import { readFileSync } from 'node:fs';
import type { MakeEngine } from '../../src/cpu/engine.ts';
import type { ModelName } from '../../src/cpu/models.ts';

import { MemoryStore } from '../../src/machine/block-store.ts';
import { Pc } from '../../src/machine/pc.ts';

const MEMORY = 64 << 20;
/** Ticks without a line: a case that does not end. */
const PATIENCE = 20_000_000;

/** What the harness says on port E9h. Ends without its last line where a case does not end. */
export function runReal86(disk: Uint8Array, model: ModelName, engine?: MakeEngine): string {
  const said: number[] = [];
  const pc = new Pc({
    memoryBytes: MEMORY,
    bios: readFileSync(new URL('../../roms/bios/bios.rom', import.meta.url)),
    model,
    ...(engine ? { engine } : {}),
    disks: [new MemoryStore(disk)],
    debugConsole: byte => said.push(byte),
  });
  for (let length = -1; said.length > length; ) {
    length = said.length;
    const { reason } = pc.run(PATIENCE);
    // What a board does with a processor that has shut down.
    if (reason === 'triple-fault') pc.reset();
    else if (reason !== 'limit') break;
  }
  return Buffer.from(said).toString('latin1');
}
