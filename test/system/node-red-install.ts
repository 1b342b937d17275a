import { join } from 'node:path'
import { npmDirectory } from './npm-programs.ts'

/** Node-RED's own program, in exactly the version of the lock file. It is a tool of a test and of a bench, and no part of the product. */
export function installNodeRed(): string {
  return join(npmDirectory('node-red'), 'node_modules/node-red/red.js')
}
