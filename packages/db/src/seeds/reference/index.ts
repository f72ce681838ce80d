import { runSeed, type Written } from '../run.ts';
import { seedPackages } from './packages.ts';

/** What the services need in every environment. Brings rows to what is written here; twice is the same as once. */
export function seedReference(url: string): Promise<Written> {
  return runSeed(url, async (tx) => ({
    'credits.packages': await seedPackages(tx),
  }));
}
