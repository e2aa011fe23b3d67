"""Runs a command in a pseudo-terminal of 24 x 80, makes it 50 x 132 once that has been told of, then 30 x 90, then types ^D. Prints what came out."""
import fcntl, os, pty, select, struct, sys, termios

def resize(rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

child, terminal = pty.fork()
if not child:
    # The size must be there before the command looks.
    os.read(0, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
resize(24, 80)
os.write(terminal, b'\n')
steps = [(b'24 x 80', (50, 132)), (b'50 x 132', (30, 90)), (b'30 x 90', None)]
out = b''
while select.select([terminal], [], [], 60)[0]:
    try:
        part = os.read(terminal, 1000)
    except OSError:
        break
    if not part:
        break
    out += part
    if steps and steps[0][0] in out:
        size = steps.pop(0)[1]
        if size:
            resize(*size)
        else:
            os.write(terminal, b'\x04')
sys.stdout.write(out.decode('latin1').replace('\r', ''))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
