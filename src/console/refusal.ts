/** Something that is not done, with the status and the words the browser gets. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 503
  readonly code: string
  /** What else the page needs to go on. */
  readonly more: Readonly<Record<string, unknown>>
  /** After how many seconds it is worth another try; null where that makes no difference. */
  readonly waitSeconds: number | null
  constructor(
    status: Refusal['status'],
    code: string,
    message: string,
    more: Refusal['more'] = {},
    waitSeconds: number | null = null,
  ) {
    super(message)
    this.status = status
    this.code = code
    this.more = more
    this.waitSeconds = waitSeconds
  }
}
