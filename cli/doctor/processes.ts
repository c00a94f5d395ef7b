import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One line of `ps`. */
export interface Process { readonly pid: number; readonly parent: number; /** Bytes in memory. */ readonly rss: number; readonly command: string }

/** The processes of this machine; none where there is no `ps` that answers. */
export async function processes(): Promise<readonly Process[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { maxBuffer: 16 << 20 }).catch(() => ({ stdout: '' }));
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, kilobytes, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), rss: Number(kilobytes) * 1024, command }];
  });
}

/** Bytes in memory of a process and all that it has started; undefined where the system does not tell. */
export async function memoryOf(pid: number): Promise<number | undefined> {
  const all = await processes();
  const below = (parent: number): readonly Process[] => all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  const family = [...all.filter((one) => one.pid === pid), ...below(pid)].filter(({ command }) => !command.startsWith('ps -A'));
  return family.length === 0 ? undefined : family.reduce((sum, { rss }) => sum + rss, 0);
}
