/** Reads a report that `scrub run --json` wrote, and refuses what is none with a sentence that says why. */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { REPORT_SCHEMA, type Report } from '../protocol/report.ts'
import schema from '../protocol/report.schema.json' with { type: 'json' }
import { oneLine } from '../onnx/one-line.ts'
import { EXIT, Stop, wrongUsage } from './exit.ts'
import { reason } from './source.ts'
import { harmless } from './text.ts'

export const readReport = async (path: string, folder: string): Promise<Report> => checkedReport(path, await readJson(path, folder))

/** Whatever a file of JSON holds. */
export async function readJson(path: string, folder: string): Promise<unknown> {
  let text: string
  try {
    const file = resolve(folder, path)
    // Devices have no end.
    if ((await stat(file)).isCharacterDevice()) throw new Error('it is a device, not a file')
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw wrongUsage(`${path} cannot be read: ${reason(error)}.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw noReport(path, 'it is not JSON')
  }
}

/** Compiled when the first report is read: there may be a thousand of them. */
let compiled: ValidateFunction<Report> | undefined

/** `name` is that of the file, for people. */
export function checkedReport(name: string, report: unknown): Report {
  const version = (report as { schema?: unknown } | null)?.schema
  if (typeof version !== 'number') throw noReport(name, 'it has no `schema` number')
  if (version > REPORT_SCHEMA) throw new Stop(EXIT.findings, `${name} has schema ${version}, which is newer than this Scrub reads (${REPORT_SCHEMA}); update Scrub.`)
  if (version < REPORT_SCHEMA) throw new Stop(EXIT.findings, `${name} has schema ${version}, which is older than this Scrub reads (${REPORT_SCHEMA}); evaluate again with \`scrub run --json\`.`)
  const validate = (compiled ??= new Ajv({ allowUnionTypes: true }).compile<Report>(schema))
  if (validate(report)) return report
  const { instancePath, message } = validate.errors![0]!
  throw noReport(name, `${instancePath === '' ? 'it' : `\`${harmless(instancePath.slice(1).replaceAll('/', '.'))}\``} ${harmless(message ?? 'is wrong')}`)
}

const noReport = (path: string, why: string): Stop => new Stop(EXIT.findings, `${path} is not a report of Scrub: ${oneLine(why)}; name a file that \`scrub run --json\` wrote.`)
