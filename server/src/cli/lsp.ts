/** `scrub lsp`: the language server, until the editor leaves. */
import { start, type Transport } from '../lsp/start.ts'
import { EXIT, type ExitCode, wrongUsage } from './exit.ts'

export interface LspOptions {
  readonly stdio?: boolean
  readonly nodeIpc?: boolean
  readonly socket?: number
}

export async function lsp({ stdio, nodeIpc, socket }: LspOptions): Promise<ExitCode> {
  if ([stdio, nodeIpc, socket !== undefined].filter(Boolean).length > 1) throw wrongUsage('Choose one of --stdio, --node-ipc and --socket.')
  const transport: Transport = nodeIpc ? { kind: 'ipc' } : socket !== undefined ? { kind: 'socket', port: socket } : { kind: 'stdio' }
  const code = await start(transport).catch((error: Error) => {
    throw wrongUsage(`The language server cannot start: ${error.message}.`)
  })
  return code === 0 ? EXIT.fine : EXIT.findings
}
