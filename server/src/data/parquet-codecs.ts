/** How the pages of a parquet file are unpacked; never to more than they declare. */
import { compressors as portable } from 'hyparquet-compressors'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

type Codecs = typeof portable

/** What Node.js brings is many times faster than the library's, whose tables are made anew for every page. */
export const compressors: Codecs = {
  ...portable,
  BROTLI: (page, length) => brotliDecompressSync(page, { maxOutputLength: Math.max(1, length) }),
  GZIP: (page, length) => gunzipSync(page, { maxOutputLength: Math.max(1, length) }),
}
