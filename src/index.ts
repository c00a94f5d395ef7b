// The public surface, one line for each export. The operators have an entry of their own: speech-to-speech-rx/operators.
export { session, type SessionOptions, type SpeechOptions } from './session.js';
export { halfDuplex, type HalfDuplexOptions, type Steering } from './half-duplex.js';
export { serve, type DoorEvent, type ServerEvent, type ServerOptions } from './server.js';
export { listenAndPlay, type ClientEvent, type ClientNews, type ListenAndPlayOptions } from './client.js';
export { withLatency } from './metrics.js';
export { newHistory, type History } from './history.js';
export { SpeechError, type ErrorKind, type SpeechErrorOptions, type Stage } from './errors.js';
export type { CancelReason, Latency, SessionEvent, SessionNews } from './events.js';
export { FRAME_SAMPLES, SAMPLE_RATE, type Engines, type Frame, type Llm, type Loaded, type Message, type Stt, type Transcript, type Tts, type Vad } from './engines.js';

export { silero } from './engines/vad/silero.js';
export { whisper, type WhisperOptions } from './engines/stt/whisper.js';
export { whisperNode, type WhisperNodeOptions } from './engines/stt/whisper-node.js';
export { llama, type LlamaOptions } from './engines/llm/llama.js';
export { responses } from './engines/llm/openai-responses.js';
export { chatCompletions } from './engines/llm/openai-chat.js';
export { hibari } from './engines/tts/hibari.js';
export { flite } from './engines/tts/flite.js';
export { chooseEngines, loadEngines, type Choice, type EngineSettings } from './engines/registry.js';

export { listenTcp, type TcpOptions } from './transports/tcp.js';
export type { Address, Connection, DoorNews } from './transports/connection.js';

export type { MicSource, SpeakerSink } from './audio/devices.js';
export { microphone, findMicrophone, type MicrophoneOptions } from './audio/microphone.js';
export { speaker, findSpeaker, type SpeakerOptions } from './audio/speaker.js';
export { wavMicrophone, wavSpeaker } from './audio/files.js';
export { silentMicrophone, nullSpeaker } from './audio/synthetic.js';

export { catalog, findModel, type Model } from './models/catalog.js';
export { cacheFolder } from './models/cache.js';
export { pull, type PullNews, type PullOptions } from './models/pull.js';
