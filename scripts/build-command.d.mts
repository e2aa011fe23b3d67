/** See build-command.mjs. */
export function buildCommand(
  folder: string,
  options?: { readonly inputs?: Readonly<Record<string, string>>; readonly small?: boolean },
): Promise<void>;
export function precompile(folder: string): Promise<string[]>;
