/** A place in a text that is filled in: a fact's or `did`'s name, and what to make of its value. */
export type Slot = { readonly slot: string; readonly filters: readonly string[] }

/** A text with its slots; as plain data, so that it can be kept half filled in. */
export type Template = { readonly template: readonly (string | Slot)[] }
