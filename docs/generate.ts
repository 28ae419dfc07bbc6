/** Fills in the parts of the documentation that are made from the sources: `node docs/generate.ts`. A test checks that they are in step. */
import { readFileSync, writeFileSync } from 'node:fs'
import pc from 'picocolors'
import type { Environment, Output } from '../server/src/cli/environment.ts'
import { scrub } from '../server/src/cli/program.ts'
import { functionDocs } from '../server/src/expr/functions/index.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** Pages by file name, with their generated parts made anew. */
export async function pages(): Promise<Map<string, string>> {
  const parts = { 'language.md': { functions: functions() }, 'cli.md': { commands: await commands() }, 'report.md': { report: report() } }
  return new Map(
    Object.entries(parts).map(([file, made]) => {
      const text = Object.entries(made).reduce(
        (page, [name, part]) => page.replace(new RegExp(`(<!-- generated: ${name} -->\n)[^]*?(<!-- end -->)`), (_, start: string, end: string) => `${start}\n${part}\n${end}`),
        read(file),
      )
      return [file, text]
    }),
  )
}

/** A table of functions per group. */
function functions(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const groups = [...new Set(functionDocs.map(({ group }) => group))]
  return groups
    .map((group) => {
      const rows = functionDocs.filter((one) => one.group === group).map(({ signature, doc, example }) => `| \`${cell(signature)}\` | ${cell(doc)} | \`${cell(example)}\` |\n`)
      return `### ${group[0]!.toUpperCase()}${group.slice(1)}\n\n| function | meaning | example |\n|---|---|---|\n${rows.join('')}`
    })
    .join('\n')
}

/** The help of every command, as it is printed. */
async function commands(): Promise<string> {
  let text = ''
  const output: Output = { write: (part) => void (text += part), columns: 100, terminal: false, colours: pc.createColors(false) }
  const environment: Environment = { stdout: output, stderr: output, stdin: async () => '', folder: '.', onInterrupt: () => () => {} }
  let page = ''
  for (const command of ['check', 'fmt', 'run', 'merge', 'submit', 'report', 'classes', 'graph', 'new', 'doctor', 'lsp']) {
    text = ''
    await scrub(['help', command], environment)
    page += `### \`scrub ${command}\`\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n\n`
  }
  return page.trimEnd() + '\n'
}

interface Schema {
  description?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  $ref?: string
  items?: Schema
  anyOf?: Schema[]
  additionalProperties?: boolean | Schema
  properties?: Record<string, Schema>
  definitions?: Record<string, Schema>
}

/** A table of fields per object of the report's schema. */
function report(): string {
  const { definitions } = JSON.parse(read('../server/src/protocol/report.schema.json')) as { definitions: Record<string, Schema> }
  const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1)
  const typeOf = (schema: Schema): string => {
    if (schema.$ref) return definitions[nameOf(schema.$ref)]!.properties ? `[${nameOf(schema.$ref)}](#${nameOf(schema.$ref).toLowerCase()})` : typeOf(definitions[nameOf(schema.$ref)]!)
    if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
    if (schema.enum) return schema.enum.map((one) => `\`${JSON.stringify(one)}\``).join(', ')
    if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
    if (schema.items) return `list of ${typeOf(schema.items)}`
    if (typeof schema.additionalProperties === 'object') return `${typeOf(schema.additionalProperties)} by name`
    return [schema.type].flat().join(' or ')
  }
  return Object.entries(definitions)
    .filter(([, schema]) => schema.properties)
    .map(([name, schema]) => {
      const rows = Object.entries(schema.properties!).map(([field, of]) => {
        const target = of.$ref ? definitions[nameOf(of.$ref)] : undefined
        return `| \`${field}\` | ${typeOf(of)} | ${of.description ?? target?.description ?? ''} |\n`
      })
      return `### ${name}\n\n${schema.description}\n\n| field | type | meaning |\n|---|---|---|\n${rows.join('')}`
    })
    .join('\n')
}

if (import.meta.main) for (const [file, text] of await pages()) writeFileSync(new URL(file, import.meta.url), text)
