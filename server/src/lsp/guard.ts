/** Around every request: one that breaks gives no answer and a line in the log; the server goes on. */
import { LSPErrorCodes, ResponseError, type CancellationToken, type Connection } from 'vscode-languageserver/node'

/** `late`: a request that was cancelled still has an answer, such as what is known of a run that was stopped. */
export type Guard = <P, R>(name: string, answer: (params: P, token: CancellationToken) => R | Promise<R>, nothing: R, late?: boolean) => (params: P, token: CancellationToken) => Promise<R | ResponseError<void>>

export function guardOf(connection: Connection): Guard {
  return (name, answer, nothing, late = false) => async (params, given: CancellationToken | undefined) => {
    // A request without parameters comes with its token alone.
    const token = given ?? (params as unknown as CancellationToken)
    // Requests that have come together with their cancellation.
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (token.isCancellationRequested && !late) return cancelled()
    try {
      const result = await answer(params, token)
      return token.isCancellationRequested && !late ? cancelled() : result
    } catch (error) {
      if (error instanceof ResponseError) return error
      connection.console.error(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
      return nothing
    }
  }
}

const cancelled = () => new ResponseError<void>(LSPErrorCodes.RequestCancelled, 'Cancelled.')
