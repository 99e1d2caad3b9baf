// What only who writes rules needs: the pages load it when it is wanted.
export { edit } from './edit.ts'
export { examples } from './examples.ts'
