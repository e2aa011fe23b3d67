/** `npm run story`: builds, boots, and tells the story. The story ends in a segfault, so that is what counts as success. */
import { spawnSync } from 'node:child_process';

const SEGFAULT = 139;
const node = args =>
  spawnSync(process.execPath, args, {
    stdio: ['inherit', args[0].startsWith('scripts/') ? 'ignore' : 'inherit', 'inherit'],
  });

if (node(['scripts/build.mjs', '--quick']).status !== 0) process.exit(1);
const { status } = node(['dist/cli.js', 'run', 'story', '--kernel-log']);
process.exit(status === SEGFAULT ? 0 : (status ?? 1));
