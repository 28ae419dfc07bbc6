/** The language server as a child process of the extension host, and what is told to it besides the protocol's own. */
import { Uri, workspace, type ExtensionContext, type LogOutputChannel } from 'vscode'
import { LanguageClient, State, TransportKind } from 'vscode-languageclient/node'
import { SHOW_NODE } from '../../server/src/protocol/editor.ts'
import type { Evaluations } from './evaluations.ts'

/** Runs `scrub lsp` of the bundle beside this one; `running` is told whenever the server comes or goes. */
export function startClient(context: ExtensionContext, log: LogOutputChannel, evaluations: Evaluations, running: (running: boolean) => void): LanguageClient {
  const module = Uri.joinPath(context.extensionUri, 'server', 'dist', 'scrub.mjs').fsPath
  const runtime = workspace.getConfiguration('scrub').get<string | null>('runner.nodePath')
  // Runs need the memory and the processors of this machine, not those of the one that shows the windows.
  const client = new LanguageClient('scrub', 'Scrub', { module, args: ['lsp'], transport: TransportKind.ipc, ...(runtime ? { runtime } : {}) }, {
    documentSelector: [{ language: 'scrub' }],
    outputChannel: log,
    // The only link that a hover may hold besides those to pages.
    markdown: { isTrusted: { enabledCommands: [SHOW_NODE] } },
    initializationOptions: settings(),
    middleware: {
      workspace: {
        // A folder that is not trusted is checked, but nothing in it is run.
        configuration: async (params, token, next) => {
          const given = await next(params, token)
          return Array.isArray(given) ? given.map((one, i) => (params.items[i]?.section === 'scrub' ? { ...(one as object), trusted: workspace.isTrusted } : one)) : given
        },
      },
      executeCommand: (command, args, next) => evaluations.command(command, args, next),
    },
  })
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) running(true)
    else if (newState === State.Stopped) running(false)
  })
  client.registerFeature({
    fillClientCapabilities: (capabilities) => {
      // Progress, results and failures of runs are shown here, with what can be done about them.
      capabilities.experimental = { ...(capabilities.experimental as object | undefined), scrubRuns: true }
    },
    getState: () => ({ kind: 'static' }),
    initialize: () => {},
    clear: () => {},
  })
  evaluations.use(client)
  return client
}

function settings(): object {
  return { ...workspace.getConfiguration('scrub'), trusted: workspace.isTrusted }
}
