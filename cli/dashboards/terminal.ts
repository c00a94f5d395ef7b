import type { Io } from '../io.js';

/** Escape sequences: the alternate screen, empty and without a cursor; the ordinary one; everything erased; the cursor. */
const ALTERNATE = '\u001b[?1049h\u001b[2J\u001b[H\u001b[?25l';
const ORDINARY = '\u001b[?1049l';
const CLEARED = '\u001b[2J\u001b[H';
const CURSOR = '\u001b[?25h';

/** Draws on the terminal until it is unmounted; `erase` first where what was drawn should not stay there. */
export type Mount = () => { readonly erase: () => void; readonly unmount: () => void };

export interface Terminal {
  /** Draws everything anew, after something else has written there or it has another size. */
  readonly redraw: () => void;
  /** Stops the program and its children as Ctrl-Z does elsewhere; `fg` goes on. */
  readonly suspend: () => void;
  /** Leaves the terminal as it was. */
  readonly close: () => void;
}

/** Takes the terminal for a picture, and gives it back: at the end, and while the program is suspended by key or by signal. */
export function takeTerminal(mount: Mount, { stdout, stdin }: Pick<Io, 'stdout' | 'stdin'>, { alternate }: { readonly alternate: boolean }): Terminal {
  let picture: ReturnType<Mount> | undefined;

  const enter = (): void => {
    if (picture !== undefined) return;
    if (alternate) stdout.write(ALTERNATE);
    try {
      picture = mount();
    } catch (error) {
      if (alternate) stdout.write(ORDINARY);
      throw error;
    }
  };
  const leave = (): void => {
    if (picture === undefined) return;
    // What it said would go on being read, and would not be true any more.
    picture.erase();
    picture.unmount();
    picture = undefined;
    stdin.setRawMode?.(false);
    stdout.write(`${alternate ? ORDINARY : ''}${CURSOR}`);
  };
  const redraw = (): void => {
    if (picture === undefined) return;
    picture.unmount();
    if (alternate) stdout.write(CLEARED);
    picture = mount();
  };
  const onStop = (): void => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  const close = (): void => {
    process.off('SIGTSTP', onStop);
    process.off('SIGCONT', enter);
    leave();
  };

  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', enter);
  enter();
  // The whole group, as the terminal does: whoever has started this program waits for it in the same group.
  return { redraw, suspend: () => process.kill(0, 'SIGTSTP'), close };
}
