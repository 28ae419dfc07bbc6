/** What a command sees of the world: two outputs, an input, a folder, interruptions. Tests pass their own. */
import { fstatSync, writeSync } from 'node:fs'
import pc from 'picocolors'

export type Colours = ReturnType<typeof pc.createColors>

export interface Output {
  write(text: string): void
  readonly columns: number
  /** Whether lines may be redrawn. */
  readonly terminal: boolean
  readonly colours: Colours
}

export interface Environment {
  readonly stdout: Output
  readonly stderr: Output
  /** All of standard input. */
  readonly stdin: () => Promise<string>
  /** Paths are relative to this folder. */
  readonly folder: string
  /** Calls back at every Ctrl-C until the returned function is called. */
  readonly onInterrupt: (handler: () => void) => () => void
}

/** Lines of output that goes to no terminal. */
const PLAIN_COLUMNS = 120
/** Narrower terminals get lines that wrap. */
const LEAST_COLUMNS = 40

type Stream = NodeJS.WriteStream & { readonly fd: number }

/** An output on a stream of this process: colours only on a terminal, and not where NO_COLOR is set. */
export function streamOutput(stream: Stream, variables: NodeJS.ProcessEnv): Output {
  const terminal = stream.isTTY === true && variables['TERM'] !== 'dumb'
  const forced = Boolean(variables['FORCE_COLOR']) && variables['FORCE_COLOR'] !== '0'
  const coloured = !variables['NO_COLOR'] && (terminal || forced)
  return {
    write: (text) => (isFile(stream) ? writeAll(stream, Buffer.from(text)) : void stream.write(text)),
    get columns() {
      return Math.max(LEAST_COLUMNS, stream.columns || Number(variables['COLUMNS']) || PLAIN_COLUMNS)
    },
    terminal,
    colours: pc.createColors(coloured),
  }
}

function isFile({ fd }: Stream): boolean {
  try {
    return fstatSync(fd).isFile()
  } catch {
    return false
  }
}

/** Node takes what came short of a file for written, as on a disk that fills up. */
function writeAll(stream: Stream, bytes: Buffer): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(stream.fd, bytes, done)
  } catch (error) {
    stream.emit('error', error)
  }
}
