export function bundle(
  input: string | Readonly<Record<string, string>>,
  directory: string,
  options?: { readonly external?: readonly string[]; readonly small?: boolean; readonly name?: string },
): Promise<void>;
