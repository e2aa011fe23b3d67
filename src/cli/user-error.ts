/** Something the user can put right: one line on stderr, no stack. 125: bad usage; 126: not loadable; 127: not found. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: number;

  constructor(message: string, exitCode: 125 | 126 | 127 = 125) {
    super(message);
    this.exitCode = exitCode;
  }
}
