/**
 * Settings of the host's WebAssembly engine that compiled code profits from. All are optional.
 *
 *   --experimental-wasm-branch-hinting   branches that regions mark as not expected are laid out of the way
 *   --no-wasm-stack-checks               no check of the host's stack in each function and loop: the depth of compiled calls is bounded by the regions themselves
 *   --wasm-tiering-budget                functions that run hot are optimised sooner
 */
import { setFlagsFromString } from 'node:v8';

/** The last major version of Node known to have these: an engine names on stderr what it does not know. */
const LAST_KNOWN = 24;

/** Before the first WebAssembly module is compiled. */
export function prepareHost(): void {
  if (Number.parseInt(process.versions.node, 10) > LAST_KNOWN) return;
  setFlagsFromString('--experimental-wasm-branch-hinting');
  setFlagsFromString('--no-wasm-stack-checks');
  setFlagsFromString('--wasm-tiering-budget=100000');
}
