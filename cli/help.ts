import { commandFor } from '../src/config/flags.js';
import { variablePrefix } from '../src/config/settings.js';
import type { CommandName } from '../src/config/settings.js';

/** What help is about: a command, or `models`. */
export type Topic = CommandName | 'models';

const WIDTH = 100;

const about: Readonly<Record<CommandName, { readonly usage: string; readonly text: string; readonly more: string }>> = {
  serve: {
    usage: 'speech-to-speech [COMMAND] [flags] [CONFIG.json]',
    text: `A voice agent behind two TCP ports, as in the socket mode of Hugging Face speech-to-speech.

Commands:
  (none), serve    the server
  talk             server and client in one terminal: say something, and it answers
  listen-and-play  the client, on the machine with the microphone
  models           list, fetch and check the models on this machine
  help COMMAND     what a command takes`,
    more: `Examples:
  speech-to-speech talk
  speech-to-speech --recv_host 0.0.0.0 --send_host 0.0.0.0
  OPENAI_API_KEY=... speech-to-speech --llm_backend responses-api --model_name gpt-4o-mini
  speech-to-speech --llm_backend chat-completions --model_name qwen3 \\
                   --responses_api_base_url http://localhost:11434/v1`,
  },
  talk: {
    usage: 'speech-to-speech talk [flags] [CONFIG.json]',
    text: 'Server and client in one terminal, joined by two ports of this machine. Without a microphone\na synthetic user asks three questions.',
    more: `Examples:
  speech-to-speech talk
  speech-to-speech talk --mic question.wav --speaker answer.wav
  speech-to-speech talk --synthetic --ui json`,
  },
  'listen-and-play': {
    usage: 'listen-and-play [flags] [CONFIG.json]',
    text: 'Sends the microphone to a speech-to-speech server and plays its replies.',
    more: `Examples:
  listen-and-play --host server.example.com
  listen-and-play --mic question.wav --speaker answer.wav`,
  },
};

const models = `Usage: speech-to-speech models ACTION [NAME...] [flags]

The models on this machine.

Actions:
  list             all models, their size, licence, and whether they are here
  pull [NAME...]   fetch models; without a name those that the defaults need
  verify [NAME...] read every byte again and compare checksums; without a name, of all that are here
  path [NAME...]   where the files are; without a name, the folder of them all

Flags:
  --all            pull every model
  --from PATH      pull: take the file, or the files of this folder, instead of fetching
  --cache FOLDER   where models are kept (env: SPEECH_TO_SPEECH_CACHE)
  -h, --help       show this
`;

/** The help of a command, at most 100 columns wide. */
export function helpFor(topic: Topic): string {
  if (topic === 'models') return models;
  const { usage, text, more } = about[topic];
  const command = commandFor(topic)
    .configureHelp({
      helpWidth: WIDTH,
      commandUsage: () => usage,
      commandDescription: () => text,
      optionTerm: ({ flags }) => flags.replaceAll(/[<>]/g, ''),
    });
  return `${command.helpInformation()}
Every flag can be written with dashes, too (--recv-port), given in a config file by its name
without dashes ({ "recv_port": 12345 }), or by an environment variable: ${variablePrefix(topic)} and its
name in capitals, unless another is shown. Flags come before variables, variables before the file.

${more}
`;
}
