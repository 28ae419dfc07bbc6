/** `scrub report`: the views of a report as one HTML file. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { html } from '../../../media/src/html.ts'
import type { Report } from '../protocol/report.ts'
import type { Environment } from './environment.ts'
import { EXIT, Stop, type ExitCode } from './exit.ts'
import { readReport } from './read-report.ts'
import { outputPath, reason, shown, writeWhole } from './source.ts'

export interface ReportOptions {
  readonly output?: string
}

export async function report(path: string, { output }: ReportOptions, { stdout, stderr, folder }: Environment): Promise<ExitCode> {
  const read = await readReport(path, folder)
  const named = output ?? path.replace(/(\.json)?$/i, '.html')
  if (named === '-') {
    stdout.write(await htmlOf(read))
    return EXIT.fine
  }
  const file = await outputPath('-o', named, folder, [resolve(folder, path)])
  try {
    await writeWhole(file, await htmlOf(read))
  } catch (error) {
    throw error instanceof Stop ? error : new Stop(EXIT.failed, `The report could not be written to ${shown(file, folder)}: ${reason(error)}.`)
  }
  stderr.write(`Wrote ${named}\n`)
  return EXIT.fine
}

/** The stand-alone page; its script and style lie beside the bundle. */
export async function htmlOf(content: Report): Promise<string> {
  const asset = async (name: string) => {
    try {
      return await readFile(new URL(name, assets()), 'utf8')
    } catch (error) {
      throw new Stop(EXIT.failed, `The page of the report (${name}) is missing from this installation: ${reason(error)}; run \`npm run build\`, or install Scrub again.`)
    }
  }
  return html(content, { script: await asset('page.js'), style: await asset('page.css') })
}

/** Beside the bundle, or where the build puts it when the sources run as they are. */
const assets = (): URL => new URL(import.meta.url.endsWith('.ts') ? '../../dist/' : './', import.meta.url)
