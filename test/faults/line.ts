// A line of the table: one occurrence or several of a kind, and what became of them.
export interface Line {
  readonly scenario: string
  readonly call: string
  readonly stroke: string
  /** What the ledger says in the end. */
  readonly state: string
  readonly sent: number
  readonly happened: number
  /** Of them, by landings later than the window. */
  readonly late: number
  readonly wrong: readonly string[]
}
