/** Around every request: one that breaks gives no answer and a line in the log; the server goes on. */
import { LSPErrorCodes, ResponseError, type CancellationToken, type Connection } from 'vscode-languageserver/node'

export type Guard = <P, R>(name: string, answer: (params: P, token: CancellationToken) => R | Promise<R>, nothing: R) => (params: P, token: CancellationToken) => Promise<R | ResponseError<void>>

export function guardOf(connection: Connection): Guard {
  return (name, answer, nothing) => async (params, token) => {
    // Requests that have come together with their cancellation.
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (token.isCancellationRequested) return cancelled()
    try {
      const result = await answer(params, token)
      return token.isCancellationRequested ? cancelled() : result
    } catch (error) {
      if (error instanceof ResponseError) return error
      connection.console.error(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
      return nothing
    }
  }
}

const cancelled = () => new ResponseError<void>(LSPErrorCodes.RequestCancelled, 'Cancelled.')
