/** What the parts of the server share. */
import type { Connection } from 'vscode-languageserver/node'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { Snapshot } from '../language/snapshot.ts'
import type { Client } from './client.ts'
import type { Guard } from './guard.ts'
import type { Session } from './session.ts'
import type { Workspace } from './workspace.ts'

export interface Parts {
  readonly connection: Connection
  readonly client: Client
  readonly guard: Guard
  readonly workspace: Workspace
}

export interface Opened {
  readonly session: Session
  readonly document: TextDocument
  readonly snapshot: Snapshot
}

/** A document as its text is now, for features that need no model. Undefined for one that is not open. */
export function textOf(workspace: Workspace, uri: string): Opened | undefined {
  const session = workspace.session(uri)
  const document = workspace.documents.get(uri)
  return session && document && { session, document, snapshot: session.textOnly() }
}

/** A document when it is bound. Its text may have changed while that was waited for. */
export async function boundOf(workspace: Workspace, uri: string): Promise<Opened | undefined> {
  const session = workspace.session(uri)
  if (!session) return undefined
  const snapshot = await session.ready()
  const document = workspace.documents.get(uri)
  return document && document.getText() === snapshot.text ? { session, document, snapshot } : textOf(workspace, uri)
}
