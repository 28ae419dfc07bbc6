/** Reads a report that `scrub run --json` wrote, and refuses what is none with a sentence that says why. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Ajv } from 'ajv'
import { REPORT_SCHEMA, type Report } from '../protocol/report.ts'
import schema from '../protocol/report.schema.json' with { type: 'json' }
import { oneLine } from '../onnx/one-line.ts'
import { EXIT, Stop, wrongUsage } from './exit.ts'
import { reason } from './source.ts'
import { harmless } from './text.ts'

export async function readReport(path: string, folder: string): Promise<Report> {
  let text: string
  try {
    text = await readFile(resolve(folder, path), 'utf8')
  } catch (error) {
    throw wrongUsage(`${path} cannot be read: ${reason(error)}.`)
  }
  let report: unknown
  try {
    report = JSON.parse(text)
  } catch {
    throw noReport(path, 'it is not JSON')
  }
  const version = (report as { schema?: unknown } | null)?.schema
  if (typeof version !== 'number') throw noReport(path, 'it has no `schema` number')
  if (version > REPORT_SCHEMA) throw new Stop(EXIT.findings, `${path} has schema ${version}, which is newer than this Scrub reads (${REPORT_SCHEMA}); update Scrub.`)
  if (version < REPORT_SCHEMA) throw new Stop(EXIT.findings, `${path} has schema ${version}, which is older than this Scrub reads (${REPORT_SCHEMA}); evaluate again with \`scrub run --json\`.`)
  const validate = new Ajv({ allowUnionTypes: true }).compile<Report>(schema)
  if (validate(report)) return report
  const { instancePath, message } = validate.errors![0]!
  throw noReport(path, `${instancePath === '' ? 'it' : `\`${harmless(instancePath.slice(1).replaceAll('/', '.'))}\``} ${harmless(message ?? 'is wrong')}`)
}

const noReport = (path: string, why: string): Stop => new Stop(EXIT.findings, `${path} is not a report of Scrub: ${oneLine(why)}; name a file that \`scrub run --json\` wrote.`)
