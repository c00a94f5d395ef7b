import type { Log, LogSettings } from './log.js';
import type { AppEvent } from './views/app-event.js';

/**
 * Notes events in the log: what went wrong, who came and went, and on `debug` everything but what was said. That is noted
 * with `logTranscripts` only.
 */
export function eventLog(log: Log, { logTranscripts = false }: Pick<LogSettings, 'logTranscripts'> = {}): (event: AppEvent) => void {
  return (event) => {
    const { type } = event;
    const where = { ...('session' in event && { session: event.session }), ...('turn' in event && { turn: event.turn }) };
    switch (type) {
      case 'failed':
        log.error({ ...where, code: event.code }, event.message);
        break;
      case 'warning':
        log.warn({ ...where, code: event.code }, event.message);
        break;
      case 'refused':
        log.warn({ peer: event.peer, code: event.code }, `refused: ${event.reason}`);
        break;
      case 'serving':
        log.info({ recv: event.recv.port, send: event.send.port }, 'serving');
        break;
      case 'connected':
        log.info({ ...where, ...('peer' in event && { peer: event.peer }) }, 'connected');
        break;
      case 'disconnected':
        log.info(where, `disconnected: ${event.reason}`);
        break;
      case 'transcript':
        if (logTranscripts && event.final) log.info({ ...where, text: event.text }, 'heard');
        else log.debug(where, type);
        break;
      case 'recorder':
        if (event.on) log.warn({ folder: event.folder }, 'recording');
        else log.info('recording no more');
        break;
      case 'recording':
        if (!event.on || event.ms === undefined) log.info({ ...where, folder: event.folder }, event.on ? 'recording' : 'recording has stopped');
        break;
      case 'viewer.joined':
        log.info({ peer: event.peer }, 'watched');
        break;
      case 'viewer.left':
        log.info({ peer: event.peer }, `unwatched: ${event.reason}`);
        break;
      case 'reply.done':
        if (logTranscripts) log.info({ ...where, text: event.text }, 'answered');
        log.debug({ ...where, ...event.latency }, type);
        break;
      case 'tool.called':
        if (logTranscripts) log.info({ ...where, tool: event.tool, args: event.args }, type);
        else log.debug({ ...where, ...details(event) }, type);
        break;
      case 'tool.done':
        if (logTranscripts) log.info({ ...where, ...details(event), result: event.result }, type);
        else log.debug({ ...where, ...details(event) }, type);
        break;
      case 'notice':
        log.info(event.message);
        break;
      case 'levels':
      case 'traffic':
      case 'progress':
      case 'health':
      case 'replay':
      case 'reply.audio':
        break;
      default:
        log.debug({ ...where, ...details(event) }, type);
    }
  };
}

/** What tells one such event from another; never what was said. */
function details(event: AppEvent): object {
  switch (event.type) {
    case 'gate':
      return { open: event.open, why: event.reason };
    case 'watchdog':
      return { remaining: event.remaining, fired: event.fired };
    case 'speech.stopped':
      return { accepted: event.accepted, voiced: event.voiced };
    case 'tool.asked':
      return { tools: event.tools };
    case 'tool.decided':
      return { tools: event.tools, decision: event.decision };
    case 'tool.called':
      return { tool: event.tool, call: event.call };
    case 'tool.done':
      return { tool: event.tool, call: event.call, ok: event.ok, ms: event.ms };
    case 'cancelled':
      return { why: event.reason };
    case 'playing':
      return { playing: event.playing };
    case 'muted':
      return { by: event.by, muted: event.muted, ...(event.dropped !== undefined && { dropped: event.dropped }) };
    case 'underrun':
      return { count: event.count, jitter: event.jitter };
    default:
      return {};
  }
}
