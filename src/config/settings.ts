import { z } from 'zod';
import { anyText, chain, choice, kindOf, language, number, numberOrInf, port, portOrAny, rate, speed, text, toolList, whole, yesNo } from './kinds.js';
import type { Kind } from './kinds.js';

export type Group = 'Conversation' | 'Network' | 'Speech detection' | 'Speech to text' | 'Language model' | 'Text to speech' | 'Audio' | 'Program';

interface About<D> {
  readonly default: D;
  readonly help: string;
  /** The environment variable, where it is not the derived one; see {@link variableOf}. */
  readonly variable?: string;
  /** Never shown. */
  readonly secret?: true;
}

/** One setting: its key is the flag in camelCase (`recvHost` is `--recv_host`, and `--recv-host` is taken as well). */
export interface Setting extends Kind, About<unknown> {
  /** From what a flag, a variable or a config file holds to the value, and from nothing to the default. */
  readonly schema: z.ZodType;
  /** Heading in the help. */
  readonly group: Group;
}

const told = z.registry<Omit<Setting, 'schema'>>();

const within = (group: Group) =>
  <T, const D extends T | undefined>(kind: z.ZodType<T>, about: About<D>): z.ZodType<T | D> => {
    const schema: z.ZodType = about.default === undefined ? kind.optional() : (kind as z.ZodType).default(about.default);
    told.add(schema, { ...kindOf(kind), ...about, group });
    return schema as z.ZodType<T | D>;
  };

/** All that is known of a setting. */
export function settingOf(schema: z.ZodType): Setting {
  // Each schema of the tables below was told of when it was made.
  return { schema, ...(told.get(schema) as Omit<Setting, 'schema'>) };
}

const network = within('Network');
const detection = within('Speech detection');
const stt = within('Speech to text');
const llm = within('Language model');
const tts = within('Text to speech');
const audio = within('Audio');
const program = within('Program');
const conversation = within('Conversation');

const CALLED = 'The client calls it --';

const common = {
  ui: program(choice(['auto', 'tui', 'plain', 'json', 'none']), {
    default: 'auto', help: 'What is shown: a dashboard (tui), a line per event, the same as NDJSON, or nothing. auto is tui on a terminal, else plain' }),
  color: program(choice(['auto', 'always', 'never'], { spellings: { on: 'always', off: 'never' } }), {
    default: 'auto', help: 'Whether there are colours. auto has them on a terminal, unless NO_COLOR is set' }),
  logLevel: program(choice(['debug', 'info', 'warning', 'error'], { spellings: { warn: 'warning', critical: 'error', fatal: 'error' } }), {
    default: 'info', help: 'How much is logged to stderr' }),
  logFile: program(text('FILE'), { default: undefined, help: 'Logs go to the end of this file instead of stderr' }),
};

/** What the server knows. Names and defaults are those of the socket mode of Hugging Face speech-to-speech where it has them. */
export const serverSettings = {
  mode: network(choice(['socket'], {
    advice: { local: 'For a conversation on this machine run: speech-to-speech talk' },
  }), {
    default: 'socket', help: 'How clients are joined: raw PCM over two TCP ports' }),
  recvHost: network(text('HOST'), {
    default: 'localhost', help: 'Address on which microphone audio is received; 0.0.0.0 for every address of this machine' }),
  recvPort: network(portOrAny, {
    default: 12_345, help: `Port on which microphone audio is received. ${CALLED}send_port` }),
  sendHost: network(text('HOST'), {
    default: 'localhost', help: 'Address from which replies are sent' }),
  sendPort: network(portOrAny, {
    default: 12_346, help: `Port on which replies are sent. ${CALLED}recv_port` }),
  eventsPort: network(portOrAny, {
    default: undefined, help: 'Port that tells all that happens, a line of JSON each, to whoever connects: see the command watch. Unset: none' }),
  eventsHost: network(text('HOST'), {
    default: 'localhost', help: 'Address on which events are told; what is said can be read there' }),
  eventsTokenFile: network(text('FILE'), {
    default: undefined, help: 'A file of mode 0600 with the token of those who may cancel answers through the events port. SPEECH_TO_SPEECH_EVENTS_TOKEN can hold the token itself. Unset: nobody may' }),
  chunkSize: network(whole(2, 65_536, 'BYTES', 2), {
    default: 1024, help: 'Bytes of microphone audio taken at a time; an even number, as a sample has two' }),
  pairTimeout: network(number(0, 86_400, 'SECONDS'), {
    default: 30, help: 'How long half a client waits for its other port; 0 for ever' }),
  maxSessions: network(whole(1, 1_000, 'CLIENTS'), {
    default: 1, help: 'Clients served at a time, each with a conversation of its own; those beyond are turned away. They are told apart by address and by when they come' }),
  allow: network(text('NETWORKS'), {
    default: undefined, help: 'Addresses or networks that may connect, such as 192.0.2.7,198.51.100.0/24; others are turned away. Unset: whoever reaches the ports' }),
  requireSecure: network(yesNo, {
    default: false, help: 'Refuse to bind beyond loopback unless --allow says who may connect' }),
  watchdogS: network(number(0, 86_400, 'SECONDS'), {
    default: 30, help: 'An answer that takes longer is given up, and listening goes on; 0 for never' }),
  idleTimeout: network(number(0, 86_400, 'SECONDS'), {
    default: 0, help: 'A client that sends no audio for so long is let go; 0 for never, as the reference\'s client sends none while it plays' }),
  drainTimeout: network(number(0, 3600, 'SECONDS'), {
    default: 10, help: 'How long an answer may still take once the program is asked to stop' }),

  bargeIn: conversation(choice(['auto', 'on', 'off']), {
    default: 'auto', help: 'Listen while an answer is spoken, so that it can be interrupted. auto is on where --events_port tells clients of it, and in a talk with a person at a microphone' }),
  pace: network(whole(0, 60_000, 'MS'), {
    default: undefined, help: 'Send an answer no more than so far ahead of the ear, so that what was not sent can be taken back. Unset: 400 where answers can be interrupted, else at once, as the reference does' }),

  thresh: detection(number(0.01, 1, 'P'), {
    default: 0.6, help: 'Probability from which a frame counts as speech; speech ends 0.15 below it' }),
  minSilenceMs: detection(whole(1, 60_000, 'MS'), {
    default: undefined, help: 'Silence that ends an utterance. Unset, it depends on whether the words so far sound finished' }),
  minSpeechMs: detection(whole(0, 60_000, 'MS'), {
    default: 384, help: 'Speech of less than this is ignored' }),
  maxSpeechMs: detection(numberOrInf(500, 'MS'), {
    default: Infinity, help: 'An utterance longer than this is split' }),
  speechPadMs: detection(whole(0, 10_000, 'MS'), {
    default: 500, help: 'Audio from before the first voiced frame that is kept' }),

  speculate: detection(choice(['auto', 'on', 'off']), {
    default: 'auto', help: 'Prepare the answer while you pause, and throw it away if you go on: quicker, and more work for the language model. auto is on where that is embedded' }),

  stt: stt(chain(['auto', 'whisper', 'whisper-node', 'openai', 'whisper-server', 'command'], {
    instead: { 'faster-whisper': 'whisper', 'whisper-mlx': 'whisper', 'mlx-audio-whisper': 'whisper', moonshine: 'whisper', 'parakeet-tdt': 'whisper', paraformer: 'whisper' },
  }), { default: 'auto', help: 'Engine, or several: openai,whisper has the second take over where the first fails; the settings of its models, servers, keys and voices can then hold one for each, with commas between them. auto is whisper or, where that has no binary, whisper-node' }),
  sttModel: stt(text('MODEL'), {
    default: undefined, help: 'Whisper model: tiny.en, base, small-q5_1 (see "models list"), or the path of a ggml file. Unset: tiny.en for English, base for other languages. Of openai: what the server calls it; unset: whisper-1' }),
  language: stt(language, { default: 'en', help: 'Language that is spoken; auto detects it' }),
  sttBaseUrl: stt(text('URL'), {
    default: undefined, help: 'Server of openai, up to and with its /v1, for example http://localhost:8000/v1; or of whisper-server, without a path' }),
  sttApiKey: stt(text('KEY'), {
    default: undefined, secret: true, help: 'API key of openai. Better taken from the environment. Unset: that of the language model, if both ask the same server' }),
  sttCommand: stt(text('COMMAND'), {
    default: undefined, help: 'Program of command, with its arguments: reads the audio of one utterance from stdin and writes its words to stdout. {language} and {prompt} stand for those settings. No shell runs it' }),
  sttCommandInput: stt(choice(['wav', 'pcm']), {
    default: 'wav', help: 'What that program reads: a WAV file, or raw 16-bit samples of 16 kHz while they are spoken' }),
  sttPrompt: stt(text('TEXT'), { default: undefined, help: 'Words that are likely to be said, such as names, for engines that take them' }),

  llmBackend: llm(chain(['auto', 'responses-api', 'chat-completions', 'embedded', 'command'], {
    spellings: { open_api: 'responses-api', 'open-api': 'responses-api' },
    instead: { transformers: 'embedded', 'mlx-lm': 'embedded' },
  }), { default: 'auto', help: 'Where answers come from; of several, as in responses-api,embedded, the next answers where one fails. auto is responses-api if a key or base URL is set, else embedded' }),
  modelName: llm(text('NAME'), { default: 'gpt-4o-mini', help: 'Model of responses-api and chat-completions' }),
  responsesApiApiKey: llm(text('KEY'), {
    default: undefined, variable: 'OPENAI_API_KEY', secret: true,
    help: 'API key. Better taken from the environment: other users of this machine can read a command line' }),
  responsesApiBaseUrl: llm(text('URL'), {
    default: undefined, variable: 'OPENAI_BASE_URL', help: 'Any compatible server, for example http://localhost:11434/v1' }),
  responsesApiStream: llm(yesNo, {
    default: true, help: 'Whether answers are spoken as they are written; --no_responses_api_stream waits for the whole' }),
  llmModel: llm(text('MODEL'), {
    default: 'qwen2.5-coder-0.5b', help: 'Model of embedded: a name from "models list", the path of a GGUF file, or one of the hub: hf:owner/repository/file.gguf' }),
  initChatPrompt: llm(anyText('TEXT'), {
    default: 'You are a friendly voice assistant. Everything you say is spoken aloud: answer in one or two short sentences of plain words, without lists, symbols or code.',
    help: 'The system prompt' }),
  chatSize: llm(whole(0, 10_000, 'TURNS'), { default: 30, help: 'Turns of the conversation that the model is reminded of' }),
  chatTokens: llm(whole(100, 10_000_000, 'TOKENS'), {
    default: 3_000, help: 'Length of what the model is asked, about; older turns are left out where it would be longer' }),
  threads: llm(whole(1, 256), { default: undefined, help: 'Threads of embedded. Unset: all cores but one' }),
  streamBatchSentences: llm(whole(1, 1000), {
    default: 3, help: 'Taken for compatibility and without effect: here every sentence is spoken as soon as it is there' }),
  llmCommand: llm(text('COMMAND'), {
    default: undefined, help: 'Program of command, with its arguments: reads the messages as JSON ([{ "role", "content" }, …]) from stdin and writes its answer to stdout. No shell runs it' }),

  tools: llm(toolList, {
    default: undefined, help: 'A JSON file that declares tools, requests and programs, which responses-api and chat-completions may use: see docs/tools.md. Unset: none' }),
  toolsAllow: llm(text('NAMES'), {
    default: undefined, help: 'Tools of those declared that may be used, with commas between them. Unset: those that do not act' }),

  tts: tts(chain(['hibari', 'flite', 'openai', 'piper', 'espeak-ng', 'say', 'command'], {
    instead: {
      parler: 'hibari', melo: 'hibari', chattts: 'hibari', facebookmms: 'hibari', pocket: 'hibari', kokoro: 'hibari', qwen3: 'hibari', supertonic: 'hibari',
    },
  }), { default: 'hibari', help: 'Engine, or several, as in hibari,flite. flite sounds older and needs no download' }),
  voice: tts(text('NAME'), { default: undefined, help: 'Voice of the engine; flite has slt, rms, awb and kal16; of piper, a name from "voices" such as de_DE-thorsten-medium, or the path of an .onnx (unset: that of the language); openai has what its server has (unset: alloy)' }),
  speed: tts(number(0.5, 2, 'FACTOR'), { default: undefined, help: 'How fast is spoken. Unset: the natural speed of the voice' }),
  ttsModel: tts(text('MODEL'), { default: undefined, help: 'Model of openai, as the server calls it; unset: tts-1' }),
  ttsBaseUrl: tts(text('URL'), { default: undefined, help: 'Server of openai, up to and with its /v1, for example http://localhost:8880/v1' }),
  ttsApiKey: tts(text('KEY'), {
    default: undefined, secret: true, help: 'API key of openai. Better taken from the environment. Unset: that of the language model, if both ask the same server' }),
  ttsRate: tts(whole(4_000, 384_000, 'HZ'), { default: 24_000, help: 'Samples per second of the raw audio of openai and command; a WAV says it itself' }),
  ttsCommand: tts(text('COMMAND'), {
    default: undefined, help: 'Program of command, with its arguments: reads text from stdin, or as {text}, and writes a WAV or raw 16-bit samples to stdout, or a WAV to {out}. {voice}, {speed} and {language} stand for those settings. No shell runs it' }),

  record: program(text('FOLDER'), {
    default: undefined, help: 'Every session is recorded into a folder of its own in this one: what both sides say, and all that happens. See the command replay. Unset: nothing is recorded' }),
  recordMaxMb: program(whole(1, 1_000_000, 'MB'), {
    default: 2_000, help: 'Size at which the recording of a session stops; an hour is about 300' }),
  logTranscripts: program(yesNo, {
    default: false, help: 'Whether the log, at level info, says what was heard and answered' }),
  preset: program(choice(['fast', 'balanced', 'quality', 'multilingual', 'auto']), {
    default: undefined, help: 'Models for this machine, by its cores, memory, disk and a second of measuring; what is set otherwise stays. Unset: the smallest' }),
  offline: program(yesNo, {
    default: false, help: 'Fetch nothing: a model that is not here is an error, and the language model of auto is the embedded one. HF_HUB_OFFLINE=1 forbids fetching, too' }),
  acceptLicence: program(yesNo, {
    default: false, help: 'Accept the licences of models that are not permissive; without it such a model is not fetched' }),
  cache: program(text('FOLDER'), { default: undefined, help: 'Where models are kept. Unset: the cache folder of this user' }),
  ...common,
} as const satisfies Readonly<Record<string, z.ZodType>>;

const ends = {
  audio: audio(choice(['auto', 'pulse', 'pipewire', 'alsa', 'packages', 'sox', 'ffmpeg', 'tone', 'silence']), {
    default: 'auto', help: 'How microphone and speaker are reached: by the programs of PulseAudio, PipeWire or ALSA, the packages node-record-lpcm16 and speaker, sox, or ffmpeg; auto takes the first that is there. tone and silence are microphones for trying things out, and play to nobody' }),
  inputDevice: audio(text('DEVICE'), { default: undefined, help: 'Microphone, in the words of --list_devices. Unset: the default one' }),
  outputDevice: audio(text('DEVICE'), { default: undefined, help: 'Speaker, in the words of --list_devices. Unset: the default one' }),
  headset: audio(yesNo, { default: false, help: 'You wear headphones: the microphone does not hear the speaker, and no echo is cancelled' }),
  pushToTalk: audio(yesNo, { default: false, help: 'The microphone is closed until the space key opens it, which also stops an answer, and closed by the next' }),
  mic: audio(text('FILE'), { default: undefined, help: 'A WAV file as microphone, in real time, and silence after it. Unset: the default microphone' }),
  speaker: audio(text('FILE'), { default: undefined, help: 'A WAV file that keeps what would be heard. Unset: the default speaker' }),
};

const COMMANDS = 'A file of mode 0600 with the token for which the server takes commands through its events port: keys stop answers and ask what is typed then. SPEECH_TO_SPEECH_EVENTS_TOKEN can hold the token itself. Unset: the server is only watched';

/** What the client knows: the flags of the reference's listen_and_play.py, and ours. */
export const clientSettings = {
  host: network(text('HOST'), { default: 'localhost', help: 'Address of the server' }),
  sendPort: network(port, { default: 12_345, help: 'Port to which the microphone is sent. The server calls it --recv_port' }),
  recvPort: network(port, { default: 12_346, help: 'Port from which replies come. The server calls it --send_port' }),
  eventsPort: network(whole(0, 65_535, 'PORT'), {
    default: 12_347, help: 'Port on which the server tells what it does, if it does: it is shown here, too. 0 for not asking' }),
  bargeIn: conversation(choice(['auto', 'on', 'off']), {
    default: 'auto', help: 'Go on listening while an answer plays, so that it can be interrupted. auto is on where the server tells that it listens, too; on without a server that tells leaves up to --pace of an interrupted answer to be heard' }),
  eventsTokenFile: network(text('FILE'), { default: undefined, help: COMMANDS }),
  sendRate: audio(rate, {
    default: 16_000, help: 'Samples per second of the microphone audio on the wire, resampled from 16000. The server must expect the same; ours takes 16000 only' }),
  recvRate: audio(rate, {
    default: 16_000, help: 'Samples per second of the replies on the wire, which the server decides; resampled to 16000' }),
  listPlayChunkSize: audio(whole(1, 65_536, 'FRAMES'), {
    default: 1024, help: 'Samples in one block of microphone audio, of two bytes each' }),
  ...ends,
  ...common,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** What a talk knows: a server and a client in one. */
export const talkSettings = {
  synthetic: conversation(yesNo, {
    default: false, help: 'A synthetic user asks three questions, even where there is a microphone' }),
  replyWav: conversation(text('FILE'), {
    default: './reply.wav', help: 'Where the replies of a conversation with the synthetic user are kept' }),
  ...ends,
  ...serverSettings,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** What a viewer of events knows. */
export const watchSettings = {
  host: network(text('HOST'), { default: 'localhost', help: 'Address of the server' }),
  eventsPort: network(port, { default: 12_347, help: 'Port on which the server tells its events' }),
  eventsTokenFile: network(text('FILE'), { default: undefined, help: COMMANDS }),
  session: conversation(whole(1, 2 ** 31), { default: undefined, help: 'Show this session only. Unset: everything' }),
  once: program(yesNo, { default: false, help: 'End when the server does, instead of trying again' }),
  ...common,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** What a replay knows, beside the recording. */
export const replaySettings = {
  speed: conversation(speed, { default: 1, help: 'How many times faster than it happened; max does not wait at all' }),
  from: conversation(number(0, 1e9, 'SECONDS'), { default: 0, help: 'Where to begin' }),
  turn: conversation(whole(1, 2 ** 31), { default: undefined, help: 'Show this turn only. Unset: everything' }),
  marbles: program(yesNo, { default: false, help: 'Draw the turns as marble diagrams, with time on their axis, instead of playing them' }),
  rerun: program(yesNo, { default: false, help: 'Hold the conversation again, on a virtual clock with what the engines answered, and compare: the same events must come out. Takes the whole folder' }),
  ...common,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export const settingsOf = { serve: serverSettings, talk: talkSettings, 'listen-and-play': clientSettings, watch: watchSettings, replay: replaySettings } as const;

/** The commands that have settings. */
export type CommandName = keyof typeof settingsOf;

type Values<T> = { readonly [K in keyof T]: z.output<T[K]> };
/** The settings of a command by key, all of them there. */
export type Settings<C extends CommandName> = Values<(typeof settingsOf)[C]>;
export type ServerSettings = Settings<'serve'>;
export type ClientSettings = Settings<'listen-and-play'>;
export type TalkSettings = Settings<'talk'>;
export type WatchSettings = Settings<'watch'>;
export type ReplaySettings = Settings<'replay'>;

/** `recvHost` → `recv_host`: the flag without its dashes, and the key in a config file. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/** The environment variable of a setting: its own, or `SPEECH_TO_SPEECH_RECV_PORT` (on the client `LISTEN_AND_PLAY_…`,
 *  since the two sides mean opposite things by the same names). */
export function variableOf(command: CommandName, key: string, setting: Pick<Setting, 'variable'>): string {
  return setting.variable ?? `${variablePrefix(command)}${flagOf(key).toUpperCase()}`;
}

export function variablePrefix(command: CommandName): string {
  return command === 'listen-and-play' ? 'LISTEN_AND_PLAY_' : 'SPEECH_TO_SPEECH_';
}
