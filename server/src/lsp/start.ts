/** `scrub lsp`: the connection, over standard input and output, Node's IPC, or a socket. */
import { connect } from 'node:net'
import { createConnection, IPCMessageReader, IPCMessageWriter, ProposedFeatures, type Connection } from 'vscode-languageserver/node'
import { serve } from './server.ts'

export type Transport = { readonly kind: 'stdio' } | { readonly kind: 'ipc' } | { readonly kind: 'socket'; readonly port: number }

/** Serves until the client leaves. Resolves with the exit code; rejects where there is no connection to be had. */
export async function start(transport: Transport): Promise<number> {
  const connection = await connectionOver(transport)
  return new Promise((resolve) => {
    const gone = serve(connection, resolve)
    if (transport.kind === 'stdio') {
      // A client that dies leaves no message behind.
      process.stdin.once('end', gone).once('close', gone)
    } else if (transport.kind === 'ipc') process.once('disconnect', gone)
    connection.listen()
  })
}

async function connectionOver(transport: Transport): Promise<Connection> {
  switch (transport.kind) {
    case 'stdio': {
      // Whatever else writes to standard output would break the protocol.
      console.log = console.info = console.debug = console.error
      return createConnection(ProposedFeatures.all, process.stdin, process.stdout)
    }
    case 'ipc': {
      if (!process.send) throw new Error('there is no IPC channel: --node-ipc is for clients that fork the server')
      return createConnection(ProposedFeatures.all, new IPCMessageReader(process), new IPCMessageWriter(process))
    }
    case 'socket': {
      const socket = connect(transport.port, '127.0.0.1')
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', (error) => reject(new Error(`nothing listens on port ${transport.port} of this machine (${error.message})`)))
      })
      return createConnection(ProposedFeatures.all, socket, socket)
    }
  }
}
