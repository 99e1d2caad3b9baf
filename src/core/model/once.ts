/**
 * Computes a value from an immutable object (and further arguments) once. Only the last result for an object is kept,
 * and only as long as the object.
 */
export function onceFor<K extends object, A extends readonly unknown[], T>(
  work: (of: K, ...more: A) => T,
): (of: K, ...more: A) => T {
  const known = new WeakMap<K, { more: A; found: T }>()
  return (of, ...more) => {
    const last = known.get(of)
    if (last && more.every((one, i) => one === last.more[i])) return last.found
    const found = work(of, ...more)
    known.set(of, { more, found })
    return found
  }
}
