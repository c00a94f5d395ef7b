import { bytesToInt16 } from '../../src/audio/pcm.js';
import { wordErrorRate } from '../word-error-rate.js';
import { delivery } from './answer.js';
import type { Call } from './call.js';
import type { Told } from './events.js';
import { caution, good } from './finding.js';
import type { Finding } from './finding.js';

/** Milliseconds of waiting that people take for slow, though not for broken. */
const SLOW = 3_000;
/** Milliseconds of audio that our client collects before it plays; what is late by more is heard. */
const JITTER_BUFFER = 150;

/** What an answer says about the way it came. */
export function answerFindings({ arrivals, reply, lastVoiced }: Call): Finding[] {
  const { bytes, seconds, pieces, took, throughput, longestGap, late, leftOver } = delivery(arrivals);
  const silent = bytesToInt16(reply).every((sample) => Math.abs(sample) <= 1);
  const speech = `${seconds.toFixed(1)} s of speech (${bytes} bytes)`;
  const first = arrivals[0]?.at;
  return [
    silent
      ? caution('path.answer', `An answer came, and it is silence: ${speech}.`, 'Look at the voice of the server: --tts flite is the simplest.', { bytes, seconds, silent })
      : good('path.answer', `The question was answered with ${speech}.`, { bytes, seconds, silent }),
    ...(first === undefined ? [] : [latency(first, lastVoiced)]),
    how(`The answer came in ${pieces} piece${pieces === 1 ? '' : 's'} within ${(took / 1000).toFixed(1)} s${throughput === undefined ? '' : ` (${Math.round(throughput / 1000)} kB/s)`}`, late, { pieces, took, throughput, longestGap, late }),
    leftOver === 0
      ? good('path.blocks', 'It is whole blocks of 2048 bytes, which the reference\'s client plays to the end.', { leftOver })
      : caution('path.blocks', `It is no multiple of 2048 bytes: the reference's client keeps the last ${leftOver} bytes until the next answer.`,
        'Our client plays them all. A server that pads its replies to 2048 bytes avoids it.', { leftOver }),
  ];
}

function latency(first: number, lastVoiced: number | undefined): Finding {
  if (lastVoiced === undefined) {
    return caution('path.latency', 'The answer began before the question had ended.', 'The server takes a short pause for the end: raise its --min_silence_ms, or leave it unset.');
  }
  const ms = Math.round(first - lastVoiced);
  const text = `The first byte of the answer came ${ms} ms after the last word.`;
  return ms <= SLOW
    ? good('path.latency', text, { ms })
    : caution('path.latency', text, 'Smaller models, more cores or a server for the language model make it quicker; the server tells the share of each stage.', { ms });
}

function how(text: string, late: number, facts: NonNullable<Finding['facts']>): Finding {
  return late <= JITTER_BUFFER
    ? good('path.delivery', `${text}, never more than ${late} ms late for playing.`, facts)
    : caution('path.delivery', `${text}, at worst ${late} ms late for playing: there are pauses in it.`, 'The network is slow, or the language model or the voice is slower than speech: a smaller one, or --tts flite, helps.', facts);
}

/** What the server's events say of what it heard. */
export function heardFindings({ words, eventsPort, eventsWanted = false }: { readonly words: string; readonly eventsPort: number; readonly eventsWanted?: boolean }, told: readonly Told[]): Finding[] {
  if (told.length === 0) {
    return eventsWanted ? [caution('path.heard', `No events port answers on ${eventsPort}: what the server heard is not known.`, 'Start the server with --events_port.', { eventsPort })] : [];
  }
  const heard = told.flatMap(({ type, final, text }) => (type === 'transcript' && final === true && typeof text === 'string' ? [text] : [])).join(' ').trim();
  const facts = { said: words, heard };
  if (heard === '') return [caution('path.heard', 'The server heard no words.', 'Check its --language and its speech detection (--thresh).', facts)];
  return [wordErrorRate(words, heard) <= 0.5
    ? good('path.heard', `The server heard "${heard}".`, facts)
    : caution('path.heard', `The server was told "${words}" and heard "${heard}".`, 'Check its --language, or use a larger Whisper: --stt_model base', facts)];
}
