// Pulls a model in a process of its own, with `process.argv[2]` as JSON, and says its news as lines of JSON.
import { lastValueFrom, tap } from 'rxjs';
import type { Model } from '../../src/models/model.js';
import { pull, type PullOptions } from '../../src/models/pull.js';

const { model, options } = JSON.parse(process.argv[2] ?? '') as { model: Model; options: PullOptions };
await lastValueFrom(pull(model, options).pipe(tap((news) => process.stdout.write(`${JSON.stringify(news)}\n`))));
