import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'

/**
 * Holds a directory for this process: a socket in Linux's abstract name space, named after the directory's inode, which the kernel takes back however the
 * process ends (unix(7)). A file could be left behind by one that was killed, and keep the next one out. `undefined` if another process has it.
 * Elsewhere than on Linux nothing is held.
 */
export async function lockDirectory(directory: string): Promise<(() => Promise<void>) | undefined> {
  if (process.platform !== 'linux') return async () => {}
  const { dev, ino } = await stat(directory)
  const server: Server = createServer((socket) => socket.destroy())
  // It must not keep the process alive.
  server.unref()
  try {
    server.listen(`\0third-ring-store-${dev}-${ino}`)
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
  return async () => {
    await new Promise((resolve) => server.close(resolve))
  }
}
