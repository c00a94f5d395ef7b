import { spawn, type ChildProcess } from 'node:child_process';

/** Ends a process that leads its own group, with all that it has started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // All gone already; macOS says EPERM of a group of zombies.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Leaders of groups that run now. A Ctrl-C does not reach them, but our end must, however it comes. */
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach(killGroup));

/** Sees to it that the group of a process ends with this one, even where that is killed and cannot say a word. */
export function outlivesUsNot(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  running.add(child);
  tellGuard([pid, true]);
  child.once('exit', () => {
    running.delete(child);
    tellGuard([pid, false]);
  });
}

type Watch = readonly [group: number, runs: boolean];

/**
 * A process of its own that kills what we have started when the line to us closes: a child that computes, or a program
 * that is not ours, does not notice our end. It is a text, as it needs no file that a bundler could lose.
 */
const GUARD = `
const groups = new Set();
process.on('SIGINT', () => undefined);
process.on('message', ([group, runs]) => { if (runs) groups.add(group); else groups.delete(group); });
process.on('disconnect', () => {
  for (const group of groups) {
    try { process.kill(-group, 'SIGKILL'); } catch (error) { if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error; }
  }
});
`;

let guard: ChildProcess | undefined;

function tellGuard(watch: Watch): void {
  if (guard?.connected !== true) {
    const [, runs] = watch;
    if (!runs) return;
    guard = spawn(process.execPath, ['-e', GUARD], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true, env: {} });
    guard.on('error', () => undefined); // Where it cannot be had, our exit handler and the children's own are left.
    guard.unref();
    guard.channel?.unref();
    for (const { pid } of running) if (pid !== undefined && pid !== watch[0]) guard.send([pid, true], () => undefined);
  }
  guard.send(watch, () => undefined);
}
