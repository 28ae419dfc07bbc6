/** Hashes of files, as reports quote them. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { guarded } from './guard.ts'

/** The SHA-256 of a file's bytes in lower-case hexadecimal. Reads in blocks. Throws DataError. */
export async function sha256File(path: string): Promise<string> {
  return guarded(path, async () => {
    const hash = createHash('sha256')
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
    return hash.digest('hex')
  })
}
