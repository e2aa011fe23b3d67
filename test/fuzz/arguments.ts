/** What the fuzzers' command lines have in common. Wrong use is one line and exit status 2. */
export class UsageError extends Error {}

export function wholeNumber(name: string, text: string, least = 0): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > Number.MAX_SAFE_INTEGER)
    throw new UsageError(`--${name} takes a whole number from ${least}, not ${JSON.stringify(text)}`);
  return value;
}

/** Names apart by commas; `all`, or nothing said: all of them. */
export function choices<Name extends string>(name: string, text: string | undefined, known: readonly Name[]): Name[] {
  if (text === undefined || text === 'all') return [...known];
  return text.split(',').map(word => {
    const found = known.find(one => one === word);
    if (!found) throw new UsageError(`--${name} takes ${known.join(', ')} or all, not ${JSON.stringify(word)}`);
    return found;
  });
}

/** Runs the program; what parseArgs and UsageError say becomes one line. */
export async function main(program: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await program();
  } catch (error) {
    const isUsage = error instanceof UsageError || /^ERR_PARSE_ARGS/.test((error as NodeJS.ErrnoException).code ?? '');
    if (!isUsage) throw error;
    console.error((error as Error).message.split('\n')[0]);
    process.exitCode = 2;
  }
}

/** `12,345,678`. */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/** The runner of the program passes on the ^C that the terminal has sent already. */
const ECHO_MS = 1000;

/** Set by the first ^C, which ends the work after what has been begun; a second one ends the program. */
export function interruption(): { readonly asked: boolean } {
  const state = { asked: false };
  let first = 0;
  process.on('SIGINT', () => {
    if (state.asked && Date.now() - first > ECHO_MS) process.exit(130);
    if (!state.asked) first = Date.now();
    state.asked = true;
  });
  return state;
}

/** Exit statuses: nothing found, something found, stopped by ^C. Wrong use is 2. */
export const exitStatus = (findings: number, { asked }: { readonly asked: boolean }): number =>
  findings > 0 ? 1 : asked ? 130 : 0;
