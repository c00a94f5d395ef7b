import { concat, concatMap, connect, defer, EMPTY, map, merge, of, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs';
import { chunkify } from '../../operators/chunkify.js';
import { bytesToInt16 } from '../audio/pcm.js';
import type { Playback } from '../audio/playback.js';
import type { ClientNews, Fact } from './news.js';

/** Bytes of the pieces that replies are made of: 32 ms. A tail that is less (the reference says `END`) is noise. */
const REPLY_BLOCK = 1024;

/** Hands the reply bytes of one connection to the playback, and tells what became of them. */
export function earpiece(playback: Playback, fromWire: MonoTypeOperatorFunction<Int16Array>): OperatorFunction<Uint8Array, Fact | ClientNews> {
  function* play(pcm: Int16Array): Generator<Fact | ClientNews> {
    const before = playback.underruns();
    const excess = playback.push(pcm);
    const count = playback.underruns();
    if (count > before) yield { type: 'underrun', count, jitter: Math.round(playback.jitter()) };
    if (excess > 0) yield { type: 'dropped', reason: 'excess', bytes: excess * 2 };
  }

  return (reply) => defer(() => {
    let noise = 0;
    const played = reply.pipe(connect((bytes) => merge(
      bytes.pipe(map(({ length }): Fact => ({ type: 'received', bytes: length }))),
      bytes.pipe(chunkify(REPLY_BLOCK, { onTail: (count) => (noise = count) }), map(bytesToInt16), fromWire, concatMap(play)),
    )));
    return concat(played, defer(() => (noise === 0 ? EMPTY : of<Fact>({ type: 'dropped', reason: 'tail', bytes: noise }))));
  });
}
