import { concatMap } from 'rxjs';
import { expect, it } from 'vitest';
import { chooseEngines } from '../../dist/src/engines/choose-engines.js';
import { loadEngines } from '../../dist/src/engines/load-engines.js';
import { silero } from '../../dist/src/engines/vad/silero.js';
import { judge } from '../contracts/vad.js';
import { first } from '../fixtures/all.js';
import { frames, say } from '../fixtures/voices.js';

it('finds a voice with the network as it lies in the built package', async () => {
  const voice = frames(say('Can you hear me?'));
  const judged = (await first(silero().pipe(concatMap((vad) => judge({ vad }, voice)))))!;
  expect(judged.filter((probability) => probability > 0.6).length).toBeGreaterThan(judged.length / 2);
});

it('is loaded by the registry before anything else', async () => {
  const news: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const subscription = loadEngines(chooseEngines({ baseUrl: 'http://localhost:1/v1', tts: 'flite', sttModel: '/nowhere/model.bin' }), {}).subscribe({
      next: (item) => { if ('stage' in item) news.push(`${item.type} ${item.stage}`); },
      // There is no such model: loading ends with that.
      error: (error: unknown) => {
        subscription.unsubscribe();
        if ((error as { code?: string }).code === 'model-missing') resolve();
        else reject(error instanceof Error ? error : new Error(String(error)));
      },
    });
  });
  expect(news.slice(0, 3)).toEqual(['loading vad', 'ready-stage vad', 'loading stt']);
});
