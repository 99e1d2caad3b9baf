// Where somebody is: `#/LOCK/PAGE/REST…`. A place is a real address: it can be kept, sent, and gone back to.

/**
 * @param {string} hash
 * @returns {{ lock: string | null, page: string, rest: string[] }}
 */
export function placeOf(hash) {
  const [lock = '', page = '', ...rest] = hash.replace(/^#\/?/, '').split('/').map(decoded)
  return { lock: lock === '' ? null : lock, page: page === '' ? 'now' : page, rest }
}

/**
 * @param {string} lock
 * @param {string} page
 * @param {...string} rest
 */
export function hashOf(lock, page, ...rest) {
  return `#/${[lock, page, ...rest].map(encodeURIComponent).join('/')}`
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
