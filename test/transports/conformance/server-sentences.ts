import type { Sentence } from './sentence.js';
import { better } from './server/better.js';
import { stockClients } from './server/stock-clients.js';
import { turns } from './server/turns.js';
import { wire } from './server/wire.js';
import type { Visit } from './visit.js';

/** What binds a server. */
export const serverSentences: readonly Sentence<Visit>[] = [...wire, ...turns, ...stockClients, ...better];
