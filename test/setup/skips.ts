/** Names what a run has left out, and why: vitest's own reporter only counts it. */
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** The reason stands with the test, or in the name of what was skipped as a whole. */
function left(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  if (note !== undefined) return `${test.fullName}: ${note}`;
  if (test.parent.type !== 'suite') return test.fullName;
  const others = [...test.parent.children.allTests()];
  const isWhole = others.length > 1 && others.every(other => other.result().state === 'skipped');
  return isWhole ? test.parent.fullName : test.fullName;
}

export default class Skips implements Reporter {
  private isFiltered = false;

  onInit(vitest: Vitest): void {
    this.isFiltered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.isFiltered) return;
    for (const module of modules) {
      const counts = new Map<string, number>();
      for (const test of module.children.allTests('skipped')) {
        const name = left(test);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      for (const [name, count] of counts) console.log(`skipped ${module.relativeModuleId} > ${name} (${count})`);
    }
  }
}
