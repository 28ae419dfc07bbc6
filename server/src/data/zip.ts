/** Entries of a zip file: their sizes, and their bytes as a stream that is checked against them. */
import { createReadStream } from 'node:fs'
import { crc32, createInflateRaw } from 'node:zlib'
import * as yauzl from 'yauzl'
import { DataError } from './columns.ts'
import { badColumn, checkColumnCount, unreadable } from './source.ts'

export interface ZipEntry {
  readonly name: string
  /** Declared bytes after inflating. */
  readonly size: number
  /** The entry's bytes, inflated, in chunks of about `block`. Throws DataError for damage or surplus bytes. */
  chunks(block: number): AsyncIterable<Uint8Array>
}

/** All entries but folders, in the file's order. Throws DataError for a file that is not a zip, or a damaged one. */
export async function listZip(path: string): Promise<ZipEntry[]> {
  let zip: yauzl.ZipFile
  try {
    zip = await yauzl.openPromise(path, { autoClose: false })
  } catch {
    throw unreadable(path, 'is not a complete zip file; write it with numpy.savez, or copy it again.')
  }
  try {
    checkColumnCount(path, zip.entryCount)
    const entries: (ZipEntry & Stretch)[] = []
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) entries.push(await describe(path, zip, entry))
    }
    checkOverlaps(entries)
    return entries
  } catch (error) {
    if (error instanceof DataError) throw error
    throw unreadable(path, `is a damaged zip file (${(error as Error).message}); write or copy it again.`)
  } finally {
    zip.close()
  }
}

/** Where the bytes of a member lie in the file. */
interface Stretch {
  readonly start: number
  readonly end: number
}

/** Members that share bytes make much of little: no program writes them. */
function checkOverlaps(entries: readonly (ZipEntry & Stretch)[]): void {
  let last: (ZipEntry & Stretch) | undefined
  for (const entry of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (last !== undefined && entry.start < last.end) throw new Error(`${last.name} and ${entry.name} overlap`)
    last = entry
  }
}

async function describe(path: string, zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<ZipEntry & Stretch> {
  const { fileName: name, uncompressedSize: size, compressedSize, compressionMethod } = entry
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
  if (fileDataStart + compressedSize > zip.fileSize) throw new Error(`${name} lies beyond the end`)
  if (!entry.canDecodeFileData()) throw new Error(`${name} is encrypted or compressed in an unknown way`)
  const stored = { start: fileDataStart, size: compressedSize, deflated: compressionMethod === 8 }
  return {
    name,
    size,
    start: fileDataStart,
    end: fileDataStart + compressedSize,
    chunks: (block) => checked(path, entry, inflated(path, stored, block)),
  }
}

async function* inflated(
  path: string, { start, size, deflated }: { start: number; size: number; deflated: boolean }, block: number,
): AsyncIterable<Uint8Array> {
  if (size === 0) return
  const file = createReadStream(path, { start, end: start + size - 1, highWaterMark: block })
  if (!deflated) return yield* file
  const inflate = createInflateRaw({ chunkSize: block })
  file.on('error', (error) => inflate.destroy(error))
  try {
    yield* file.pipe(inflate)
  } finally {
    file.destroy()
    inflate.destroy()
  }
}

async function* checked(path: string, entry: yauzl.Entry, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let size = 0
  let crc = 0
  const refuse = (problem: string): Error => badColumn(path, entry.fileName, problem)
  try {
    for await (const chunk of chunks) {
      size += chunk.length
      if (size > entry.uncompressedSize) throw refuse(`inflates to more than the ${entry.uncompressedSize} bytes it declares; do not trust this file.`)
      crc = crc32(chunk, crc)
      yield chunk
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw refuse('is damaged (it cannot be inflated); write or copy the file again.')
    throw error
  }
  if (size < entry.uncompressedSize) throw refuse(`ends after ${size} of ${entry.uncompressedSize} bytes; write or copy the file again.`)
  if (crc !== entry.crc32) throw refuse('is damaged (its checksum differs); write or copy the file again.')
}
