/** Spans and findings as the protocol wants them, and back. */
import type { Finding, Span } from '@scrub/grammar'
import { DiagnosticSeverity, type Diagnostic, type Range, type TextEdit } from 'vscode-languageserver/node'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { visible } from '../language/markdown.ts'
import { inSettings } from './in-settings.ts'

export function rangeOf(document: TextDocument, { start, end }: Span): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) }
}

export function spanOf(document: TextDocument, { start, end }: Range): Span {
  const from = document.offsetAt(start)
  return { start: from, end: Math.max(from, document.offsetAt(end)) }
}

export function editsOf(document: TextDocument, edits: readonly { readonly span: Span; readonly newText: string }[]): TextEdit[] {
  return edits.map(({ span, newText }) => ({ range: rangeOf(document, span), newText }))
}

const severities = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, information: DiagnosticSeverity.Information }

/** Beside the bundle or the sources. */
const documentation = ['../../docs/findings.md', '../../../docs/findings.md'].map((path) => new URL(path, import.meta.url)).find((url) => existsSync(fileURLToPath(url)))

export function diagnosticOf(document: TextDocument, finding: Finding, related: boolean): Diagnostic {
  const { code, severity, message, span } = finding
  return {
    range: rangeOf(document, span),
    severity: severities[severity],
    code,
    ...(documentation ? { codeDescription: { href: `${documentation.href}#${code}` } } : {}),
    source: 'scrub',
    message: visible(inSettings(message)),
    ...(related && finding.related?.length ? { relatedInformation: finding.related.map((one) => ({ location: { uri: document.uri, range: rangeOf(document, one.span) }, message: visible(one.message) })) } : {}),
  }
}

/** The absolute path behind a URI; undefined for one that is no file. */
export function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri)
  } catch {
    return undefined
  }
}

export const uriOf = (path: string): string => pathToFileURL(path).href
