/**
 * A URL as it goes into the log: parameters that are called like a secret keep their name only. No route takes a secret
 * there, but somebody will send one all the same.
 */
export function loggableUrl(url: string): string {
  if (!url.includes('=')) return url;
  const [path = '', ...rest] = url.split(/(?=[?&#])/);
  return path + rest.map(withoutSecret).join('');
}

const SECRET = /token|passw|pwd|secret|credential|auth|api.?key|session/i;

/** Of `&name=value`, with or without a value. */
function withoutSecret(parameter: string): string {
  const [name = ''] = parameter.split('=', 1);
  return name.length < parameter.length && SECRET.test(decoded(name)) ? `${name}=[redacted]` : parameter;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
