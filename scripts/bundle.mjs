/**
 * Bundles TypeScript into ES modules for Node, by rolldown: it leaves top-level constants constants, which V8 folds into the code it optimises. Bundled by
 * esbuild, which makes variables of them, paths through TypeScript took up to a half more instructions.
 *
 *   node scripts/bundle.mjs SOURCE FILE   bundles into one file, a CommonJS module by the name of .cjs
 */
import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * `input`: a source, or sources by name. Shared code becomes chunks, unless there is one source, or the format is `cjs`: that is one file, whatever is imported
 * dynamically. `small`: without white space.
 */
export async function bundle(
  input,
  directory,
  { external = [], small = false, name = '[name].js', format = 'esm' } = {},
) {
  const bundled = await rolldown({
    input,
    external,
    platform: 'node',
    resolve: { alias: { 'string-width': fileURLToPath(new URL('string-width.mjs', import.meta.url)) } },
    // A library asks where a package is, for settings that we do not have.
    transform: { target: 'node20', ...(format === 'cjs' ? { define: { 'import.meta.resolve': 'undefined' } } : {}) },
    logLevel: 'warn',
  });
  await bundled.write({
    dir: directory,
    format,
    ...(format === 'cjs' ? { codeSplitting: false } : {}),
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
  await bundle(source, dirname(file), { name: basename(file), format: file.endsWith('.cjs') ? 'cjs' : 'esm' });
}
