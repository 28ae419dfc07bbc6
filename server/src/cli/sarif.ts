/** Findings as SARIF 2.1.0, which code review tools show beside the lines. */
import { pathToFileURL } from 'node:url'
import type { FileFinding } from '../protocol/findings.ts'
import { shown } from './source.ts'
import { VERSION } from '../version.ts'

const LEVEL = { error: 'error', warning: 'warning', information: 'note' } as const

export function sarif(findings: readonly FileFinding[], folder: string): object {
  const location = ({ file, range: { start, end } }: Pick<FileFinding, 'file' | 'range'>) => {
    const path = shown(file, folder)
    return {
      artifactLocation: { uri: path === file ? pathToFileURL(file).href : path.split(/[\\/]/).map(encodeURIComponent).join('/') },
      region: { startLine: start.line + 1, startColumn: start.character + 1, endLine: end.line + 1, endColumn: end.character + 1 },
    }
  }
  const codes = [...new Set(findings.map((finding) => finding.code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'scrub', version: VERSION, rules: codes.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.code,
          level: LEVEL[finding.severity],
          message: { text: finding.message },
          locations: [{ physicalLocation: location(finding) }],
          relatedLocations: (finding.related ?? []).map((related) => ({ physicalLocation: location(related), message: { text: related.message } })),
        })),
      },
    ],
  }
}
