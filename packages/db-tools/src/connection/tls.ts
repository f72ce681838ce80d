import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { DbError } from '../errors.ts';
import { type ConnectionTarget, isLoopback } from './url.ts';

/**
 * The `ssl` option for postgres.js: false, or what sslmode and sslrootcert of the URL mean in libpq. Without an sslmode
 * a loopback host goes without TLS and any other has to prove its name (verify-full): anything less has to be asked
 * for, in production too. postgres.js 3.4.9 itself ignores sslrootcert, takes any certificate with sslmode=require, and
 * goes without TLS unless told. Throws a DbError `tls_root_missing` when the file cannot be read.
 */
export function tlsOptions(target: ConnectionTarget): false | ConnectionOptions {
  const { host } = target;
  const { sslrootcert } = target.params;
  const mode = sslModeOf(target);
  if (mode === 'disable') return false;
  // Node checks the certificate against `localhost` when it is given a socket, unless the name or address is told here.
  const options: ConnectionOptions = isIP(host) ? { host } : { host, servername: host };
  if (mode === 'require') return { ...options, rejectUnauthorized: false };
  options.rejectUnauthorized = true;
  if (sslrootcert && sslrootcert !== 'system') options.ca = readRoot(sslrootcert);
  if (mode === 'verify-ca') options.checkServerIdentity = () => undefined;
  return options;
}

function sslModeOf({ host, params: { sslmode, sslrootcert } }: ConnectionTarget): string {
  // libpq: a root certificate given makes `require` check it.
  if (sslmode === 'require' && sslrootcert) return 'verify-ca';
  return sslmode ?? (sslrootcert || !isLoopback(host) ? 'verify-full' : 'disable');
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
