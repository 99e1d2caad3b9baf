/** What is wrong, and what would be right. */
export interface Objection {
  message: string
  hint?: string
}
