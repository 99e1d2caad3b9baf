// The present place: `#/LOCK/PAGE/REST…`. It is a real address that people can store, send and go back to.

export function placeOf(hash: string): { lock: string | null; page: string; rest: string[] } {
  const [lock = '', page = '', ...rest] = hash.replace(/^#\/?/, '').split('/').map(decoded)
  return { lock: lock === '' ? null : lock, page: page === '' ? 'now' : page, rest }
}

export function hashOf(lock: string, page: string, ...rest: string[]): string {
  return `#/${[lock, page, ...rest].map(encodeURIComponent).join('/')}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The name of a file at the end of a path. */
export function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
