import { expect, it } from 'vitest';
import { churn } from './churn.js';

it('R1 churn: clients that come and go in every way leave nothing behind', { timeout: 900_000 }, async () => {
  const { before, after, connected, disconnected, refused, open } = await churn(Number(process.env['CHURN_CYCLES'] ?? 240));
  console.info(`R1: ${connected} connected, ${refused} refused; heap ${((after.heap - before.heap) / 1e6).toFixed(2)} MB`);
  expect({ disconnected, open }).toEqual({ disconnected: connected, open: 0 });
  expect(connected).toBeGreaterThan(200);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  expect(after.sockets).toBeLessThanOrEqual(before.sockets);
  expect(after.timers).toBeLessThanOrEqual(before.timers);
  expect(after.heap - before.heap).toBeLessThan(5e6);
});
