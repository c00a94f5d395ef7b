import { concat, concatMap, connect, defer, endWith, ignoreElements, interval, merge, takeUntil, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { Playback } from '../audio/playback.js';
import { SAMPLE_RATE } from '../engines.js';
import type { ClientNews, DropReason, Fact } from './news.js';

/** Bytes of one millisecond. */
const MS = (2 * SAMPLE_RATE) / 1000;

const warnings: Readonly<Partial<Record<DropReason, Extract<ClientNews, { type: 'warning' }>>>> = {
  unread: { type: 'warning', code: 'server-deaf', message: 'The server takes no microphone audio: it reads nothing, or has closed that port. What you say is dropped.' },
  excess: { type: 'warning', code: 'too-much-audio', message: 'The server sends more audio than can be heard: what is beyond ten minutes of it is dropped.' },
};

/**
 * Makes totals of facts: they are told once a second where they changed, and before a connection's end; what was dropped
 * is told in the news of why, and of what a user should know there is one warning in a connection.
 */
export function tallied(playback: Playback, scheduler: SchedulerLike): OperatorFunction<Fact | ClientNews, ClientNews> {
  return (source) => defer(() => {
    const totals = { sent: 0, received: 0 };
    const drops: Record<DropReason, number> = { playing: 0, offline: 0, unread: 0, excess: 0, tail: 0, cut: 0, unplayed: 0 };
    const warned = new Set<DropReason>();
    /** What has been told of, in bytes. */
    const toldOf = { playing: 0, offline: 0 };
    let told = '';

    const missed = (reason: 'playing' | 'offline'): number => {
      const ms = Math.round((drops[reason] - toldOf[reason]) / MS);
      toldOf[reason] = drops[reason];
      return ms;
    };

    function* traffic(): Generator<ClientNews> {
      const { playing: _, cut: __, ...unwanted } = drops;
      const news: ClientNews = {
        type: 'traffic', ...totals, dropped: Object.values(unwanted).reduce((sum, bytes) => sum + bytes, 0), drops: { ...drops },
        underruns: playback.underruns(), jitter: Math.round(playback.jitter()), buffered: Math.round((playback.pending() * 2) / MS),
      };
      if (told !== (told = JSON.stringify(news))) yield news;
    }

    function* tell(news: Fact | ClientNews): Generator<ClientNews> {
      switch (news.type) {
        case 'sent':
        case 'received':
          totals[news.type] += news.bytes;
          break;
        case 'dropped': {
          drops[news.reason] += news.bytes;
          const warning = warnings[news.reason];
          if (warning === undefined || warned.has(news.reason)) break;
          warned.add(news.reason);
          yield warning;
          break;
        }
        case 'connected': {
          const ms = missed('offline');
          warned.clear();
          yield ms === 0 ? news : { ...news, missed: ms };
          break;
        }
        case 'muted':
          if (news.by === 'playback' && !news.muted) yield { ...news, dropped: missed('playing') };
          else yield news;
          break;
        case 'disconnected':
          yield* traffic();
          yield news;
          break;
        default:
          yield news;
      }
    }

    return source.pipe(connect((news) => concat(
      merge(
        interval(1000, scheduler).pipe(concatMap(traffic), takeUntil(news.pipe(ignoreElements(), endWith('over')))),
        news.pipe(concatMap(tell)),
      ),
      defer(traffic),
    )));
  });
}
