import { concat, EMPTY, filter, NEVER, of, tap, type Subscription } from 'rxjs';
import { clockedSink } from '../../../src/audio/clocked-sink.js';
import { nullSpeaker, silentMicrophone } from '../../../src/audio/synthetic.js';
import { listenAndPlay } from '../../../src/client.js';
import { liveAndroidClient, liveStockClient } from '../../fixtures/clients.js';
import { joined } from '../../fixtures/engines.js';
import { openDoors, type Doors } from '../../fixtures/doors.js';
import type { ClientLab, Meeting, OwnedMeeting, Style } from './meeting.js';

const TREATED = { patience: 8_000, quiet: 250 } as const;
/** No waiting for a server that is there. */
const backoff = { first: 1, most: 5 };

/** A client that is started for one check. */
async function started(style: Style, start: (doors: Doors) => Promise<() => Promise<void>>, more: Partial<Meeting> = {}): Promise<OwnedMeeting> {
  const doors = await openDoors();
  const dismiss = await start(doors);
  let pair = doors.pair();
  return {
    ...TREATED, ...more, style, doors, dismiss,
    meet: () => pair,
    again: () => (pair = doors.pair()),
    end: async () => {
      await dismiss();
      await doors.close();
    },
  };
}

export const emulated: Readonly<Record<Style, () => Promise<OwnedMeeting>>> = {
  desktop: () => started('desktop', async ({ ports }) => letGo(await liveStockClient(ports))),
  android: () => started('android', async ({ ports }) => letGo(await liveAndroidClient(ports))),
};

/** Silence before the end, or what is still on its way would be noticed before that the reply port was closed. */
export function letGo({ hush, leave }: { readonly hush: () => unknown; readonly leave: () => Promise<void> }): () => Promise<void> {
  return async () => {
    hush();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await leave();
  };
}

/** Our client between a microphone in a silent room and a speaker that takes its time. */
export async function ourClient(): Promise<OwnedMeeting> {
  const ending: (() => Promise<void>)[] = [];
  const lab: ClientLab = {
    start: async (says) => {
      const doors = await openDoors();
      const [played, written]: [Int16Array[], Int16Array[]] = [[], []];
      const out = of({ write: (pcm: Int16Array) => void written.push(pcm), drain: () => EMPTY });
      const speaker = clockedSink(concat(out, NEVER), { dither: true });
      const running = call(doors, concat(of(says), silentMicrophone()), (audio) => speaker(audio.pipe(tap((pcm) => played.push(pcm)))));
      ending.push(async () => {
        running.unsubscribe();
        await doors.close();
      });
      return { pair: doors.pair, played: () => joined(...played), written: () => joined(...written) };
    },
  };
  const meeting = await started('desktop', async (doors) => {
    let hushed = false;
    const running = call(doors, silentMicrophone().pipe(filter(() => !hushed)), nullSpeaker());
    return letGo({ hush: () => (hushed = true), leave: async () => running.unsubscribe() });
  }, { lab });
  return {
    ...meeting,
    end: async () => {
      await meeting.end();
      for (const end of ending.splice(0)) await end();
    },
  };
}

type Devices = Pick<Parameters<typeof listenAndPlay>[0], 'mic' | 'speaker'>;

function call({ ports }: Doors, mic: Devices['mic'], speaker: Devices['speaker']): Subscription {
  return listenAndPlay({ host: ports.host, sendPort: ports.micPort, recvPort: ports.replyPort, mic, speaker, backoff }).subscribe({ error: () => undefined });
}
