/** `scrub run`: evaluate hypotheses, print the tables, test what the file expects. */
import type { Report } from '../protocol/report.ts'
import type { Environment } from './environment.ts'
import { EXIT, exitCodeOf, failedRun, Stop, type ExitCode } from './exit.ts'
import { matching } from './patterns.ts'
import { filesAndHypotheses, requestOf, type RunOptions } from './run-request.ts'
import { countFindings, showFindings, texts } from './show-findings.ts'
import { showPlans } from './show-plan.ts'
import { showProfile } from './show-profile.ts'
import { readSource, type Source } from './source.ts'
import { evaluate } from './start-run.ts'
import { tellReport } from './tell-report.ts'

export async function run(files: readonly string[], options: RunOptions, environment: Environment): Promise<ExitCode> {
  const { folder, stderr } = environment
  const [named, hypotheses] = filesAndHypotheses('run', files, options.hypothesis)
  const paths = await matching(named, folder)
  if (paths.length > 1 || options.set) return (await import('./sweep.ts')).sweep(paths, hypotheses, options, environment)
  const path = paths[0]!
  const source = await readSource(path, folder)
  if ('code' in source) {
    stderr.write(showFindings([source], texts(new Map()), folder, stderr))
    return EXIT.findings
  }
  const { request, json, page } = await requestOf(source, hypotheses, options, folder)
  const { outcome, interrupted } = await evaluate(request, environment)
  if (outcome.kind === 'findings') return tellFindings(outcome.findings, source, options, environment)
  if (outcome.kind === 'failed') {
    if (interrupted || outcome.failure === 'cancelled') {
      stderr.write('Stopped before there was a result.\n')
      return EXIT.interrupted
    }
    throw failedRun(outcome)
  }
  if (outcome.kind === 'plan') {
    stderr.write(showFindings(outcome.findings, texts(new Map([[source.file, source.text]])), folder, stderr))
    environment.stdout.write(options.json === '-' ? `${JSON.stringify(outcome.plans, null, 2)}\n` : showPlans(outcome.plans, environment.stdout))
    return exitCodeOf(outcome.findings, options.strict)
  }
  const { samplesOut, emit } = options
  const exitCode = await tellReport(outcome.report, { json, page }, new Map([[source.file, source.text]]), { ...options, also: [samplesOut, outcome.partial ? undefined : emit], unwritten: outcome.unwritten }, environment)
  if (options.profile) stderr.write(showProfile(outcome.profile, stderr))
  if (!outcome.partial) return exitCode
  stderr.write('Stopped: this is a partial result.\n')
  return EXIT.interrupted
}

function tellFindings(findings: Report['findings'], source: Source, options: RunOptions, { stdout, stderr, folder }: Environment): ExitCode {
  if (options.json === '-') stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`)
  stderr.write(showFindings(findings, texts(new Map([[source.file, source.text]])), folder, stderr))
  const code = exitCodeOf(findings, options.strict)
  if (code === EXIT.fine) throw new Stop(EXIT.failed, 'There is nothing to evaluate.')
  stderr.write(`${countFindings(findings)}; nothing was evaluated\n`)
  return code
}
