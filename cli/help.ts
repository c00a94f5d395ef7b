import { commandFor } from '../src/config/flags.js';
import { variablePrefix } from '../src/config/settings.js';
import type { CommandName } from '../src/config/settings.js';

/** What help is about: a command with settings, or one of the others. */
export type Topic = CommandName | 'models' | 'engines' | 'voices' | 'doctor';

const WIDTH = 100;

const about: Readonly<Record<CommandName, { readonly usage: string; readonly text: string; readonly more: string }>> = {
  serve: {
    usage: 'speech-to-speech [COMMAND] [flags] [CONFIG.json]',
    text: `A voice agent behind two TCP ports, as in the socket mode of Hugging Face speech-to-speech.

Commands:
  (none), serve    the server
  talk             server and client in one terminal: say something, and it answers
  listen-and-play  the client, on the machine with the microphone
  watch            shows what happens on a running server
  replay           shows a recorded session again, draws it, or holds it once more
  models           list, fetch, import, check and delete models
  engines          list the engines, and what is missing for those that are not ready
  voices           list the voices, and let one be heard
  doctor           find out what is wrong, on this machine or on the way to a server
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
  watch: {
    usage: 'speech-to-speech watch [flags] [CONFIG.json]',
    text: 'Shows what happens on a running server that was started with --events_port.',
    more: `Examples:
  speech-to-speech watch
  speech-to-speech watch --host server.example.com --ui json
  speech-to-speech watch --session 3 --once`,
  },
  replay: {
    usage: 'speech-to-speech replay FOLDER|FILE [flags] [CONFIG.json]',
    text: `Shows a session again that was recorded with --record: its folder, or any file of events with a
line of JSON for each, as --ui json prints them. On a terminal that is the server's dashboard: space
pauses, left and right go 5 s back and on, - and + change the speed, q quits. With --rerun the
conversation is held again with the recorded answers of its engines, and must come out the same:
exit code 0, or 1 where it does not.`,
    more: `Examples:
  speech-to-speech replay recordings/2026-11-25T021500Z-session-1
  speech-to-speech replay recordings/2026-11-25T021500Z-session-1 --speed max --ui json
  speech-to-speech replay recordings/2026-11-25T021500Z-session-1 --marbles --turn 2
  speech-to-speech replay recordings/2026-11-25T021500Z-session-1 --rerun`,
  },
};

const models = `Usage: speech-to-speech models ACTION [NAME...] [flags]

The models on this machine.

Actions:
  list             all models: their size, licence, whether they are here and in use
  pull [NAME...]   fetch models; without a name those of the defaults. A NAME may be a file of
                   the hub, hf:owner/repository/file.gguf. whisper-node is the program of
                   --stt whisper-node, which is compiled
  import FILE...   copy files that came in another way: checksums show which models they are
  verify [NAME...] read every byte again and compare checksums; without a name, of all that are here
  path [NAME...]   where the files are; without a name, the folder of them all
  rm NAME...       delete models

Flags:
  --all            pull: every model
  --from PATH      pull: take the file, or the files of this folder, instead of fetching
  --preset NAME    pull: what a preset chooses for this machine, with an English voice: fast,
                   balanced, quality, multilingual, auto
  --accept_licence pull: accept licences that are not permissive; otherwise they are asked for
  --offline        pull: ask nobody; see what is missing
  --as NAME        import: the model that the file is to be; one of the hub, hf:..., is unchecked
  --json           list: one JSON array instead of a table
  --cache FOLDER   where models are kept (env: SPEECH_TO_SPEECH_CACHE)
  -h, --help       show this

HTTP_PROXY, HTTPS_PROXY, NO_PROXY, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE are honoured.
`;

const engines = `Usage: speech-to-speech engines [--json] [flags] [CONFIG.json]

All engines by stage: which are ready on this machine, and what is missing for the others and how to
get it. Nothing is loaded. Takes the flags of the server too, since they may be what is missing.

Flags:
  --json           one JSON array instead of a table
  -h, --help       show this
`;

const doctor = `Usage: speech-to-speech doctor [flags] [the flags of the server]
       speech-to-speech doctor --host HOST [flags] [--send_port PORT] [--recv_port PORT]
       listen-and-play doctor [--host HOST] [flags]

Finds out what is wrong, and says what to do. Give it the flags you start the server with.

Without --host it examines this machine as a server: Node, the terminal, native packages, devices,
ports, models and engines, and the server of the language model. With --host it speaks a question
to that server, as a client does, and says what became of it. listen-and-play doctor examines the
microphone and the speaker first, and then the way to the server.

Flags:
  --host HOST         the server to speak to; its ports are --send_port and --recv_port
  --events_port PORT  where that server tells what it hears (default: 12347, if it answers)
  --fast              do not read models in full
  --no_engines        do not load the engines
  --play              try the speaker with a soft tone
  --json              a line of JSON for each finding
  -h, --help          show this

Each line is good (✔), something to know of (!), or bad (✖). The exit code is 0, or that of the
first bad one: 1 error, 2 configuration, 3 port in use, 4 audio device, 5 model.
`;

const voices = `Usage: speech-to-speech voices [--json | --play] [flags] [CONFIG.json]

The voices of every engine that is ready on this machine, by engine, name, language and licence.
Takes the flags of talk too: --tts and --voice say which one is played, --speaker FILE keeps it.

Flags:
  --json           one JSON array instead of a table
  --play           let the chosen voice say a sentence
  -h, --help       show this
`;

/** The help of a command, at most 100 columns wide. */
export function helpFor(topic: Topic): string {
  if (topic === 'models') return models;
  if (topic === 'engines') return engines;
  if (topic === 'voices') return voices;
  if (topic === 'doctor') return doctor;
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
