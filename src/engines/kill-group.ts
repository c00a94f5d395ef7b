import type { ChildProcess } from 'node:child_process';

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
