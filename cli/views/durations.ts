/** `4.2 s`: for what goes on. */
export const seconds = (ms: number): string => `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;

/** `842 ms`, `2.1 s`: for what is over. */
export const length = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : seconds(ms));

/** `-22 to -57 dB`: what a microphone hears of its speaker, and without the echo. */
export const echoWords = ({ before, after }: { readonly before: number; readonly after: number }): string => `${Math.round(before)} to ${Math.round(after)} dB`;

/** `0:42`, `61:07`: how far something has come. */
export function stopwatch(ms: number): string {
  const whole = Math.floor(Math.max(0, ms) / 1_000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** `12m`, `2h14`, `3d`: in whole minutes, so that it seldom changes. */
export function uptime(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h${String(minutes % 60).padStart(2, '0')}` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** `9.9 kB`, `1.2 MB`: three digits at most before the unit. */
export function bytes(count: number): string {
  if (count < 1_000) return `${Math.round(count)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [count / 1_000, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit] ?? ''}`;
}
