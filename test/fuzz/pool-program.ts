/** For tools.test.ts: squares of seeds below 6 by two workers, one of which dies of seed 3; and the next seed. */
import { fileURLToPath } from 'node:url';
import { runSeeds, serve, workerSetup } from './seed-pool.ts';

const setup = workerSetup<{ readonly deadly: number }>();
if (setup) {
  serve(seed => {
    if (seed === setup.deadly) process.exit(7);
    return seed * seed;
  });
} else {
  const next = await runSeeds<number>({
    program: fileURLToPath(import.meta.url),
    setup: { deadly: 3 },
    jobs: 2,
    firstSeed: 1,
    wanted: seed => seed < 6,
    result: (seed, square) => console.log(`${seed} ${square}`),
    lost: (seed, why) => console.log(`${seed} lost: ${why}`),
  });
  console.log(`next ${next}`);
}
