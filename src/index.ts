// The public surface, one line for each export. The operators have an entry of their own: speech-to-speech-rx/operators.
export { session } from './session.js';
export type { Judged, SessionChange, SessionOptions, SpeechOptions } from './session-options.js';
export type { Tool, ToolArgs } from './tools.js';
export { declaredTools, type DeclaredTools, type DeclaredToolsOptions } from './tools/declared-tools.js';
export { halfDuplex, type HalfDuplexOptions, type Steering } from './half-duplex.js';
export { fullDuplex, type FullDuplexOptions } from './full-duplex.js';
export { serve, type DoorEvent, type ServerEvent, type ServerOptions } from './server.js';
export type { ConversationEvent, ConversationOptions, Wire } from './conversation.js';
export type { Echo } from './audio/echo-levels.js';
export { listenAndPlay, type ClientEvent, type ClientNews, type Cut, type DropReason, type ListenAndPlayOptions, type Traffic } from './client.js';
export { recorder, type Recorder, type RecorderOptions, type RecordingNews, type Take } from './recording/recorder.js';
export { readEvents, readInputs, type RecordedEvent, type RecordedInputs } from './recording/read-recording.js';
export type { Input as RecordedInput, InputSource, Said } from './recording/door.js';
export type { Over as RecordingEnd } from './recording/format.js';
export { rerun, type Rerun } from './recording/rerun.js';
export { compareRerun, type Comparison } from './recording/compare-rerun.js';
export { withLatency } from './metrics.js';
export { newHistory, type History, type HistoryOptions } from './history.js';
export { LIMITS, type Limits } from './limited.js';
export { SpeechError, type ErrorKind, type SpeechErrorOptions, type Stage } from './errors.js';
export type {
  Cancelled, CancelReason, Changed, Failed, Gate, Latency, Listening, ReplyAudio, ReplyDone, ReplyStarted, ReplyText, SessionEvent, SessionNews,
  SpeechStarted, SpeechStopped, ToolAsked, ToolCalled, ToolDecided, ToolDone, Transcribed, Typed, Warning, Watchdog,
} from './events.js';
export { EVENTS_VERSION, eventSchemas, eventsJsonSchema, type LastingEvent, type NewsEvent, type ToldEvent } from './event-schema.js';
export type { Levels } from './meters.js';
export { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, type Engines, type Frame, type Llm, type Loaded, type Message, type Stt, type ToolCall, type Tooling, type ToolRound, type ToolSpec, type Transcript, type Tts, type Vad } from './engines.js';

export { silero } from './engines/vad/silero.js';
export { whisper, type WhisperOptions } from './engines/stt/whisper.js';
export { whisperNode, type WhisperNodeOptions } from './engines/stt/whisper-node.js';
export { llama, type LlamaOptions } from './engines/llm/llama.js';
export { responses } from './engines/llm/openai-responses.js';
export { chatCompletions } from './engines/llm/openai-chat.js';
export { hibari, type HibariOptions } from './engines/tts/hibari.js';
export { flite, type FliteOptions } from './engines/tts/flite.js';
export { speech, type SpeechApiOptions } from './engines/tts/openai-speech.js';
export { voiceCommand, type VoiceCommandOptions } from './engines/tts/voice-command.js';
export { transcriptions, type TranscriptionsOptions } from './engines/stt/openai-transcriptions.js';
export { whisperServer, type WhisperServerOptions } from './engines/stt/whisper-server.js';
export { command, type CommandOptions } from './engines/stt/command.js';
export { commandLlm, type CommandLlmOptions } from './engines/llm/command-llm.js';
export { commandWords } from './engines/command-words.js';
export { buildWhisperNode, type BuildNews } from './engines/stt/whisper-node-build.js';
export { abortable } from './engines/abortable.js';
export { chooseEngines, type Asked, type Choice, type EngineSettings } from './engines/choose-engines.js';
export { loadEngines, type LoadNews } from './engines/load-engines.js';
export type { EngineName } from './engines/registry.js';
export type { EngineOptions, ModelFiles, Settled } from './engines/row.js';

export { listenTcp, type TcpOptions } from './transports/tcp.js';
export type { Address, Connection, DoorNews } from './transports/connection.js';
export type { RedialOptions } from './transports/redial.js';
export { tellViewers, type TellViewersOptions, type ViewerNews } from './transports/events/tell-viewers.js';
export type { Command } from './transports/events/commands.js';
export { watchEvents, type WatchEventsOptions } from './transports/events/watch-events.js';
export { ofClient } from './transports/events/of-client.js';

export type { MicSource, SpeakerSink } from './audio/devices.js';
export { loadEchoCanceller, type EchoCanceller } from './audio/echo-canceller.js';
export { AUDIO_SYSTEMS, type AudioSystem, type DeviceOptions } from './audio/systems.js';
export { listDevices, type AudioDevice } from './audio/list-devices.js';
export { microphone, findMicrophone, type MicrophoneOptions, type MicBackend } from './audio/microphone.js';
export { speaker, findSpeaker, type SpeakerOptions, type SpeakerBackend } from './audio/speaker.js';
export { wavMicrophone, wavSpeaker, type RealTimeOptions, type WavMicrophoneOptions } from './audio/files.js';
export { silentMicrophone, toneMicrophone, nullSpeaker } from './audio/synthetic.js';

export { catalog, findModel } from './models/catalog.js';
export type { Build, Member, Model, ModelFile, Package, Source } from './models/model.js';
export { cacheFolder } from './models/cache.js';
export { pull, type PullNews, type PullOptions } from './models/pull.js';
export type { Progress } from './models/meter.js';
export type { HubLimits } from './models/hub.js';
export type { Notice } from './engines/child-side.js';
export type { ChildNews, Supervised } from './engines/child-news.js';
export type { OpenAiOptions } from './engines/openai.js';
