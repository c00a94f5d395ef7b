import { styleText } from 'node:util';
import type { Io } from './io.js';
import type { Meaning } from './views/state.js';

/** How text looks. Colours are the sixteen that every terminal has, as its user has chosen them. */
export interface Tone {
  readonly color?: 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

export type ToneName = Meaning | 'user' | 'agent' | 'tool' | 'good' | 'warning' | 'bad' | 'quiet' | 'plain' | 'strong' | 'frame' | 'focus' | 'loud' | 'clipping' | 'cut';

/** All colours by what they mean. */
const colours: Readonly<Record<ToneName, Tone>> = {
  listening: { color: 'green', bold: true },
  hearing: { color: 'cyan', bold: true },
  thinking: { color: 'yellow', bold: true },
  speaking: { color: 'magenta', bold: true },
  shut: { color: 'blue', bold: true },
  trouble: { color: 'red', bold: true },
  idle: { bold: true },
  user: { color: 'cyan' },
  agent: { color: 'magenta' },
  tool: { color: 'blue' },
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  quiet: { dimColor: true },
  plain: {},
  strong: { bold: true },
  frame: { dimColor: true },
  focus: { color: 'cyan' },
  loud: { color: 'yellow' },
  clipping: { color: 'red' },
  cut: { color: 'yellow' },
};

/** What is drawn with, in Unicode and in ASCII. State is always a word, too. */
const unicode = {
  listening: '●', hearing: '◉', thinking: '◌', speaking: '▶', shut: '■', trouble: '✖', idle: '○',
  up: '●', down: '○', yes: '✔', no: '✖', warning: '!', partial: '~', cut: '⟂', failed: '✖',
  full: '█', empty: '·', left: '▓', gone: '░', steps: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], dot: '·', more: '…', times: '×',
  border: 'round', corners: ['╭', '─', '╮'], cursor: '▏', chosen: '›', less: '◂', further: '▸',
} as const;
const ascii = {
  listening: '*', hearing: 'o', thinking: '?', speaking: '>', shut: '#', trouble: 'x', idle: '-',
  up: '*', down: '-', yes: '+', no: 'x', warning: '!', partial: '~', cut: '|', failed: 'x',
  full: '#', empty: '.', left: '=', gone: '-', steps: [' ', '.', ':', '-', '=', '+', '*', '#', '@'], dot: '-', more: '...', times: 'x',
  border: 'classic', corners: ['+', '-', '+'], cursor: '_', chosen: '>', less: '<', further: '>',
} as const;

type Drawn<T> = { readonly [K in keyof T]: T[K] extends readonly string[] ? readonly string[] : string };

export interface Theme {
  readonly tones: Readonly<Record<ToneName, Tone>>;
  readonly symbols: Drawn<typeof unicode>;
}

/** Without colours what is strong stays bold. */
export function themeOf(options: { readonly colour: boolean; readonly ascii: boolean }): Theme {
  const tones = options.colour ? colours : (Object.fromEntries(Object.entries(colours).map(([name, { color: _, ...rest }]) => [name, rest])) as Theme['tones']);
  return { tones, symbols: options.ascii ? ascii : unicode };
}

export type ColourSetting = 'auto' | 'always' | 'never';

/** Whether colours are wanted: as asked for, or else on a terminal, and not where `NO_COLOR` is set. */
export function wantsColour(asked: ColourSetting, { stdout, env }: Pick<Io, 'stdout' | 'env'>): boolean {
  if (asked !== 'auto') return asked === 'always';
  return stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Whether the locale knows no Unicode. */
export function wantsAscii(env: Io['env']): boolean {
  return !/utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'utf-8');
}

/** Text in a tone, for what is written past Ink. */
export function painted({ color, bold = false, dimColor = false }: Tone, text: string): string {
  const styles = [...(color === undefined ? [] : [color]), ...(bold ? ['bold' as const] : []), ...(dimColor ? ['dim' as const] : [])];
  return styles.length === 0 || text === '' ? text : styleText(styles, text, { validateStream: false });
}
