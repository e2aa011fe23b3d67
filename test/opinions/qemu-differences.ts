/** Where QEMU 7.2 (TCG) departs from the manual. Volumes are those of the SDM. */
import type { KnownDifference } from './differences.ts';

export const QemuDifferences: readonly KnownDifference[] = [];
