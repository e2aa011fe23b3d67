/**
 * Bundles TypeScript into ES modules for Node, by rolldown: it leaves top-level constants constants, which V8 folds into the code it optimises. Bundled by
 * esbuild, which makes variables of them, paths through TypeScript took up to a half more instructions.
 *
 *   node scripts/bundle.mjs SOURCE FILE   bundles into one file
 */
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** `input`: a source, or sources by name. Shared code becomes chunks, unless there is one source. `small`: without white space. */
export async function bundle(input, directory, { external = [], small = false, name = '[name].js' } = {}) {
  const bundled = await rolldown({
    input,
    external,
    platform: 'node',
    transform: { target: 'node20' },
    logLevel: 'warn',
  });
  await bundled.write({
    dir: directory,
    format: 'esm',
    entryFileNames: name,
    chunkFileNames: 'chunks/[name]-[hash].js',
    minify: small
      ? { compress: false, mangle: false, codegen: { removeWhitespace: true, legalComments: 'none' } }
      : false,
  });
  await bundled.close();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [source, file] = process.argv.slice(2);
  await bundle(source, dirname(file), { name: basename(file) });
}
