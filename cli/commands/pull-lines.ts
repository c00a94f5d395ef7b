import type { BuildNews } from '../../src/engines/stt/whisper-node-build.js';
import { megabytes } from '../../src/models/disk.js';
import type { PullNews } from '../../src/models/pull.js';

/** Where a command's words go. */
export interface Lines {
  /** A line that stays. */
  readonly out: (line: string) => void;
  /** A line that the next one of its kind may replace. */
  readonly progress: (line: string) => void;
  /** Takes a progress line that would be replaced off the terminal. */
  readonly clear?: () => void;
}

/** News of a pull in words: size, speed and time left while bytes move. Undefined for `ready`. */
export function progressLine(news: PullNews): string | undefined {
  switch (news.type) {
    case 'trying':
      return `  asking ${news.source}`;
    case 'waiting':
      return `  ${news.source} is asked too much and wants a pause of ${news.seconds} s`;
    case 'skipped':
      return `  no: ${news.source}: ${news.reason}`;
    case 'converting':
      return `  putting ${news.file} together, ${percent(news.done, news.total)}`;
    case 'progress': {
      const { file, received, total, bytesPerSecond, secondsLeft } = news;
      const speed = bytesPerSecond > 0 ? `, ${megabytes(bytesPerSecond)}/s` : '';
      const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
      return `  ${megabytes(received)} of ${megabytes(total)} (${percent(received, total)})${speed}${left}  ${file}`;
    }
    case 'ready':
      return undefined;
  }
}

/** Writes news of a pull: sources as lines that stay, bytes as one that is replaced. */
export function reportPull({ out, progress }: Lines): (news: PullNews) => void {
  return (news) => {
    const line = progressLine(news);
    if (line !== undefined) (news.type === 'progress' || news.type === 'converting' ? progress : out)(line);
  };
}

/** Writes news of a build. */
export function reportBuild({ out, progress }: Lines): (news: BuildNews) => void {
  return (news) => {
    if (news.type === 'waiting') out('  another process is compiling it already');
    if (news.type === 'compiling') progress(`  compiling whisper.cpp, ${news.done} of ${news.total} files (a minute or two in all)`);
  };
}

/** Milliseconds between two progress lines where lines cannot be replaced. */
const SPARING = 2_000;

/**
 * Lines for a stream: on a terminal, progress is one line that is overwritten and gone when something else is said;
 * elsewhere, a line at most every 2 s.
 */
export function linesTo(stream: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }, now: () => number = () => performance.now()): Lines {
  const erase = '\r\u001b[2K';
  let showing = false;
  let saidAt = -Infinity;
  const clear = (): void => {
    if (showing) stream.write(erase);
    showing = false;
  };
  return {
    clear,
    out: (line) => {
      clear();
      stream.write(`${line}\n`);
    },
    progress: (line) => {
      if (stream.isTTY === true) {
        stream.write(`${erase}${line.slice(0, (stream.columns ?? 80) - 1)}`);
        showing = true;
      } else if (now() - saidAt >= SPARING) {
        saidAt = now();
        stream.write(`${line}\n`);
      }
    },
  };
}

export function percent(part: number, total: number): string {
  return `${Math.floor((100 * part) / Math.max(1, total))} %`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
