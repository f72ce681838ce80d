import { type Catalog, type CatalogOptions, readCatalog } from '../catalog/index.ts';
import { connect } from '../connection/connect.ts';

/** The catalog of a database, as of one moment. */
export async function readDatabase(url: string, options: CatalogOptions): Promise<Catalog> {
  const sql = await connect(url, { applicationName: 'db drift' });
  try {
    return await sql.begin('isolation level repeatable read read only', (tx) => readCatalog(tx, options));
  } finally {
    await sql.end({ timeout: 1 });
  }
}
