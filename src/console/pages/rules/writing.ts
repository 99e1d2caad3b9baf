// Code for writing rules; the pages load it when it is needed.
export { edit } from './edit.ts'
export { examples } from './examples.ts'
