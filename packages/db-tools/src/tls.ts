import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { DbError } from './errors.ts';
import type { ConnectionTarget } from './url.ts';

/**
 * The `ssl` option for postgres.js: false, or what sslmode and sslrootcert of the URL mean in libpq.
 * postgres.js 3.4.9 itself ignores sslrootcert and takes any certificate with sslmode=require, hence built here.
 * Throws a DbError `tls_root_missing` when the file cannot be read.
 */
export function tlsOptions(target: ConnectionTarget): false | ConnectionOptions {
  const { sslmode, sslrootcert } = target.params;
  // libpq: a root certificate given makes `require` check it.
  const mode =
    sslmode === 'require' && sslrootcert ? 'verify-ca' : (sslmode ?? (sslrootcert ? 'verify-full' : 'disable'));
  if (mode === 'disable') return false;
  if (mode === 'require') return { rejectUnauthorized: false };
  const options: ConnectionOptions = { rejectUnauthorized: true };
  if (sslrootcert && sslrootcert !== 'system') options.ca = readRoot(sslrootcert);
  if (mode === 'verify-ca') options.checkServerIdentity = () => undefined;
  // With a socket given, Node checks the certificate against `localhost` unless the address is told here.
  else if (isIP(target.host)) options.host = target.host;
  return options;
}

function readRoot(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DbError('tls_root_missing', `The certificate file ${file} (sslrootcert) cannot be read.`, {
      hint: 'Give the absolute path of a PEM file that this user may read',
      cause,
    });
  }
}
