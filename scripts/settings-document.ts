// `npm run docs:settings` writes docs/settings.md; a test holds the file to what this makes of the settings.
import { fileURLToPath } from 'node:url';
import { entriesOf } from '../src/config/flags.js';
import { flagOf, settingsOf, variableOf } from '../src/config/settings.js';
import type { CommandName, Setting } from '../src/config/settings.js';

const chapters: readonly (readonly [command: CommandName, title: string])[] = [
  ['serve', 'The server, and `talk`'],
  ['talk', '`talk` alone'],
  ['listen-and-play', 'The client, `listen-and-play`'],
  ['watch', 'The viewer, `watch`'],
  ['replay', 'Recordings, `replay`'],
];

/** All settings as Markdown. */
export function settingsDocument(): string {
  const server: readonly unknown[] = Object.values(settingsOf.serve);
  const parts = chapters.map(([command, title]) => {
    const own = entriesOf(command).filter(([, { schema }]) => command !== 'talk' || !server.includes(schema));
    const groups = [...new Set(own.map(([, { group }]) => group))];
    return [`## ${title}`, ...groups.map((group) => table(command, group, own.filter(([, setting]) => setting.group === group)))].join('\n\n');
  });
  return `# Settings

Made by \`npm run docs:settings\` from \`src/config/settings.ts\`; do not edit.

Flags come before environment variables, variables before the config file, the file before the default; \`--print_config\` shows every
value and where it comes from. A flag is written with underscores or dashes. A config file is one JSON object, named on the command
line, whose keys are the flags without their dashes. An editor checks and completes it by
\`{ "$schema": "./node_modules/speech-to-speech-rx/dist/config.schema.json" }\`, which is also the export
\`speech-to-speech-rx/config.schema.json\`.

${parts.join('\n\n')}
`;
}

function table(command: CommandName, group: string, entries: readonly (readonly [string, Setting])[]): string {
  const rows = entries.map(([key, setting]) => [
    `\`--${flagOf(key)}\``, cell(setting.allowed), shown(setting.default), `\`${variableOf(command, key, setting)}\``, cell(setting.help),
  ]);
  return [`### ${group}`, '', ...[['flag', 'takes', 'default', 'variable', 'what'], ['---', '---', '---', '---', '---'], ...rows].map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

function shown(value: unknown): string {
  return value === undefined ? '' : value === Infinity ? '`inf`' : `\`${cell(typeof value === 'string' ? value : JSON.stringify(value))}\``;
}

/** `|` would end the cell, and what stands in angle brackets would be taken for HTML. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(settingsDocument());
